// Package seal marks the binary files of package diagnose and its parts: each begins with eight letters that say what it is and ends in
// a checksum of all before.
package seal

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Close returns data, which begins with its letters, with its checksum.
func Close(data []byte) []byte {
	return binary.LittleEndian.AppendUint32(data, crc32.Checksum(data, castagnoli))
}

// Open returns what a sealed file holds between its letters, which must be magic, and its checksum. Its errors say of the file what is
// wrong with it.
func Open(data []byte, magic string) ([]byte, error) {
	if len(data) < len(magic)+4 || string(data[:len(magic)]) != magic {
		return nil, errors.New("it does not start as one")
	}
	body, sum := data[:len(data)-4], binary.LittleEndian.Uint32(data[len(data)-4:])
	if crc32.Checksum(body, castagnoli) != sum {
		return nil, errors.New("its checksum is wrong; it was damaged or cut short")
	}
	return body[len(magic):], nil
}

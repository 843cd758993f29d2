package diagnose

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
)

// Every binary file begins with eight letters that say what it is and ends in a checksum of all before. Models and
// adaptations have a header in JSON after the letters, preceded by its length.

const maxHeader = 1 << 20

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal returns data, which begins with its letters, with its checksum.
func seal(data []byte) []byte {
	return binary.LittleEndian.AppendUint32(data, crc32.Checksum(data, castagnoli))
}

// unseal returns what a sealed file holds between its letters, which must be magic, and its checksum.
func unseal(data []byte, magic string) ([]byte, error) {
	if len(data) < len(magic)+4 || string(data[:len(magic)]) != magic {
		return nil, errors.New("it does not start as one")
	}
	body, sum := data[:len(data)-4], binary.LittleEndian.Uint32(data[len(data)-4:])
	if crc32.Checksum(body, castagnoli) != sum {
		return nil, errors.New("its checksum is wrong; it was damaged or cut short")
	}
	return body[len(magic):], nil
}

// appendHeader appends a header to the letters of a file.
func appendHeader(magic string, header any) ([]byte, error) {
	text, err := json.Marshal(header)
	if err != nil {
		return nil, err
	}
	return append(binary.LittleEndian.AppendUint32([]byte(magic), uint32(len(text))), text...), nil
}

// unsealHeader is unseal for a file with a header, which it decodes. Fields that header does not have are errors.
func unsealHeader(data []byte, magic string, header any) ([]byte, error) {
	body, err := unseal(data, magic)
	if err != nil {
		return nil, err
	}
	if len(body) < 4 {
		return nil, errors.New("its header is cut short")
	}
	n, body := binary.LittleEndian.Uint32(body), body[4:]
	if n > maxHeader || int(n) > len(body) {
		return nil, errors.New("its header is too long")
	}
	dec := json.NewDecoder(bytes.NewReader(body[:n]))
	dec.DisallowUnknownFields()
	if err := dec.Decode(header); err != nil {
		return nil, fmt.Errorf("its header: %w", err)
	}
	return body[n:], nil
}

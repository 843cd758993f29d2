package diagnose

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"parley/diagnose/internal/seal"
)

// Models and adaptations are sealed files with a header in JSON after the letters, preceded by its length.

const maxHeader = 1 << 20

// appendHeader appends a header to the letters of a file.
func appendHeader(magic string, header any) ([]byte, error) {
	text, err := json.Marshal(header)
	if err != nil {
		return nil, err
	}
	return append(binary.LittleEndian.AppendUint32([]byte(magic), uint32(len(text))), text...), nil
}

// unsealHeader is seal.Open for a file with a header, which it decodes. Fields that header does not have are errors.
func unsealHeader(data []byte, magic string, header any) ([]byte, error) {
	body, err := seal.Open(data, magic)
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

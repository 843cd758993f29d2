package listen

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

func windows1252(b byte) rune { return charmap.Windows1252.DecodeByte(b) }

// misread mends text that was UTF-8 and that was read as Latin-1 or Windows-1252, because a mail said so or a program
// got it wrong: "sÃ©curitÃ©". What encodes back to valid UTF-8, to the last byte, was that: chance does not make it.
func misread(text string) string {
	if !strings.ContainsAny(text, "ÃÂâ") {
		return text
	}
	for _, said := range []*charmap.Charmap{charmap.ISO8859_1, charmap.Windows1252} {
		if raw, err := said.NewEncoder().String(text); err == nil && utf8.ValidString(raw) {
			return raw
		}
	}
	return text
}

// decoded returns in as UTF-8 where its first bytes say it is UTF-16, without a byte order mark, and with line feeds
// where its start has carriage returns only.
// Other bytes pass as they are; clean mends them piece by piece.
func decoded(in *bufio.Reader) *bufio.Reader {
	head, _ := in.Peek(4)
	switch {
	case bytes.HasPrefix(head, []byte{0xEF, 0xBB, 0xBF}):
		_, _ = in.Discard(3)
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}), bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		return bufio.NewReaderSize(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(in), headSize)
	case len(head) >= 4 && head[0] == 0 && head[1] != 0 && head[2] == 0:
		return bufio.NewReaderSize(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder().Reader(in), headSize)
	case len(head) >= 4 && head[0] != 0 && head[1] == 0 && head[3] == 0:
		return bufio.NewReaderSize(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder().Reader(in), headSize)
	}
	if head, _ = in.Peek(headSize); bytes.IndexByte(head, '\r') >= 0 && bytes.IndexByte(head, '\n') < 0 {
		return bufio.NewReaderSize(returns{in}, headSize)
	}
	return in
}

// returns reads text whose lines end in carriage returns alone, as spreadsheets on a Mac write tables, with line feeds.
type returns struct{ in io.Reader }

func (r returns) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	for i := range p[:n] {
		if p[i] == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// decodedHead returns the start of an input as decoded would give it.
func decodedHead(head []byte) []byte {
	out, _ := io.ReadAll(io.LimitReader(decoded(bufio.NewReader(bytes.NewReader(head))), headSize))
	return out
}

// lines reads an input line by line, without line ends, and counts them.
type lines struct {
	in   *bufio.Reader
	max  int // a longer line is cut
	n    int // number of the last line
	buf  []byte
	held []string // given back, to be read again
}

// next returns the next line. cut says that it was longer than max and lost its end. At the end of the
// input it returns io.EOF; any other error is the input's.
func (l *lines) next() (line string, cut bool, err error) {
	l.n++
	if len(l.held) > 0 {
		line, l.held = l.held[0], l.held[1:]
		return line, false, nil
	}
	l.buf = l.buf[:0]
	for {
		part, err := l.in.ReadSlice('\n')
		if room := l.max - len(l.buf); len(part) > room && !(len(part) == room+1 && part[room] == '\n') {
			cut = true
			part = part[:max(room, 0)]
		}
		l.buf = append(l.buf, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && (err != io.EOF || len(l.buf) == 0 && !cut) {
			return "", false, err
		}
		return string(bytes.TrimRight(l.buf, "\r\n")), cut, nil
	}
}

// giveBack makes next return the lines again that it returned last.
func (l *lines) giveBack(last []string) {
	l.held = append(last, l.held...)
	l.n -= len(last)
}

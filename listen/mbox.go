package listen

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// readMail reads one mail.
func (s *source) readMail(in *bufio.Reader) {
	raw, _ := s.whole(in)
	t := &threader{s: s, window: 1}
	m := s.mail(t, raw, len(raw), "")
	t.flush()
	if m == nil {
		return
	}
	if text := forwarded(m); text != "" {
		s.readForwards(text)
	}
}

// mail parses raw, which takes size bytes of the input, and hands the message to t; what is wrong with it becomes
// errors at place. It returns the mail, nil if there is none.
func (s *source) mail(t *threader, raw []byte, size int, place string) *mail {
	m, errs := parseMail(raw, s.o.maxPart())
	for _, err := range errs {
		s.fail(place, err)
	}
	if m == nil {
		return nil
	}
	m.Place, m.size = place, size
	t.add(*m)
	return m
}

// readMBox splits a mailbox at its "From " lines and reads each mail. ">From " is read as "From ",
// ">>From " as ">From ".
func (s *source) readMBox(in *bufio.Reader) {
	t := &threader{s: s, window: s.o.window()}
	var (
		raw      []byte
		size     int // bytes of the input since the last mail
		n        int
		cut      bool
		blank    = true // the line before was empty
		inside   = false
		longLine = false // in the rest of a line longer than the buffer
		prefix   = false // a quoted "From " line that must lose one ">"
	)
	flush := func() {
		if !inside {
			return
		}
		n++
		place := fmt.Sprintf("mail %d", n)
		if cut {
			s.fail(place, flaw(FlawLong, "longer than %d bytes; the rest of it was not read", s.o.maxPart()))
		}
		s.mail(t, raw, size, place)
		raw, cut, size = raw[:0], false, 0
	}
	for !s.stopped {
		line, err := in.ReadSlice('\n')
		if err != nil && err != io.EOF && !errors.Is(err, bufio.ErrBufferFull) {
			s.fail(fmt.Sprintf("after mail %d", n), err)
			break
		}
		read := len(line)
		if read > 0 {
			if !longLine && bytes.HasPrefix(line, []byte("From ")) && (!inside || startsMail(bytes.Clone(line), blank, in)) {
				flush()
				inside, line = true, nil
			} else if inside {
				prefix = !longLine && isQuotedFrom(line)
				if prefix {
					line = line[1:]
				}
				if room := s.o.maxPart() - len(raw); len(line) > room {
					cut = true
					line = line[:max(room, 0)]
				}
				raw = append(raw, line...)
			}
			size += read
			blank = !longLine && line != nil && len(bytes.TrimRight(line, "\r\n")) == 0
		}
		longLine = errors.Is(err, bufio.ErrBufferFull)
		if err == io.EOF {
			break
		}
	}
	flush()
	t.flush()
}

// startsMail reports whether a line "From …" inside a mailbox opens a mail: it has a date, an empty line
// stands before it or its date is whole, and a header follows in next, or nothing.
func startsMail(line []byte, blank bool, next *bufio.Reader) bool {
	if !(blank && mboxStart().Match(line) || mboxDate().Match(line)) {
		return false
	}
	head, _ := next.Peek(200)
	head = bytes.TrimRight(firstLine(head), "\r")
	return len(head) == 0 || headerLine().Match(head) || head[0] == '>'
}

// isQuotedFrom reports whether line is a "From " line with one or more ">" before it.
func isQuotedFrom(line []byte) bool {
	rest := bytes.TrimLeft(line, ">")
	return len(rest) < len(line) && bytes.HasPrefix(rest, []byte("From "))
}

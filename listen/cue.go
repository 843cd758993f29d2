package listen

import (
	"bufio"
	"errors"
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"
	"time"

	"parley"
)

const (
	maxLine = 1 << 20         // bytes of a line of text that are read
	maxTurn = 8 << 10         // bytes from which a turn of speech is ended at the next sentence end
	pause   = 4 * time.Second // silence that ends the turn of a speaker who is not named
)

var (
	brokenCueLine = pattern(`^[\s\d:.,]*\d:\d\d[\s\d:.,]*-*>[\s\d:.,]*$`)
	cueLine       = pattern(`^\s*((?:\d+:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?)\s*-->\s*((?:\d+:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?)`)
	voiceTag      = pattern(`<v(?:\.[^\s<>]*)?\s+([^<>]{1,200})>`)
	soundOnly     = pattern(`^(\[[^\]]{1,60}\]|\([^()]{1,60}\)|[♪♫][^♪♫]*[♪♫]?)\W*$`) // "[Music]", "(laughs)": nobody's words
	cueTag        = pattern(`</?[a-zA-Z0-9.:_-]*(?:\s[^<>]*)?>|\{\\[^{}]*\}`)
)

// A cue is one caption.
type cue struct {
	start, end time.Duration
	line       int
	text       []string
}

// readCues reads WebVTT or SubRip: blocks between empty lines, each with a line of times. What is said
// by one speaker in consecutive cues is one turn.
func (s *source) readCues(in *bufio.Reader) {
	ls := &lines{in: decoded(in), max: maxLine}
	turns := &turnJoiner{s: s}
	var block []string
	first := 1
	for !s.stopped {
		line, cut, err := ls.next()
		if cut {
			s.fail(fmt.Sprintf("line %d", ls.n), flaw(FlawLong, "longer than %d bytes; its end was not read", maxLine))
		}
		if err != nil && err != io.EOF {
			s.fail(fmt.Sprintf("line %d", ls.n), err)
		}
		// A line of times opens a cue even where the empty line before it is missing.
		startsCue := cueLine().MatchString(line)
		if err != nil || strings.TrimSpace(line) == "" || startsCue && hasTimes(block) {
			var number string
			if startsCue && len(block) > 1 && allDigits(strings.TrimSpace(block[len(block)-1])) {
				number, block = block[len(block)-1], block[:len(block)-1]
			}
			s.cueBlock(turns, block, first)
			block, first = block[:0], ls.n
			if number != "" {
				block = append(block, number)
			}
		}
		if err != nil {
			break
		}
		if strings.TrimSpace(line) != "" {
			if len(block) == 0 {
				first = ls.n
			}
			if len(block) < 200 {
				block = append(block, line)
			}
		}
	}
	turns.end()
}

func hasTimes(block []string) bool {
	for _, l := range block {
		if cueLine().MatchString(l) {
			return true
		}
	}
	return false
}

func allDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// cueBlock reads one block and gives its cue to turns. A block without times is a header, a note or a
// style, or else broken.
func (s *source) cueBlock(turns *turnJoiner, block []string, line int) {
	at := -1
	for i, l := range block {
		if cueLine().MatchString(l) {
			at = i
			break
		}
	}
	if at < 0 {
		s.otherBlock(turns, block, line)
		return
	}
	m := cueLine().FindStringSubmatch(block[at])
	start, err1 := cueTime(m[1])
	end, err2 := cueTime(m[2])
	if err := errors.Join(err1, err2); err != nil {
		s.fail(fmt.Sprintf("line %d", line+at), fmt.Errorf("%w; the words are kept, their time is not", err))
		start = turns.last
		end = start
	}
	turns.cue(cue{start, end, line + at, block[at+1:]})
}

// otherBlock reports a block that is neither a cue nor what else a caption file may hold. Of a cue whose
// line of times is broken, the words are kept.
func (s *source) otherBlock(turns *turnJoiner, block []string, line int) {
	if len(block) == 0 {
		return
	}
	head := strings.TrimSpace(block[0])
	for _, known := range []string{"WEBVTT", "NOTE", "STYLE", "REGION", "Kind:", "Language:", "X-TIMESTAMP-MAP"} {
		if strings.HasPrefix(head, known) {
			return
		}
	}
	if len(block) == 1 && allDigits(head) {
		return
	}
	for i, l := range block {
		if strings.Contains(l, "-->") || brokenCueLine().MatchString(l) {
			s.fail(fmt.Sprintf("line %d", line), flaw(FlawTime, "%q is no line of times; the words are kept, their time is not", shorten(strings.TrimSpace(l), 60)))
			turns.cue(cue{turns.last, turns.last, line + i, block[i+1:]})
			return
		}
	}
	s.fail(fmt.Sprintf("line %d", line), flaw(FlawStray, "%q stands outside any cue; it was not read", shorten(head, 60)))
}

// shorten cuts s to about n bytes, between runes.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}

// cueTime reads [h:]mm:ss[.mmm], with a point or a comma.
func cueTime(text string) (time.Duration, error) {
	whole, frac, _ := strings.Cut(strings.ReplaceAll(text, ",", "."), ".")
	var d time.Duration
	fields := strings.Split(whole, ":")
	for i, f := range fields {
		n, err := strconv.Atoi(f)
		if err != nil || n > 100_000 || i > 0 && n > 59 {
			return 0, flaw(FlawTime, "%q is no time", text)
		}
		d = d*60 + time.Duration(n)*time.Second
	}
	if frac != "" {
		n, err := strconv.Atoi((frac + "00")[:3])
		if err != nil {
			return 0, flaw(FlawTime, "%q is no time", text)
		}
		d += time.Duration(n) * time.Millisecond
	}
	return d, nil
}

// A turnJoiner makes turns of cues.
type turnJoiner struct {
	s       *source
	named   bool // some cue named its speaker
	speaker string
	text    strings.Builder
	start   time.Duration
	last    time.Duration // end of the last cue
	line    int
}

// cue adds one cue. A cue without a speaker goes on with the last one's turn.
func (t *turnJoiner) cue(c cue) {
	voices := cueVoices(c.text)
	if c.start-t.last > pause && (len(voices) == 0 || voices[0].speaker == "") && !t.named {
		t.end()
	}
	for _, v := range voices {
		if v.speaker != "" {
			t.named = true
			if !strings.EqualFold(v.speaker, t.speaker) {
				t.end()
				t.speaker = v.speaker
			}
		}
		if v.newTurn {
			t.end()
			t.speaker = v.speaker // of a turn that names nobody, it is known only that it is not the last one's
		}
		if t.text.Len() > maxTurn && endsSentence(t.text.String()) || t.text.Len() > 8*maxTurn {
			t.end()
		}
		if t.text.Len() == 0 {
			t.start, t.line = c.start, c.line
		} else {
			t.text.WriteByte(' ')
		}
		t.text.WriteString(v.text)
	}
	t.last = max(t.last, c.end)
}

// end yields the turn so far. The speaker stays the same until another is named.
func (t *turnJoiner) end() {
	if t.text.Len() == 0 {
		return
	}
	name, role := nameAndRole(t.speaker)
	t.s.send(parley.Message{
		Kind: parley.Transcript, Place: fmt.Sprintf("line %d", t.line), Speaker: parley.Person{Name: name}, Role: role,
		Offset: t.start, Recorded: true, Text: clean(t.text.String()),
	})
	t.text.Reset()
}

func endsSentence(s string) bool {
	s = strings.TrimRight(s, ` "'”’»)`)
	return strings.HasSuffix(s, ".") || strings.HasSuffix(s, "?") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "…")
}

// A voice is what one person says in a cue.
type voice struct {
	speaker string // empty: nobody is named
	text    string
	newTurn bool // a dash says that another person speaks
}

// cueVoices splits a cue's lines by voice tags (<v Name>), "Name:" at the start of a line, and dashes.
func cueVoices(text []string) []voice {
	var out []voice
	add := func(v voice) {
		v.text = strings.Join(strings.Fields(html.UnescapeString(cueTag().ReplaceAllString(v.text, " "))), " ")
		v.text = strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(v.text, " .", "."), " ,", ","))
		v.speaker = strings.TrimSpace(html.UnescapeString(v.speaker))
		if v.text == "" || soundOnly().MatchString(v.text) {
			return
		}
		out = append(out, v)
	}
	for _, line := range text {
		tags := voiceTag().FindAllStringSubmatchIndex(line, -1)
		if len(tags) > 0 {
			add(voice{text: line[:tags[0][0]]})
			for i, m := range tags {
				end := len(line)
				if i+1 < len(tags) {
					end = tags[i+1][0]
				}
				add(voice{speaker: clean(line[m[2]:m[3]]), text: line[m[1]:end]})
			}
			continue
		}
		v := voice{text: line}
		bare := strings.TrimSpace(cueTag().ReplaceAllString(line, ""))
		if rest, ok := strings.CutPrefix(bare, ">>"); ok {
			bare, v.newTurn = strings.TrimSpace(rest), true
		} else if rest, ok := strings.CutPrefix(bare, "- "); ok {
			bare, v.newTurn = rest, true
		}
		v.text = bare
		if name, rest, ok := cutSpeaker(clean(bare)); ok {
			v.speaker, v.text = name, rest
		}
		add(v)
	}
	return out
}

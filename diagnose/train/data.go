// Package train makes models for package diagnose from labelled dialogues, and measures them.
//
// The data is JSON lines in the order in which things were said: [ReadData] reads them, [Check] looks for what is
// wrong with them, [Train] makes a model, [Evaluate] measures one, [CrossValidate] measures the recipe. Everything is deterministic for a
// seed, on any number of cores.
//
//	set, err := train.ReadData("corpus", r)
//	model, err := train.Train(ctx, set, train.Options{Seed: 1})
package train

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"

	"parley"
)

// A Line is one line of labelled data: a sentence or short utterance.
type Line struct {
	Dialogue string
	Turn     string // empty if the data has none: then every line is a turn
	Role     string
	Speaker  string // tells speakers of one role apart; the role where empty
	Text     string
	Lang     string
	Kind     string
	Fold     string            // empty if folds are not fixed
	Labels   map[string]string // by head; an absent head has no example here
	DataKind string            // the kind in the data's own word
	Hard     bool              // the line looks like what its labels say it is not; where it does not resist it counts half in learning whether
	File     string            // the name it was read under, for messages
	Number   int               // of the line in it, from 1
}

func (l Line) labelled() bool { return len(l.Labels) > 0 }

// speaker identifies who says the line within its dialogue.
func (l Line) speaker() string {
	if l.Speaker != "" {
		return l.Speaker
	}
	return l.Role
}

// A Set is labelled data, in order.
type Set struct {
	Lines  []Line
	Heads  []string // in the taxonomy's order, others by name
	Single bool     // the data has "label", not "labels"
	sum    [sha256.Size]byte
}

// SingleHead is the name of the head of data with a single "label".
const SingleHead = "label"

// GateHead is the head that, where its labels are true and false, decides whether the others matter.
const GateHead = "resistance"

// Hash returns the SHA-256 of the data read, in hex.
func (s *Set) Hash() string { return hex.EncodeToString(s.sum[:]) }

type rawLine struct {
	Dialogue json.RawMessage            `json:"dialogue"`
	Turn     json.RawMessage            `json:"turn"`
	Role     string                     `json:"role"`
	Speaker  string                     `json:"speaker"`
	Text     *string                    `json:"text"`
	Lang     string                     `json:"lang"`
	Kind     string                     `json:"kind"`
	Fold     json.RawMessage            `json:"fold"`
	Label    *string                    `json:"label"`
	Labels   map[string]json.RawMessage `json:"labels"`
	Hard     json.RawMessage            `json:"hard"`
}

// MaxLine is the longest line of data, in bytes.
const MaxLine = 1 << 20

// ReadData reads JSON lines of labelled data; name is for errors, which give the line. Empty lines are
// passed over. It fails at the first line that it cannot use.
func ReadData(name string, r io.Reader) (*Set, error) {
	set := &Set{}
	hash := sha256.New()
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 1<<16), MaxLine)
	heads := map[string]bool{}
	single, multi := false, false
	n := 0
	for sc.Scan() {
		n++
		raw := TrimLine(sc.Bytes())
		if len(raw) == 0 {
			continue
		}
		hash.Write(raw)
		hash.Write([]byte{'\n'})
		line, err := ParseLine(raw)
		if err != nil {
			return nil, &parley.Error{Code: parley.Invalid, Message: fmt.Sprintf("%s, line %d: %v", name, n, err)}
		}
		line.File, line.Number = name, n
		for h := range line.Labels {
			heads[h] = true
			single = single || h == SingleHead
			multi = multi || h != SingleHead
		}
		set.Lines = append(set.Lines, line)
	}
	if err := sc.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, &parley.Error{Code: parley.Invalid, Message: fmt.Sprintf("%s, line %d: longer than %d bytes", name, n+1, MaxLine)}
	} else if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if single && multi {
		return nil, &parley.Error{Code: parley.Invalid, Message: name + ": some lines have \"label\" and some \"labels\""}
	}
	set.Single = single
	set.Heads = sortHeads(heads)
	copy(set.sum[:], hash.Sum(nil))
	return set, nil
}

// Merge returns the sets one after the other.
func Merge(sets ...*Set) (*Set, error) {
	out := &Set{}
	hash := sha256.New()
	heads := map[string]bool{}
	for _, s := range sets {
		out.Lines = append(out.Lines, s.Lines...)
		hash.Write(s.sum[:])
		for _, h := range s.Heads {
			heads[h] = true
		}
	}
	if heads[SingleHead] && len(heads) > 1 {
		return nil, &parley.Error{Code: parley.Invalid, Message: "some of the data has \"label\" and some \"labels\""}
	}
	out.Single = heads[SingleHead]
	out.Heads = sortHeads(heads)
	copy(out.sum[:], hash.Sum(nil))
	return out, nil
}

// TrimLine returns a line of data without the white space around it, and without the byte order mark with which some programs begin a file.
func TrimLine(raw []byte) []byte { return bytes.Trim(raw, "\ufeff \t\r\n") }

// ParseLine reads one line of labelled data.
func ParseLine(raw []byte) (Line, error) {
	var in rawLine
	if err := json.Unmarshal(raw, &in); err != nil {
		return Line{}, fmt.Errorf("not a JSON object of the right shape (%v)", err)
	}
	if in.Text == nil {
		return Line{}, errors.New("no \"text\"")
	}
	line := Line{
		Dialogue: scalar(in.Dialogue), Turn: scalar(in.Turn), Role: in.Role, Speaker: in.Speaker, Text: *in.Text,
		Lang: in.Lang, Kind: kindOf(in.Kind), DataKind: in.Kind, Fold: scalar(in.Fold), Hard: string(in.Hard) == "true",
	}
	if in.Label != nil && len(in.Labels) > 0 {
		return Line{}, errors.New("both \"label\" and \"labels\"")
	}
	if in.Label != nil && *in.Label != "" {
		line.Labels = map[string]string{SingleHead: *in.Label}
	}
	for head, v := range in.Labels {
		value := scalar(v)
		if head == SingleHead || head == "" {
			return Line{}, fmt.Errorf("a head cannot be called %q", head)
		}
		if value == "" {
			continue
		}
		if line.Labels == nil {
			line.Labels = map[string]string{}
		}
		line.Labels[head] = value
	}
	return line, nil
}

// kindOf returns the kind of conversation as listen tells it: what is said in a meeting or a call arrives as
// a transcript, what is written in a forum as a chat.
func kindOf(kind string) string {
	switch kind {
	case "meeting", "call":
		return string(parley.Transcript)
	case "forum":
		return string(parley.Chat)
	}
	return kind
}

// scalar returns a JSON string's text, any other value as it is written, and "" for null or nothing.
func scalar(raw json.RawMessage) string {
	var s string
	if len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &s) == nil {
		return s
	}
	if string(raw) == "null" {
		return ""
	}
	return string(raw)
}

// sortHeads puts the taxonomy's heads first, in its order.
func sortHeads(heads map[string]bool) []string {
	order := []string{GateHead, "form", "driver", "perception", "subject"}
	out := make([]string, 0, len(heads))
	for h := range heads {
		out = append(out, h)
	}
	rank := func(h string) int {
		if i := slices.Index(order, h); i >= 0 {
			return i
		}
		return len(order)
	}
	sort.Slice(out, func(i, j int) bool {
		if a, b := rank(out[i]), rank(out[j]); a != b {
			return a < b
		}
		return out[i] < out[j]
	})
	return out
}

// labelsOf returns the labels of a head that occur in the lines, the taxonomy's in its order, others by name.
func labelsOf(lines []Line, head string) []string {
	seen := map[string]bool{}
	for _, l := range lines {
		if v, ok := l.Labels[head]; ok {
			seen[v] = true
		}
	}
	out := make([]string, 0, len(seen))
	for v := range seen {
		out = append(out, v)
	}
	rank := func(v string) int {
		if i := slices.Index(taxonomyOrder[head], v); i >= 0 {
			return i
		}
		return 1 << 20
	}
	sort.Slice(out, func(i, j int) bool {
		if a, b := rank(out[i]), rank(out[j]); a != b {
			return a < b
		}
		return out[i] < out[j]
	})
	return out
}

var taxonomyOrder = map[string][]string{
	GateHead: {"false", "true"},
	"form":   names(parley.Forms), "driver": names(parley.Drivers),
	"perception": names(parley.Perceptions), "subject": names(parley.Subjects),
}

func names[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = string(x)
	}
	return out
}

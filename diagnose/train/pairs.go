package train

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"parley"
	"parley/diagnose"
)

// A Pair is two things that people say, and whether they give the same reason.
type Pair struct {
	ID    string `json:"id"`
	A     Said   `json:"a"`
	B     Said   `json:"b"`
	Same  bool   `json:"same"`
	Split string `json:"split"` // "dev" or "test"
}

// Said is a text in a language.
type Said struct {
	Lang parley.Lang `json:"lang"`
	Text string      `json:"text"`
}

// ReadPairs reads pairs, one JSON object a line. Errors say the line.
func ReadPairs(r io.Reader) (pairs []Pair, err error) {
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 1<<20)
	for n := 1; sc.Scan(); n++ {
		var p Pair
		if err := json.Unmarshal(sc.Bytes(), &p); err != nil {
			return nil, fmt.Errorf("pairs line %d: %w", n, err)
		}
		if p.A.Text == "" || p.B.Text == "" {
			return nil, fmt.Errorf("pairs line %d: a text is missing", n)
		}
		pairs = append(pairs, p)
	}
	return pairs, sc.Err()
}

// PairCounts count what diagnose.Same says of pairs, beside what they are.
type PairCounts struct{ Hit, Extra, Miss, Rest int }

// Count adds a pair.
func (c *PairCounts) Count(p Pair) {
	got := diagnose.SenseOf(p.A.Text, p.A.Lang).Alike(diagnose.SenseOf(p.B.Text, p.B.Lang)) >= diagnose.Same
	switch {
	case got && p.Same:
		c.Hit++
	case got:
		c.Extra++
	case p.Same:
		c.Miss++
	default:
		c.Rest++
	}
}

// Pairs returns how many were counted.
func (c PairCounts) Pairs() int { return c.Hit + c.Extra + c.Miss + c.Rest }

// Precision, Recall and F1 are of "the same", 0…1; 0 where nothing was counted.
func (c PairCounts) Precision() float64 { return ratio(c.Hit, c.Hit+c.Extra) }

// Recall is the share of those that are the same that were found.
func (c PairCounts) Recall() float64 { return ratio(c.Hit, c.Hit+c.Miss) }

// F1 is the harmonic mean of precision and recall.
func (c PairCounts) F1() float64 { return ratio(2*c.Hit, 2*c.Hit+c.Extra+c.Miss) }

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
	ID      string `json:"id"`
	Project string `json:"project,omitempty"` // what both are said of; "" if that is not known
	A       Said   `json:"a"`
	B       Said   `json:"b"`
	Same    bool   `json:"same"`
	Split   string `json:"split"` // "dev" or "test"
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

// Judge returns which pairs are taken to give the same reason: those of a project by how their senses stand among all that is said of it in these
// pairs (diagnose.Among, SameAmong), others by themselves (diagnose.Same).
func Judge(pairs []Pair) []bool {
	type saying struct {
		project string
		said    Said
	}
	sense := map[saying]diagnose.Sense{}
	of := map[string][]saying{} // by project
	for _, p := range pairs {
		for _, said := range []Said{p.A, p.B} {
			s := saying{p.Project, said}
			if _, known := sense[s]; !known {
				sense[s] = diagnose.SenseOf(said.Text, said.Lang)
				of[p.Project] = append(of[p.Project], s)
			}
		}
	}
	for project, sayings := range of {
		if project == "" {
			continue
		}
		var senses []diagnose.Sense
		for _, s := range sayings {
			senses = append(senses, sense[s])
		}
		for i, among := range diagnose.Among(senses) {
			sense[sayings[i]] = among
		}
	}
	same := make([]bool, len(pairs))
	for i, p := range pairs {
		least := diagnose.Same
		if p.Project != "" {
			least = diagnose.SameAmong
		}
		same[i] = sense[saying{p.Project, p.A}].Alike(sense[saying{p.Project, p.B}]) >= least
	}
	return same
}

// PairCounts count what pairs are taken for, beside what they are.
type PairCounts struct{ Hit, Extra, Miss, Rest int }

// Count adds a pair that gives the same reason, or not, and was taken to.
func (c *PairCounts) Count(same, taken bool) {
	switch {
	case taken && same:
		c.Hit++
	case taken:
		c.Extra++
	case same:
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

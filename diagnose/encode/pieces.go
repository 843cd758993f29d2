package encode

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// pieces are parts of words, with the logarithm of how often each occurs.
type pieces struct {
	id    map[string]int32
	score []float64
	most  int // runes of the longest
}

// reserved pieces come first; the first of them is for what has no piece.
const reserved = 6

func newPieces(names []string, score []float64) *pieces {
	p := &pieces{id: make(map[string]int32, len(names)), score: score}
	for i, name := range names[reserved:] {
		p.id[name] = int32(i + reserved)
		p.most = max(p.most, len([]rune(name)))
	}
	return p
}

// space stands for a space within a piece.
const space = "▁"

// split returns the pieces of a text, the likeliest way to split it (Kudo, "Subword regularization", ACL 2018, as the encoder's authors
// carry it out: what has no piece costs nothing, and stands once for each run).
func (p *pieces) split(text string) []int32 {
	text = norm.NFKC.String(text)
	if text == "" {
		return nil
	}
	runes := []rune(space + strings.ReplaceAll(text, " ", space))
	best := make([]float64, len(runes)+1) // by end of a part: how likely its best split is
	last := make([]int32, len(runes)+1)   // the piece it ends with
	begin := make([]int, len(runes)+1)    // where that begins
	for i := range begin {
		begin[i] = i - 1
	}
	for start := range runes {
		found := false
		offer := func(end int, id int32) {
			if score := best[start] + p.score[id]; best[end] == 0 || score >= best[end] {
				best[end], last[end], begin[end] = score, id, start
			}
			found = true
		}
		for end := start + 1; end <= min(start+p.most, len(runes)); end++ {
			if id, ok := p.id[string(runes[start:end])]; ok {
				offer(end, id)
			}
		}
		if !found {
			offer(start+1, 0)
		}
	}
	var out []int32
	for end := len(runes); end > 0; end = begin[end] {
		if id := last[end]; id != 0 || len(out) == 0 || out[len(out)-1] != 0 {
			out = append(out, id)
		}
	}
	slices.Reverse(out)
	return out
}

package diagnose

import (
	"cmp"
	"math"
	mathbits "math/bits"
	"slices"
	"strings"

	"parley"
)

// A Sense is what a text says, made to be compared with that of others, in any of the languages: its traits, and how likely it
// rests on each ground. It is not changed once made. The zero Sense is like no other.
type Sense struct {
	traits []trait // in order of hash
	norm   float32 // sum of the squares of their values, those that the model does not know included
	shares []groundOf
	sure   float32 // of the likeliest ground
	scores *groundRow
	rests  groundSet // the grounds of shares
}

// A groundRow has a number for each ground, a groundSet a bit.
type (
	groundRow [maxGrounds + 1]float32
	groundSet [(maxGrounds + 1) / 64]uint64
)

// A groundOf is the square root of the probability that a text rests on a ground.
type groundOf struct {
	ground uint8
	root   float32
}

// What was chosen on the pairs marked dev.
const (
	unknownCounts = 7.0    // a trait that the model does not know, next to the rarest it knows with 8.8: it makes a text less sure
	sharpness     = 2.0    // of the probabilities: what scores are multiplied by
	sharedCounts  = 0.5    // of what two texts have in common, which is often only the topic
	leastShare    = 0.0015 // probability of a ground that is kept
	leastAgree    = 0.15   // agreement below which what two texts share is not looked at
)

// SenseOf returns the sense of a text in lang; if that is "", in the language it seems to be in. After a turn of the kind "it works,
// but …" only what comes then counts. Cost is linear, of a very long text the first 8 KB.
func SenseOf(text string, lang parley.Lang) Sense {
	text = text[:min(len(text), maxSentence)]
	if lang == "" {
		lang = parley.LangOf(text)
	}
	m := grounds()
	folded, toks := afterTurn(text)
	s := Sense{traits: traits(nil, folded, toks, langBit(lang))}
	s.norm = m.locate(s.traits, unknownCounts)
	scores := make([]float64, m.count)
	m.score(scores, s.traits)
	s.scores = new(groundRow)
	for k, x := range scores {
		s.scores[k] = float32(x)
	}
	s.shares, s.sure = sharesOf(scores, s.norm)
	for _, g := range s.shares {
		s.rests[g.ground/64] |= 1 << (g.ground % 64)
	}
	return s
}

// afterTurn returns text folded, and those of its words that say what it rests on.
func afterTurn(text string) (folded []byte, toks []token) {
	folded, toks = fold(nil, nil, text[:min(len(text), maxSentence)])
	return folded, toks[grounds().turn(folded, toks):]
}

// turn returns the number of words up to and with the last turn, 0 if there is none with enough before and after it.
func (m *groundModel) turn(folded []byte, toks []token) int {
	const least = 3 // words on either side; fewer say nothing
	for i := len(toks) - least; i >= least; i-- {
		if found, end := m.turns.match(folded, int(toks[i].foldStart)); found != 0 {
			after := i + 1
			for after < len(toks) && int(toks[after].foldStart) < end {
				after++
			}
			if len(toks)-after >= least {
				return after
			}
		}
	}
	return 0
}

// uniqueTraits sorts traits by hash and leaves each once.
func uniqueTraits(list []trait) []trait {
	slices.SortStableFunc(list, func(a, b trait) int { return cmp.Compare(a.hash, b.hash) })
	return slices.CompactFunc(list, func(a, b trait) bool { return a.hash == b.hash })
}

// locate finds traits in the model, gives them their values, and returns the sum of their squares. With unknown 0 they
// are scaled to length 1 instead.
func (m *groundModel) locate(list []trait, unknown float32) (norm float32) {
	for i := range list {
		t := &list[i]
		if t.at = m.find(t.hash); t.at >= 0 {
			t.value *= m.idf[t.at]
		} else {
			t.value *= unknown
		}
		norm += t.value * t.value
	}
	if unknown == 0 && norm > 0 {
		scale := float32(1 / math.Sqrt(float64(norm)))
		for i := range list {
			list[i].value *= scale
		}
	}
	return norm
}

// score adds up the weights of traits by ground.
func (m *groundModel) score(scores []float64, list []trait) {
	for _, t := range list {
		if t.at < 0 {
			continue
		}
		for j := m.rows[t.at]; j < m.rows[t.at+1]; j++ {
			scores[m.kinds[j]] += float64(m.w[j] * t.value)
		}
	}
}

// sharesOf turns scores into the probabilities of grounds, those that are not negligible, and returns the largest. It changes scores.
func sharesOf(scores []float64, norm float32) (shares []groundOf, sure float32) {
	if norm <= 0 {
		return nil, 0
	}
	scale := sharpness / math.Sqrt(float64(norm))
	for i := range scores {
		scores[i] *= scale
	}
	softmaxInPlace(scores)
	for k, p := range scores {
		sure = max(sure, float32(p))
		if p >= leastShare {
			shares = append(shares, groundOf{uint8(k), float32(math.Sqrt(p))})
		}
	}
	return shares, sure
}

// agreement is how far two texts rest on the same grounds, 0…1: the Bhattacharyya coefficient of their probabilities.
func agreement(a, b []groundOf) (sum float32) {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i].ground < b[j].ground:
			i++
		case a[i].ground > b[j].ground:
			j++
		default:
			sum += a[i].root * b[j].root
			i++
			j++
		}
	}
	return sum
}

// Alike returns how likely s and o give the same reason, 0…1, from Same on more likely than not. It is symmetric, and 1 for equal
// texts. What they share word by word counts half in it, unless it is most of both.
func (s Sense) Alike(o Sense) float64 {
	a := min(1, float64(agreement(s.shares, o.shares)))
	if a < leastAgree {
		return a
	}
	m := grounds()
	var less groundRow
	square := float32(0)
	for i, j := 0, 0; i < len(s.traits) && j < len(o.traits); {
		switch x, y := s.traits[i], o.traits[j]; {
		case x.hash < y.hash:
			i++
		case x.hash > y.hash:
			j++
		default:
			if x.value == y.value {
				square += float32(x.value * x.value)
				m.lose(&less, x)
			}
			i++
			j++
		}
	}
	if square == 0 {
		return a
	}
	return apart(&s, &o, []*groundRow{&less}, square)
}

// lose adds to less what the scores of grounds lose where a trait counts less.
func (m *groundModel) lose(less *groundRow, t trait) {
	if t.at < 0 {
		return
	}
	for j := m.rows[t.at]; j < m.rows[t.at+1]; j++ {
		less[m.kinds[j]] += float32((1 - sharedCounts) * m.w[j] * t.value)
	}
}

// Same is the likeness from which two texts are taken to give the same reason; chosen on the pairs marked dev.
const Same = 0.2

// apart is how alike s and o are that have something in common: their agreement where it counts less, over the grounds that either
// may rest on, unless it is most of both. The sum of less is what it takes from the score of each ground, square the sum of the
// squares of its values.
func apart(s, o *Sense, less []*groundRow, square float32) float64 {
	scaleS, scaleO := halfScale(s.norm, square), halfScale(o.norm, square)
	kinds := 0
	var sumS, sumO, sum float64
	for w, bits := range s.rests {
		for bits |= o.rests[w]; bits != 0; bits &= bits - 1 {
			k := uint8(w*64 + mathbits.TrailingZeros64(bits))
			var l float32
			for _, row := range less {
				l += row[k]
			}
			rootS, rootO := power(scaleS*float64(s.scores[k]-l)), power(scaleO*float64(o.scores[k]-l))
			sumS += float64(rootS * rootS)
			sumO += float64(rootO * rootO)
			sum += float64(rootS * rootO)
			kinds++
		}
	}
	others := float64(grounds().count - kinds) // are taken to have no evidence
	agree := min(1, sum/math.Sqrt((others+sumS)*(others+sumO)))
	return max(agree, repeats(square, s.norm, o.norm))
}

// halfScale is what scores are multiplied by, to become roots of odds by power.
func halfScale(norm, square float32) float64 {
	return sharpness / 2 * powerSteps / math.Ln2 / math.Sqrt(float64(norm-float32((1-sharedCounts*sharedCounts)*square)))
}

const (
	powerSteps = 1024
	powerShift = 3 << 51 // a float64 of this size has no bits left for fractions
)

// powers has the powers of 2 from 0 to 1, as bits.
var powers = func() (t [powerSteps]uint64) {
	for i := range t {
		t[i] = math.Float64bits(math.Exp2(float64(i) / powerSteps))
	}
	return t
}()

// power returns 2 to the power of x/1024, which is less than 500 either way, to seven digits: several times as fast as math.Exp2, and the
// same on every machine.
func power(x float64) float64 {
	shifted := x + powerShift
	n := math.Float64bits(shifted)
	p := math.Float64frombits(powers[n%powerSteps] + n/powerSteps<<52)
	return p + float64(p*float64((x-(shifted-powerShift))*(math.Ln2/powerSteps)))
}

// repeats is how far two texts are the same words: nothing up to half of what both say, then linear up to 1.
func repeats(shared, a, b float32) float64 {
	return min(1, max(0, 2*float64(shared)/math.Sqrt(float64(a)*float64(b))-1))
}

// A Likeness says why two texts may give the same reason.
type Likeness struct {
	Score  float64  `json:"score"`  // as of Sense.Alike
	Ground string   `json:"ground"` // what both rest on, most likely, by its name in the lexicon
	A      []string `json:"a"`      // the words of the first text that speak for it, most telling first
	B      []string `json:"b"`      // and of the second
}

// Compare returns how alike two texts are, and the words that make them so, at most three of each.
func Compare(a string, langA parley.Lang, b string, langB parley.Lang) Likeness {
	sa, sb := SenseOf(a, langA), SenseOf(b, langB)
	l := Likeness{Score: sa.Alike(sb)}
	top := float32(0)
	ground := uint8(0)
	for i, j := 0, 0; i < len(sa.shares) && j < len(sb.shares); {
		switch x, y := sa.shares[i], sb.shares[j]; {
		case x.ground < y.ground:
			i++
		case x.ground > y.ground:
			j++
		default:
			if p := x.root * y.root; p > top {
				top, ground = p, x.ground
			}
			i++
			j++
		}
	}
	if top == 0 {
		return l
	}
	l.Ground = grounds().names[ground]
	l.A, l.B = telling(a, sa, ground), telling(b, sb, ground)
	return l
}

// telling returns the words of text, whose sense is s, that speak most for a ground.
func telling(text string, s Sense, ground uint8) []string {
	m := grounds()
	_, toks := afterTurn(text)
	weights := make([]float32, len(toks))
	for _, t := range s.traits {
		if t.at < 0 {
			continue
		}
		for j := m.rows[t.at]; j < m.rows[t.at+1]; j++ {
			if m.kinds[j] == ground {
				weights[t.token] += m.w[j] * t.value
			}
		}
	}
	var words []string
	for len(words) < 3 {
		best := 0
		for i := range weights {
			if weights[i] > weights[best] {
				best = i
			}
		}
		if len(weights) == 0 || weights[best] <= 0 {
			break
		}
		weights[best] = 0
		word := strings.ToLower(text[toks[best].start:toks[best].end])
		if len(word) > 2 && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return words
}

package diagnose

import "math"

// A Space is one namespace of features. Each is weighted and normalised by itself.
type Space int

const (
	Words    Space = iota // words and pairs of the sentence
	Chars                 // letters within its words
	Shape                 // length, punctuation, capitals
	Cues                  // lexicon
	Prev                  // words of the turn before, by another speaker
	PrevCues              // lexicon, of that turn
	Own                   // words of the speaker's own sentence before
	Next                  // words of the sentence after
	Next2                 // words of the one after that
	Role                  // what the speaker is said to be
	spaces
)

// SpaceNames are the names of the spaces in a model's header, by Space.
var SpaceNames = [spaces]string{"words", "chars", "shape", "cues", "prev", "prev_cues", "own", "next", "next2", "role"}

// A Unit is a sentence with what stands around it. Nil and empty are allowed everywhere but in Self.
type Unit struct {
	Self  *Analysis
	Prev  []*Analysis // the sentences of the turn before, by another speaker
	Own   *Analysis   // the same speaker's sentence before
	Next  *Analysis   // the sentence after, by anyone
	Next2 *Analysis
	Role  string
}

// A Feature is one component of a unit's vector: the bucket its hash fell into, its value, and the word
// of the sentence it came from, -1 if none.
type Feature struct {
	Bucket uint32
	Value  float32
	Token  int32
}

// A Vectorizer turns units into sparse vectors. A feature's value is (1 + ln tf)·idf, each space is
// scaled to length 1 and then by its weight. It is not safe for concurrent use.
type Vectorizer struct {
	Bits    int             // buckets are 2^Bits, 10…24
	Weights [spaces]float32 // 0 leaves a space out
	IDF     []float32       // by bucket; nil counts every feature as 1
	seen    []slot          // open-addressed table of the buckets met in the current space
	stamp   uint32
}

type slot struct {
	stamp  uint32
	bucket uint32
	at     int32 // in the vector
}

// Vector appends u's features to dst. Cost is linear in the grams of u.
func (v *Vectorizer) Vector(dst []Feature, u Unit) []Feature {
	dst = v.space(dst, Words, u.Self.words)
	dst = v.space(dst, Chars, u.Self.chars)
	dst = v.space(dst, Shape, u.Self.shape)
	dst = v.space(dst, Cues, u.Self.cues)
	own := len(dst)
	dst = v.turn(dst, Prev, u.Prev, func(a *Analysis) []gram { return a.words })
	dst = v.turn(dst, PrevCues, u.Prev, func(a *Analysis) []gram { return a.cues })
	if u.Own != nil {
		dst = v.space(dst, Own, u.Own.words)
	}
	if u.Next != nil {
		dst = v.space(dst, Next, u.Next.words)
	}
	if u.Next2 != nil {
		dst = v.space(dst, Next2, u.Next2.words)
	}
	if u.Role != "" {
		dst = v.space(dst, Role, []gram{{hashString(u.Role), -1}})
	}
	for i := own; i < len(dst); i++ {
		dst[i].Token = -1
	}
	return dst
}

// turn appends the grams that of picks from each sentence of a turn, as one space.
func (v *Vectorizer) turn(dst []Feature, s Space, sentences []*Analysis, of func(*Analysis) []gram) []Feature {
	if v.Weights[s] == 0 || len(sentences) == 0 {
		return dst
	}
	v.open()
	start := len(dst)
	for _, a := range sentences {
		dst = v.add(dst, start, s, of(a))
	}
	v.finish(dst[start:], v.Weights[s])
	return dst
}

func (v *Vectorizer) space(dst []Feature, s Space, grams []gram) []Feature {
	if v.Weights[s] == 0 || len(grams) == 0 {
		return dst
	}
	v.open()
	start := len(dst)
	dst = v.add(dst, start, s, grams)
	v.finish(dst[start:], v.Weights[s])
	return dst
}

// open forgets the buckets of the space before.
func (v *Vectorizer) open() {
	if v.seen == nil {
		v.seen = make([]slot, 1<<12)
	}
	v.stamp++
	if v.stamp == 0 {
		clear(v.seen)
		v.stamp = 1
	}
}

// add counts grams into dst[start:], a bucket once.
func (v *Vectorizer) add(dst []Feature, start int, s Space, grams []gram) []Feature {
	seed := (uint64(s) + 1) * 0xD6E8FEB86659FD93
	shift := 64 - v.Bits
	mask := uint32(len(v.seen) - 1)
	for _, g := range grams {
		bucket := uint32(((g.hash ^ seed) * mix) >> shift)
		i := bucket & mask
		for v.seen[i].stamp == v.stamp && v.seen[i].bucket != bucket {
			i = (i + 1) & mask
		}
		if v.seen[i].stamp == v.stamp {
			dst[v.seen[i].at].Value++
			continue
		}
		if len(dst)-start >= len(v.seen)/2 {
			break // a sentence of thousands of words: what it says so far is enough
		}
		v.seen[i] = slot{v.stamp, bucket, int32(len(dst))}
		dst = append(dst, Feature{bucket, 1, g.token})
	}
	return dst
}

// finish turns counts into values of length weight.
func (v *Vectorizer) finish(f []Feature, weight float32) {
	var sum float64
	for i := range f {
		x := float32(1)
		if f[i].Value > 1 {
			x += float32(math.Log(float64(f[i].Value)))
		}
		if v.IDF != nil {
			x *= v.IDF[f[i].Bucket]
		}
		f[i].Value = x
		sum += float64(x * x)
	}
	if sum == 0 {
		return
	}
	scale := weight / float32(math.Sqrt(sum))
	for i := range f {
		f[i].Value *= scale
	}
}

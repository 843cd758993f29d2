package diagnose

import "math"

// A Space is one namespace of features. Each is weighted and normalised by itself.
type Space int

const (
	Words    Space = iota // words and pairs of the sentence
	Chars                 // letters within its words
	Shape                 // length, punctuation, capitals
	Cues                  // lexicon
	About                 // concepts
	Prev                  // words of the turn before, by another speaker
	PrevCues              // lexicon, of that turn
	Role                  // what the speaker is said to be
	spaces
)

// SpaceNames are the names of the spaces in a model's header, by Space.
var SpaceNames = [spaces]string{"words", "chars", "shape", "cues", "concepts", "prev", "prev_cues", "role"}

// A Unit is a sentence with what stands around it. Nil and empty are allowed everywhere but in Self.
type Unit struct {
	Self *Analysis
	Prev []*Analysis // the sentences of the turn before, by another speaker
	Role string
	Kind string // of the conversation; "" is any

	// Encoded is encode.Vector of Self's text, for a model that goes by it; nil: found when it is needed.
	Encoded []float32
}

// A Feature is one component of a unit's vector: the bucket its hash fell into, its value, and the word
// of the sentence it came from, -1 if none.
type Feature struct {
	Bucket uint32
	Value  float32
	Token  int32
}

// A Vectorizer turns units into sparse vectors. A feature's value is its bucket's idf; each space is
// scaled to length 1 and then by its weight. Every occurrence of a gram is a feature of its own. It is not
// safe for concurrent use.
type Vectorizer struct {
	Bits    int             // buckets are 2^Bits, 8…22
	Weights [spaces]float32 // 0 leaves a space out
	IDF     []float32       // by bucket; nil counts every feature as 1
	grams   []gram
}

// Vector appends u's features to dst, space by space. Cost is linear in the grams of u.
func (v *Vectorizer) Vector(dst []Feature, u Unit) []Feature {
	for s := range spaces {
		dst = v.Space(dst, u, s)
	}
	return dst
}

// Space appends u's features of space s to dst.
func (v *Vectorizer) Space(dst []Feature, u Unit, s Space) []Feature {
	if v.Weights[s] == 0 {
		return dst
	}
	start := len(dst)
	v.grams = u.appendGrams(v.grams[:0], s)
	var square float32
	for _, g := range v.grams {
		f := Feature{Bucket: bucketOf(g.hash, s, v.Bits), Value: 1, Token: g.token}
		if v.IDF != nil {
			f.Value = v.IDF[f.Bucket]
		}
		square += float32(f.Value * f.Value)
		dst = append(dst, f)
	}
	scale := lengthScale(v.Weights[s], square)
	for i := start; i < len(dst); i++ {
		dst[i].Value *= scale
	}
	return dst
}

// lengthScale returns what scales a space to length weight, given the sum of its squares.
func lengthScale(weight, square float32) float32 {
	if square == 0 {
		return 0
	}
	return weight / float32(math.Sqrt(float64(square)))
}

// bucketOf returns the bucket of a gram's hash in space s.
func bucketOf(hash uint64, s Space, bits int) uint32 {
	return bucket(hash, salt(s), 64-bits)
}

// salt is what tells the hashes of space s from those of others, and bucket what bucketOf makes of it, for where there are many grams of a space.
func salt(s Space) uint64 { return (uint64(s) + 1) * 0xD6E8FEB86659FD93 }

func bucket(hash, salt uint64, shift int) uint32 {
	return uint32((hash ^ salt) * mix >> (shift & 63))
}

// appendGrams appends the grams of space s to dst. Only those of the sentence itself have a token.
func (u *Unit) appendGrams(dst []gram, s Space) []gram {
	switch s {
	case Chars:
		for i := range u.Self.tokens {
			dst = appendLetters(dst, u.Self.word(i), int32(i))
		}
	case Prev, PrevCues:
		start := len(dst)
		for _, a := range u.Prev {
			dst = append(dst, a.grams(s)...)
		}
		for i := start; i < len(dst); i++ {
			dst[i].token = -1
		}
	case Role:
		if u.Role != "" {
			dst = append(dst, gram{hashString(u.Role), -1})
		}
	default:
		dst = append(dst, u.Self.grams(s)...)
	}
	return dst
}

package diagnose

// Openings are the first two words of phrases that have more than one, to tell where following a phrase beyond its first
// word is in vain. It is a Bloom filter (Putze, Sanders and Singler 2007, "Cache-, hash- and space-efficient Bloom filters") with blocks of 64 bits, two of
// them set by each pair: it has all that were added, and some 14 of 1,000 of those that were not.
type openings [1 << openingBits]uint64

const openingBits = 11

// add enters the words of a phrase, of which the last may be the beginning of a word only.
func (o *openings) add(words []token, star bool) {
	if len(words) < 2 {
		return
	}
	two := pair(words[0].hash, words[1].hash)
	if star && len(words) == 2 {
		two = anyAfter(words[0].hash)
	}
	i, bits := opening(two)
	o[i] |= bits
}

// has reports whether two words, by their pair's hash, may have been added.
func (o *openings) has(two uint64) bool {
	i, bits := opening(two)
	return o[i]&bits == bits
}

// anyAfter stands for the pairs of a word with any other.
func anyAfter(word uint64) uint64 { return pair(word, edge) }

// opening returns where the bits of a pair are. The high bits of its hash are the best.
func opening(two uint64) (i uint64, bits uint64) {
	return two >> (64 - openingBits), 1<<(two>>(64-openingBits-6)&63) | 1<<(two>>(64-openingBits-12)&63)
}

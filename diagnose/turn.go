package diagnose

import _ "embed"

//go:embed lexicon/turns.txt
var turnData string

// turns are the words after which people say what matters ("it works, but …").
var turns = embedded(turnData)

// turn returns the number of words up to and with the last turn, 0 if there is none with enough before and after it.
func turn(folded []byte, toks []token) int {
	const least = 3 // words on either side; fewer say nothing
	for i := len(toks) - least; i >= least; i-- {
		if found, end := turns().match(folded, int(toks[i].foldStart)); found != 0 {
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

// afterTurn returns what comes after the last turn of text, and that folded, with its words.
func afterTurn(text string) (after string, folded []byte, toks []token) {
	text = text[:min(len(text), maxSentence)]
	folded, toks = fold(nil, nil, text)
	if toks = toks[turn(folded, toks):]; len(toks) > 0 {
		after = text[toks[0].start:]
	}
	return after, folded, toks
}

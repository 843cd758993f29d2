package diagnose

// FoldedWords returns the words of text as the model sees them: in lower case, without accents, every digit as 0,
// elided articles and pronouns (l', qu') by themselves, no punctuation. Cost is linear.
func FoldedWords(text string) []string {
	folded, toks := fold(nil, nil, text)
	words := make([]string, len(toks))
	for i, t := range toks {
		words[i] = string(folded[t.foldStart:t.foldEnd])
	}
	return words
}

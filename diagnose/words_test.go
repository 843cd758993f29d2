package diagnose_test

import (
	"slices"
	"testing"

	"parley/diagnose"
)

func TestFoldedWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                              {},
		"… ?":                           {},
		"It's 2024, isn't it?":          {"it's", "0000", "isn't", "it"},
		"L’équipe n'a qu'un « œil ».":   {"l'", "equipe", "n'", "a", "qu'", "un", "oeil"},
		"¿Cuánto cuesta EL AÑO próximo": {"cuanto", "cuesta", "el", "ano", "proximo"},
	} {
		if got := diagnose.FoldedWords(text); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

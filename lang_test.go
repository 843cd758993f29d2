package parley_test

import (
	"testing"

	"parley"
)

func TestLangOfTellsLanguagesBySentences(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want parley.Lang
	}{
		{"We tried that in 2019 and it did not work.", parley.English},
		{"I don't think so", parley.English},
		{"Who is going to pay for this?", parley.English},
		{"NOBODY ASKED US ABOUT THIS", parley.English},
		{"The café is closed.", parley.English},
		{"No veo claro qué ganamos con la agenda única.", parley.Spanish},
		{"no me fio de esto, ya lo probamos el ano pasado", parley.Spanish},
		{"¿Quién lo paga?", parley.Spanish},
		{"Mañana.", parley.Spanish},
		{"ESTO NO ES LO QUE HABÍAMOS DICHO", parley.Spanish},
		{"Je ne vois pas ce que nous y gagnons.", parley.French},
		{"j'ai pas le temps, on verra ca apres", parley.French},
		{"C’est pas la première fois qu’on nous le dit.", parley.French},
		{"Ça coûte trop cher.", parley.French},
		{"", ""},
		{"OK", ""},
		{"2026-03-12 10:30", ""},
		{"Priya Raman", ""},
		{"日本語の文です。", ""},
	}
	for _, tt := range tests {
		if got := parley.LangOf(tt.text); got != tt.want {
			t.Errorf("LangOf(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

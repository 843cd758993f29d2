package diagnose

import (
	"testing"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/sentences"
)

// FuzzSegment checks that what segment tells at a glance is what the library says.
func FuzzSegment(f *testing.F) {
	for _, text := range []string{
		"We met Dr. Ruiz at 3 p.m. He said no. Then what?", "Hola… ¿y ahora?! Pues nada.  «No», dijo.\r\nYa.", "It's fine.\" Or so. (He left.) I stayed.\tNo",
		"a\u0085b\u2028c", "No.\u0301 Yes", "v1.2. New. e.g. this. Ok", "Fin.\nA", "🙂. Good", "Wait...  What. ", "U.S. A.B.", "no! \u00a0Yes",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return // as no message is; of an incomplete letter at the end the library makes something else
		}
		for it := sentences.FromString(text); it.Next(); {
			if got, want := segment(text[it.Start():]), it.End()-it.Start(); got != want {
				t.Fatalf("the sentence that starts %q is %d bytes long, want %d", text[it.Start():], got, want)
			}
		}
	})
}

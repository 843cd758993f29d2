package diagnose_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/diagnose"
)

func TestSentences(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{ // want: sentences joined by |
		{"plain", "We tried that. It failed! Why again?", "We tried that.|It failed!|Why again?"},
		{"titles", "Dr. Ruiz met Mr. Cole and Mrs. Adeyemi. They agreed.", "Dr. Ruiz met Mr. Cole and Mrs. Adeyemi.|They agreed."},
		{"Spanish titles", "La Sra. Peña y el Sr. Goñi no lo ven. ¿Y Ud. qué dice?", "La Sra. Peña y el Sr. Goñi no lo ven.|¿Y Ud. qué dice?"},
		{"French titles", "M. Dupont et Mme. Roux sont contre. Bon.", "M. Dupont et Mme. Roux sont contre.|Bon."},
		{"initials", "Ask John F. Kennedy. He knows.", "Ask John F. Kennedy.|He knows."},
		{"no before a number and not", "See no. 5 and art. 12. He said no. Then he left.", "See no. 5 and art. 12.|He said no.|Then he left."},
		{"list", "1. First thing\n2. Second thing\n- third\n• fourth", "1. First thing|2. Second thing|third|fourth"},
		{"wrapped by a mail program", "Depotmaster locks the order table while it exports, and the last\ntime we had pickers standing about.\n\nNext.", "Depotmaster locks the order table while it exports, and the last\ntime we had pickers standing about.|Next."},
		{"short lines of a chat", "ok\nbut who pays\nnot us", "ok|but who pays|not us"},
		{"ellipsis", "Well… maybe. I don't know...", "Well… maybe.|I don't know..."},
		{"emoji belong to what is before", "sure 👍 👍\nno", "sure 👍 👍|no"},
		{"nothing to say", " \n… 👍 \n---\n", ""},
		{"decimals and addresses", "It costs 1.200,50 € at shop.example.com today. Fine.", "It costs 1.200,50 € at shop.example.com today.|Fine."},
		{"inverted marks", "¿Otra vez? ¡Ni hablar! No.", "¿Otra vez?|¡Ni hablar!|No."},
		{"Spanish plural", "La norma de EE. UU. no vale aquí. Nada.", "La norma de EE. UU. no vale aquí.|Nada."},
		{"address of the web", "See https://x.example/a?b=c!d&e and www.y.example/?q=1 first. Ok? No!", "See https://x.example/a?b=c!d&e and www.y.example/?q=1 first.|Ok?|No!"},
		{"lower case goes on so", "ok. no. we can't, e.g. now, jan. etc. at least. it's slow... really. It is", "ok.|no.|we can't, e.g. now, jan. etc. at least.|it's slow... really.|It is"},
		{"lower case in Spanish", "- ya. no lo veo, la sra. peña tampoco. ¿y ud. qué dice?", "ya.|no lo veo, la sra. peña tampoco.|¿y ud. qué dice?"},
		{"capitals do not", "We tried approx. ten. that was it", "We tried approx. ten. that was it"},
		{"guillemets", "Il a dit « jamais ». Et puis rien.", "Il a dit « jamais ».|Et puis rien."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, s := range diagnose.Sentences(nil, tt.text) {
				got = append(got, tt.text[s.Start:s.End])
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, "|")); diff != "" {
				t.Errorf("sentences of %q (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

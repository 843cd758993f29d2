package i18n_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"parley"
	"parley/internal/web/i18n"
)

func words(lang parley.Lang) *i18n.Words {
	return i18n.For(lang, time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC), time.UTC)
}

var param = regexp.MustCompile(`\{[a-z]+\}`)

// TestCataloguesAgree finds a text that one language has and another lacks, and one that takes other
// parameters or other forms.
func TestCataloguesAgree(t *testing.T) {
	t.Parallel()
	english := words(parley.English)
	for _, lang := range parley.Langs {
		w := words(lang)
		for _, key := range english.Keys() {
			if !w.Has(key) {
				t.Errorf("%s: no text for %s", lang, key)
				continue
			}
			if got, want := params(w.Forms(key)), params(english.Forms(key)); !slices.Equal(got, want) {
				t.Errorf("%s: %s takes %v, in English %v", lang, key, got, want)
			}
			if n := len(w.Forms(key)); n > 2 {
				t.Errorf("%s: %s has %d forms", lang, key, n)
			}
			if len(w.Forms(key)) == 2 && !strings.Contains(strings.Join(w.Forms(key), ""), "{n}") {
				t.Errorf("%s: %s has two forms and no n", lang, key)
			}
		}
		for _, key := range w.Keys() {
			if !english.Has(key) && !strings.HasPrefix(key, "said: ") {
				t.Errorf("%s: %s is not in English", lang, key)
			}
		}
	}
}

func params(forms []string) []string {
	found := param.FindAllString(strings.Join(forms, " "), -1)
	slices.Sort(found)
	return slices.Compact(found)
}

func TestWords(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 11, 19, 9, 16, 0, 0, time.UTC)
	tests := []struct {
		lang parley.Lang
		got  func(*i18n.Words) string
		want string
	}{
		{"en", func(w *i18n.Words) string { return w.T("heard.passage", "n", 3) }, "Passage 3"},
		{"en", func(w *i18n.Words) string { return w.T("count.messages", "n", 1) }, "1 message"},
		{"en", func(w *i18n.Words) string { return w.T("count.messages", "n", 0) }, "0 messages"},
		{"fr", func(w *i18n.Words) string { return w.T("count.messages", "n", 0) }, "0 message"},
		{"es", func(w *i18n.Words) string { return w.T("count.messages", "n", 12345) }, "12.345 mensajes"},
		{"es", func(w *i18n.Words) string { return w.Number(1234) }, "1234"},
		{"fr", func(w *i18n.Words) string { return w.Number(1234567) }, "1\u202f234\u202f567"},
		{"en", func(w *i18n.Words) string { return w.Number(-1234) }, "−1,234"},
		{"fr", func(w *i18n.Words) string { return w.Decimal(-0.583, 2) }, "−0,58"},
		{"en", func(w *i18n.Words) string { return w.Day(day) }, "19 Nov"},
		{"es", func(w *i18n.Words) string { return w.Day(day.AddDate(-1, 0, 0)) }, "19 nov 2025"},
		{"es", func(w *i18n.Words) string { return w.LongDay(day) }, "Jueves, 19 de noviembre"},
		{"fr", func(w *i18n.Words) string { return w.When(day) }, "19 nov., 09:16"},
		{"en", func(w *i18n.Words) string { return w.When(day.AddDate(0, 0, 2)) }, "today, 09:16"},
		{"en", func(w *i18n.Words) string { return w.Day(time.Time{}) }, ""},
		{"es", func(w *i18n.Words) string { return w.List([]string{"Ana", "Luc", "Tom"}) }, "Ana, Luc y Tom"},
		{"en", func(w *i18n.Words) string { return w.Size(5 << 20) }, "5.0 MB"},
		{"de", func(w *i18n.Words) string { return w.T("save") }, "Save"},
		{"en", func(w *i18n.Words) string { return w.T("no.such.key") }, "no.such.key"},
	}
	for _, test := range tests {
		if got := test.got(words(test.lang)); got != test.want {
			t.Errorf("%s: got %q, want %q", test.lang, got, test.want)
		}
	}
}

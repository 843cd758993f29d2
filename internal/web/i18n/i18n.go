// Package i18n holds every text that the pages show, in each language, and writes numbers and dates as
// its readers do. The texts are data: en.txt, es.txt and fr.txt, one "key = text" to a line.
//
// A text names its parameters in braces. Where a number decides the form, the two forms are parted by
// " | " and the parameter n decides: one, then other.
//
//	heard.left = {n} passage to check | {n} passages to check
//
//	w.T("heard.left", "n", 3) // "3 passages to check"
package i18n

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley"
)

//go:embed *.txt
var files embed.FS

// A phrase is a text in its forms: one form, or that for one and that for other numbers.
type phrase []string

// catalogues are the texts of each language by key.
var catalogues = func() map[parley.Lang]map[string]phrase {
	all := map[parley.Lang]map[string]phrase{}
	for _, lang := range parley.Langs {
		data, err := files.ReadFile(string(lang) + ".txt")
		if err != nil {
			panic(err) // embedded
		}
		all[lang] = parse(string(data))
	}
	return all
}()

// parse reads a catalogue. Empty lines and those that begin with # say nothing; \n in a text is a new line.
func parse(data string) map[string]phrase {
	texts := map[string]phrase{}
	for line := range strings.Lines(data) {
		line = strings.TrimRight(line, "\r\n")
		key, text, ok := strings.Cut(line, " = ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		texts[key] = strings.Split(strings.ReplaceAll(text, `\n`, "\n"), " | ")
	}
	return texts
}

// Words speaks one language, in one place, at one moment: it finds texts and writes numbers and times.
type Words struct {
	Lang  parley.Lang
	Now   time.Time
	Place *time.Location
	texts map[string]phrase
}

// For returns the words of a language, English where it is none of [parley.Langs]. Times are written as
// clocks in place show them, days as seen from now.
func For(lang parley.Lang, now time.Time, place *time.Location) *Words {
	texts, ok := catalogues[lang]
	if !ok {
		lang, texts = parley.English, catalogues[parley.English]
	}
	return &Words{Lang: lang, Now: now.In(place), Place: place, texts: texts}
}

// T returns the text of key with its parameters, given as name and value in turn, put in. A key that is
// not there is returned itself; a test sees to it that there is none.
func (w *Words) T(key string, params ...any) string {
	forms, ok := w.texts[key]
	if !ok {
		return key
	}
	text := forms[0]
	for i := 0; i+1 < len(params); i += 2 {
		if n, isInt := params[i+1].(int); isInt && params[i] == "n" && len(forms) > 1 && !w.one(n) {
			text = forms[1]
		}
	}
	for i := 0; i+1 < len(params); i += 2 {
		var value string
		switch v := params[i+1].(type) {
		case string:
			value = v
		case int:
			value = w.Number(v)
		default:
			value = fmt.Sprint(v)
		}
		text = strings.ReplaceAll(text, "{"+params[i].(string)+"}", value)
	}
	return text
}

// one reports whether n things are said in the singular.
func (w *Words) one(n int) bool { return n == 1 || n == 0 && w.Lang == parley.French }

// Has reports whether there is a text for key.
func (w *Words) Has(key string) bool {
	_, ok := w.texts[key]
	return ok
}

// Number writes n with its thousands parted.
func (w *Words) Number(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	least := 4
	if w.Lang == parley.Spanish { // Spanish parts from five digits on
		least = 5
	}
	if len(digits) < least {
		return sign + digits
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(w.T("number.thousands"))
		}
		b.WriteRune(d)
	}
	return b.String()
}

// Decimal writes f with places digits after the point.
func (w *Words) Decimal(f float64, places int) string {
	s := strconv.FormatFloat(f, 'f', places, 64)
	s = strings.Replace(s, ".", w.T("number.point"), 1)
	return strings.Replace(s, "-", "−", 1)
}

// Size writes a number of bytes.
func (w *Words) Size(n int64) string {
	switch {
	case n < 1<<10:
		return w.T("size.b", "n", int(n))
	case n < 1<<20:
		return w.T("size.kb", "n", int(n>>10))
	}
	return w.T("size.mb", "size", w.Decimal(float64(n)/(1<<20), 1))
}

// Day writes a day as people say it: "19 Nov", with the year where it is not this one.
func (w *Words) Day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(w.Place)
	if t.Year() != w.Now.Year() {
		return w.T("date.year", "day", t.Day(), "month", w.month(t), "year", strconv.Itoa(t.Year()))
	}
	return w.T("date.day", "day", t.Day(), "month", w.month(t))
}

// LongDay writes a day with its name: "Friday, 21 November".
func (w *Words) LongDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(w.Place)
	return w.T("date.long", "weekday", w.T("weekday."+strconv.Itoa(int(t.Weekday()))), "day", t.Day(), "month", w.T("longmonth."+strconv.Itoa(int(t.Month()))))
}

// Clock writes the time of day: "09:16".
func (w *Words) Clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(w.Place).Format("15:04")
}

// When writes the time of something that happened: the clock alone if that was today.
func (w *Words) When(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if day := t.In(w.Place); day.YearDay() == w.Now.YearDay() && day.Year() == w.Now.Year() {
		return w.T("date.today", "clock", w.Clock(t))
	}
	return w.T("date.when", "date", w.Day(t), "clock", w.Clock(t))
}

func (w *Words) month(t time.Time) string { return w.T("month." + strconv.Itoa(int(t.Month()))) }

// List joins names as a sentence does: "Ana, Luc and Tom".
func (w *Words) List(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return w.T("list.and", "first", strings.Join(names[:len(names)-1], ", "), "last", names[len(names)-1])
}

// Said returns the sentence that the program says in English in this language, if it is known.
func (w *Words) Said(sentence string) (string, bool) {
	forms, ok := w.texts["said: "+sentence]
	if !ok {
		return "", false
	}
	return forms[0], true
}

// Keys returns every key of the language, sorted.
func (w *Words) Keys() []string { return slices.Sorted(maps.Keys(w.texts)) }

// Forms returns the forms of a text as they stand in the catalogue.
func (w *Words) Forms(key string) []string { return w.texts[key] }

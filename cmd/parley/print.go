package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"parley"
)

// A printer prints findings as they come and a summary at the end.
type printer interface {
	finding(parley.Finding) error
	end(context.Context, *summary) error
}

func newPrinter(format string, out *bufio.Writer, s std) printer {
	switch format {
	case "jsonl":
		return &jsonPrinter{out: out, std: s}
	case "csv":
		return &csvPrinter{w: csv.NewWriter(out), std: s}
	case "markdown":
		return &markdownPrinter{out: out, std: s}
	}
	return &tablePrinter{out: out, std: s}
}

// A jsonFinding is one line of --format jsonl; other programs rely on its fields.
type jsonFinding struct {
	File       string            `json:"file"`
	Message    string            `json:"message"`
	Speaker    string            `json:"speaker"`
	Time       string            `json:"time"`
	Lang       parley.Lang       `json:"lang"`
	Start      int               `json:"start"`
	End        int               `json:"end"`
	Text       string            `json:"text"`
	Resistance float64           `json:"resistance"`
	Form       parley.Form       `json:"form"`
	Driver     parley.Driver     `json:"driver"`
	Perception parley.Perception `json:"perception"`
	Subject    parley.Subject    `json:"subject"`
	Confidence parley.Confidence `json:"confidence"`
	Why        []jsonReading     `json:"why"`
}

type jsonReading struct {
	Text   string  `json:"text"`
	Weight float64 `json:"weight"`
}

func toJSON(f parley.Finding) jsonFinding {
	j := jsonFinding{
		File: f.Message.Source, Message: f.Message.ID, Speaker: f.Message.Speaker.String(), Time: timeOf(f.Message), Lang: f.Message.Lang,
		Start: f.Span.Start, End: f.Span.End, Text: f.Text(), Resistance: round(f.Probability),
		Form: f.Labels.Form, Driver: f.Labels.Driver, Perception: f.Labels.Perception, Subject: f.Labels.Subject,
		Confidence: parley.Confidence{Form: round(f.Confidence.Form), Driver: round(f.Confidence.Driver), Perception: round(f.Confidence.Perception), Subject: round(f.Confidence.Subject)},
		Why:        []jsonReading{},
	}
	for _, w := range f.Why {
		j.Why = append(j.Why, jsonReading{w.Text, round(w.Weight)})
	}
	return j
}

func round(p float64) float64 { return float64(int(p*10000+0.5)) / 10000 }

// timeOf is when a message was said: RFC 3339, or of a recording hh:mm:ss since its start; "" if unknown.
func timeOf(m parley.Message) string {
	switch {
	case !m.Time.IsZero():
		return m.Time.Format(time.RFC3339)
	case m.Recorded:
		s := int(m.Offset / time.Second)
		return fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return ""
}

type jsonPrinter struct {
	out *bufio.Writer
	std
}

func (p *jsonPrinter) finding(f parley.Finding) error {
	enc := json.NewEncoder(p.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(toJSON(f))
}

func (p *jsonPrinter) end(_ context.Context, s *summary) error {
	fmt.Fprintln(p.err, s.total())
	return nil
}

type csvPrinter struct {
	w      *csv.Writer
	header bool
	std
}

func (p *csvPrinter) finding(f parley.Finding) error {
	p.writeHeader()
	j := toJSON(f)
	var why []string
	for _, w := range j.Why {
		why = append(why, w.Text)
	}
	num := func(x float64) string { return fmt.Sprintf("%.4f", x) }
	return p.w.Write([]string{
		j.File, safeCell(j.Message), safeCell(j.Speaker), j.Time, string(j.Lang), fmt.Sprint(j.Start), fmt.Sprint(j.End), safeCell(j.Text), num(j.Resistance),
		string(j.Form), string(j.Driver), string(j.Perception), string(j.Subject),
		num(j.Confidence.Form), num(j.Confidence.Driver), num(j.Confidence.Perception), num(j.Confidence.Subject), safeCell(strings.Join(why, " · ")),
	})
}

func (p *csvPrinter) writeHeader() {
	if !p.header {
		p.header = true
		_ = p.w.Write(strings.Split("file,message,speaker,time,lang,start,end,text,resistance,form,driver,perception,subject,form_confidence,driver_confidence,perception_confidence,subject_confidence,why", ","))
	}
}

// safeCell keeps a spreadsheet from taking somebody's words for a formula.
func safeCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func (p *csvPrinter) end(_ context.Context, s *summary) error {
	p.writeHeader()
	p.w.Flush()
	fmt.Fprintln(p.err, s.total())
	return p.w.Error()
}

// A tablePrinter prints for a person at a terminal.
type tablePrinter struct {
	out *bufio.Writer
	std
	source string
}

// Styles of a terminal, by what they are for.
const (
	styleOff   = "\x1b[0m"
	styleHead  = "\x1b[1m"
	styleQuiet = "\x1b[2m"
	styleTheir = "\x1b[33m" // their words: ochre
	styleOurs  = "\x1b[36m" // what we say of them
)

func (p *tablePrinter) style(style, text string) string {
	if !p.colour || text == "" {
		return text
	}
	return style + text + styleOff
}

func (p *tablePrinter) finding(f parley.Finding) error {
	if f.Message.Source != p.source {
		p.source = f.Message.Source
		fmt.Fprintf(p.out, "%s\n\n", p.style(styleHead, p.source))
	}
	fmt.Fprintf(p.out, "  %s%s\n", p.style(styleHead, speaker(f.Message)), p.style(styleQuiet, where(f.Message)))
	for i, line := range wrap("“"+f.Text()+"”", p.width-5) {
		indent := "   "
		if i == 0 {
			indent = "  "
		}
		fmt.Fprintf(p.out, "%s%s\n", indent, p.style(styleTheir, line))
	}
	p.labelled(fmt.Sprintf("%3.0f %%", f.Probability*100), diagnosis(f), styleOurs)
	p.labelled("why", readings(f), styleQuiet)
	fmt.Fprintln(p.out)
	return nil
}

// labelled prints text after a label, its further lines under the first.
func (p *tablePrinter) labelled(label, text, style string) {
	for _, line := range wrap(text, p.width-10) {
		fmt.Fprintf(p.out, "  %5s  %s\n", label, p.style(style, line))
		label = ""
	}
}

func speaker(m parley.Message) string {
	if s := m.Speaker.String(); s != "" {
		return s
	}
	return "Somebody"
}

// where says when and where in its source a message was said.
func where(m parley.Message) string {
	var parts []string
	switch {
	case !m.Time.IsZero():
		layout := "2 Jan 2006 15:04"
		switch {
		case m.Kind == parley.Mail: // whose header tells the offset; other sources have the clock on the wall
			layout += " UTC"
		case m.Time.Equal(m.Time.Truncate(24 * time.Hour)): // the source has the day alone
			layout = "2 Jan 2006"
		}
		parts = append(parts, m.Time.Format(layout))
	case m.Recorded:
		parts = append(parts, timeOf(m))
	}
	if m.Place != "" {
		parts = append(parts, m.Place)
	}
	if len(parts) == 0 {
		return ""
	}
	return " · " + strings.Join(parts, " · ")
}

// diagnosis says the four labels; where one is not sure, the two likeliest.
func diagnosis(f parley.Finding) string {
	or := func(first, second string, p float64) string {
		if p < parley.Sure && second != "" {
			return first + " or " + second
		}
		return first
	}
	l, s, c := f.Labels, f.Second, f.Confidence
	return strings.Join([]string{
		or(string(l.Form), string(s.Form), c.Form), or(string(l.Driver), string(s.Driver), c.Driver),
		or(string(l.Perception), string(s.Perception), c.Perception), or(string(l.Subject), string(s.Subject), c.Subject),
	}, " · ")
}

func readings(f parley.Finding) string {
	var words []string
	for _, w := range f.Why {
		words = append(words, w.Text)
	}
	return strings.Join(words, " · ")
}

// wrap breaks text into lines of at most width columns, at white space where it can.
func wrap(text string, width int) []string {
	width = max(width, 10)
	var lines []string
	line, length := "", 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		for n > width { // a link longer than the line
			if line != "" {
				lines = append(lines, line)
				line, length = "", 0
			}
			cut := 0
			for range width {
				_, size := utf8.DecodeRuneInString(word[cut:])
				cut += size
			}
			lines = append(lines, word[:cut])
			word = word[cut:]
			n -= width
		}
		switch {
		case n == 0:
		case line == "":
			line, length = word, n
		case length+1+n > width:
			lines = append(lines, line)
			line, length = word, n
		default:
			line += " " + word
			length += 1 + n
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

func (p *tablePrinter) end(ctx context.Context, s *summary) error {
	if err := p.out.Flush(); err != nil { // what was found can be read while reasons are looked for
		return err
	}
	reasons, err := s.reasons(ctx, p.std)
	if err != nil {
		return err
	}
	if len(reasons) > 0 {
		fmt.Fprintf(p.out, "%s\n\n", p.style(styleHead, "What is behind it"))
	}
	const most = 12
	for i, r := range reasons[:min(len(reasons), most)] {
		for j, line := range wrap(title(r)+" · "+said(s.kept, r), p.width-8) {
			number, style := "", styleQuiet
			if j == 0 {
				number, style = fmt.Sprint(i+1), styleHead
			}
			fmt.Fprintf(p.out, "  %2s  %s\n", number, p.style(style, line))
		}
		quote := s.kept[r.Findings[0]].Text()
		for j, line := range wrap("“"+quote+"”", p.width-8) {
			indent := "       "
			if j == 0 {
				indent = "      "
			}
			fmt.Fprintf(p.out, "%s%s\n", indent, p.style(styleTheir, line))
		}
		fmt.Fprintf(p.out, "      %s\n\n", p.style(styleOurs, calls(r)))
	}
	if len(reasons) > most {
		fmt.Fprintf(p.out, "      and %s with less behind them\n\n", counted(len(reasons)-most, "more reason", "more reasons"))
	}
	for _, line := range wrap(s.total(), p.width-1) {
		fmt.Fprintln(p.out, line)
	}
	if hint := s.hint(); hint != "" {
		for _, line := range wrap(hint, p.width-1) {
			fmt.Fprintln(p.out, p.style(styleQuiet, line))
		}
	}
	return nil
}

// title names a reason by its driver and subject.
func title(r parley.Reason) string {
	t := map[parley.Driver]string{
		parley.Uncertainty: "Uncertainty", parley.Trust: "Trust", parley.Value: "Value", parley.Experience: "Bad experience",
		parley.Culture: "Culture", parley.Capacity: "Capacity",
	}[r.Labels.Driver]
	if r.Labels.Subject == "" {
		return t
	}
	return fmt.Sprintf("%s, about the %s", t, r.Labels.Subject)
}

// said tells how often a reason was given and by whom.
func said(findings []parley.Finding, r parley.Reason) string {
	const most = 4
	var names []string
	for _, h := range r.Holders {
		if name := h.String(); name != "" {
			names = append(names, name)
		}
	}
	held := strings.Join(names[:min(len(names), most)], ", ")
	if len(names) > most {
		held += fmt.Sprintf(" and %d more", len(names)-most)
	}
	if len(r.Findings) > 1 {
		held = strings.TrimSpace(fmt.Sprintf("%d× %s", len(r.Findings), held))
	}
	if held == "" {
		held = "somebody"
	}
	return held
}

// calls says what a reason calls for.
func calls(r parley.Reason) string {
	return fmt.Sprintf("%s → %s", r.Labels.Perception, r.Labels.Perception.CallsFor())
}

// total is the last line: how much was read and found, and what could not be read.
func (s *summary) total() string {
	text := fmt.Sprintf("%s in %s", counted(s.findings, "resisting sentence", "resisting sentences"), counted(s.messages, "message", "messages"))
	if n := len(s.sources); n > 1 {
		text += fmt.Sprintf(" from %s", counted(n, "file", "files"))
	}
	if s.keeps && s.findings > len(s.kept) {
		text += fmt.Sprintf("; the reasons are those of the first %d", len(s.kept))
	}
	if s.errors > 0 {
		text += fmt.Sprintf("; %s could not be read, or not wholly (told above)", counted(s.errors, "part", "parts"))
	}
	return text + "."
}

// hint tells what would make the result better.
func (s *summary) hint() string {
	if len(s.unknown) < 2 || s.anyoneSet || len(s.advisers) > 0 {
		return ""
	}
	return "Everybody was read, since nobody is known to speak for your side. Name yours with --adviser NAME, ADDRESS or DOMAIN."
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

type markdownPrinter struct {
	out *bufio.Writer
	std
	source string
}

var markdownEscaper = strings.NewReplacer("\\", "\\\\", "*", "\\*", "_", "\\_", "`", "\\`", "<", "&lt;", "[", "\\[", "]", "\\]", "|", "\\|", "\n", " ", "#", "\\#")

func (p *markdownPrinter) finding(f parley.Finding) error {
	if f.Message.Source != p.source {
		p.source = f.Message.Source
		fmt.Fprintf(p.out, "# %s\n\n", markdownEscaper.Replace(p.source))
	}
	fmt.Fprintf(p.out, "**%s**%s\n\n> %s\n\n", markdownEscaper.Replace(speaker(f.Message)), markdownEscaper.Replace(where(f.Message)), markdownEscaper.Replace(strings.Join(strings.Fields(f.Text()), " ")))
	fmt.Fprintf(p.out, "%.0f %% · %s", f.Probability*100, diagnosis(f))
	if why := readings(f); why != "" {
		fmt.Fprintf(p.out, "  \nwhy: %s", markdownEscaper.Replace(why))
	}
	fmt.Fprint(p.out, "\n\n")
	return nil
}

func (p *markdownPrinter) end(ctx context.Context, s *summary) error {
	reasons, err := s.reasons(ctx, p.std)
	if err != nil {
		return err
	}
	if len(reasons) > 0 {
		fmt.Fprint(p.out, "# What is behind it\n\n| | Reason | Said | In their words | Calls for |\n|---:|---|---|---|---|\n")
		for i, r := range reasons {
			fmt.Fprintf(p.out, "| %d | %s | %s | “%s” | %s |\n", i+1, title(r), markdownEscaper.Replace(said(s.kept, r)),
				markdownEscaper.Replace(strings.Join(strings.Fields(s.kept[r.Findings[0]].Text()), " ")), calls(r))
		}
		fmt.Fprintln(p.out)
	}
	fmt.Fprintln(p.out, s.total())
	if hint := s.hint(); hint != "" {
		fmt.Fprintf(p.out, "\n%s\n", hint)
	}
	return nil
}

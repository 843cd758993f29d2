package listen

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"parley"
)

// htmlText returns the text of an HTML mail as a reader sees it, with the spans that its markup says
// are quoted. Markup that is never shown (head, script, style, hidden elements) gives nothing.
func htmlText(doc string) (string, []parley.Span) {
	w := &htmlWalk{}
	z := html.NewTokenizer(strings.NewReader(doc))
	for {
		switch z.Next() {
		case html.ErrorToken:
			w.closeTo(0)
			return w.out.String(), w.quoted
		case html.TextToken:
			w.text(string(z.Text()))
		case html.StartTagToken:
			w.open(z.Token())
		case html.SelfClosingTagToken:
			t := z.Token()
			w.open(t)
			if !voidElements[t.DataAtom] {
				w.close(t.DataAtom)
			}
		case html.EndTagToken:
			t := z.Token()
			w.close(t.DataAtom)
		}
	}
}

// An htmlWalk is the state of reading a document.
type htmlWalk struct {
	out     strings.Builder
	stack   []htmlElement
	hidden  int // open elements that are not shown
	quotes  int // open elements that quote
	from    int // where the outermost quote began
	pre     int
	space   bool // white space is due before the next word
	lines   int  // line ends written since the last word
	started bool
	quoted  []parley.Span
}

type htmlElement struct {
	atom               atom.Atom
	hidden, quote, pre bool
}

// maxOpen is how many open elements are remembered; deeper ones are read as if flat.
const maxOpen = 512

var voidElements = map[atom.Atom]bool{
	atom.Br: true, atom.Hr: true, atom.Img: true, atom.Input: true, atom.Meta: true, atom.Link: true, atom.Area: true,
	atom.Base: true, atom.Col: true, atom.Embed: true, atom.Source: true, atom.Track: true, atom.Wbr: true,
}

var blockElements = map[atom.Atom]int{ // line ends before and after
	atom.P: 2, atom.Div: 1, atom.Table: 1, atom.Tr: 1, atom.Ul: 1, atom.Ol: 1, atom.Li: 1, atom.Blockquote: 2, atom.Pre: 2,
	atom.H1: 2, atom.H2: 2, atom.H3: 2, atom.H4: 2, atom.H5: 2, atom.H6: 2, atom.Section: 1, atom.Article: 1, atom.Header: 1,
	atom.Footer: 1, atom.Address: 1, atom.Dl: 1, atom.Dt: 1, atom.Dd: 1, atom.Hr: 1, atom.Form: 1, atom.Body: 1, atom.Center: 1,
}

var unseenElements = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Head: true, atom.Title: true, atom.Template: true, atom.Noscript: true, atom.Object: true,
}

func (w *htmlWalk) open(t html.Token) {
	a := t.DataAtom
	if w.hidden == 0 {
		if n := blockElements[a]; n > 0 {
			w.breakLine(n)
		}
		switch a {
		case atom.Br:
			w.newline()
		case atom.Li:
			w.word("- ")
		case atom.Td, atom.Th:
			w.space = true
		}
	}
	if voidElements[a] || len(w.stack) >= maxOpen {
		return
	}
	if a == atom.Body && w.hidden > 0 { // a head that was never closed
		w.closeTo(0)
	}
	e := htmlElement{atom: a, hidden: unseenElements[a], quote: a == atom.Blockquote, pre: a == atom.Pre}
	for _, attr := range t.Attr {
		value := strings.ToLower(attr.Val)
		switch attr.Key {
		case "style":
			value = strings.ReplaceAll(value, " ", "")
			e.hidden = e.hidden || strings.Contains(value, "display:none") || strings.Contains(value, "mso-hide:all")
		case "class":
			// Not gmail_quote: that div also holds what is answered between the quotes, which are blockquotes.
			e.quote = e.quote || strings.Contains(value, "yahoo_quoted") || strings.Contains(value, "moz-cite-prefix") ||
				strings.Contains(value, "protonmail_quote")
		case "hidden":
			e.hidden = true
		}
	}
	if e.hidden {
		w.hidden++
	}
	if e.pre {
		w.pre++
	}
	if e.quote {
		if w.quotes == 0 {
			w.breakLine(1)
			w.from = w.out.Len()
		}
		w.quotes++
	}
	w.stack = append(w.stack, e)
}

// close closes the innermost open element a and what is open inside it; none open, nothing happens.
func (w *htmlWalk) close(a atom.Atom) {
	for i := len(w.stack) - 1; i >= 0; i-- {
		if w.stack[i].atom == a {
			w.closeTo(i)
			break
		}
	}
	if n := blockElements[a]; n > 0 && w.hidden == 0 {
		w.breakLine(n)
	}
}

func (w *htmlWalk) closeTo(depth int) {
	for len(w.stack) > depth {
		e := w.stack[len(w.stack)-1]
		w.stack = w.stack[:len(w.stack)-1]
		if e.hidden {
			w.hidden--
		}
		if e.pre {
			w.pre--
		}
		if e.quote {
			if w.quotes--; w.quotes == 0 && w.out.Len() > w.from {
				w.quoted = append(w.quoted, parley.Span{Start: w.from, End: w.out.Len()})
				w.breakLine(1)
			}
		}
	}
}

// text adds text with white space as HTML shows it.
func (w *htmlWalk) text(raw string) {
	if w.hidden > 0 {
		return
	}
	s := strings.ReplaceAll(html.UnescapeString(raw), "\r", "")
	if w.pre > 0 {
		for i, line := range strings.Split(s, "\n") {
			if i > 0 {
				w.newline()
			}
			if line != "" {
				w.word(line)
			}
		}
		return
	}
	for len(s) > 0 {
		i := strings.IndexAny(s, " \t\n\f\u00a0")
		if i < 0 {
			w.word(s)
			return
		}
		if i > 0 {
			w.word(s[:i])
		}
		w.space = true
		if s[i] >= 0x80 {
			i++ // the no-break space has two bytes
		}
		s = s[i+1:]
	}
}

func (w *htmlWalk) word(s string) {
	if w.space && w.lines == 0 && w.started {
		w.out.WriteByte(' ')
	}
	w.out.WriteString(s)
	w.space, w.lines, w.started = false, 0, true
}

// breakLine makes sure that n line ends stand before the next word.
func (w *htmlWalk) breakLine(n int) {
	w.space = false
	if !w.started {
		return
	}
	for w.lines < n {
		w.newline()
	}
}

func (w *htmlWalk) newline() {
	w.space = false
	if !w.started || w.lines >= 3 {
		return
	}
	w.out.WriteByte('\n')
	w.lines++
}

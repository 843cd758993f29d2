package listen

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// officeFormat tells a document or a table of an office program (Office Open XML, ECMA-376) by its archive's first
// names, or by the name of the file where these come later.
func officeFormat(head []byte, ext string) Format {
	switch {
	case !bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return ""
	case ext == ".docx" || bytes.Contains(head, []byte("word/document.xml")):
		return DOCX
	case ext == ".xlsx" || bytes.Contains(head, []byte("xl/workbook.xml")):
		return XLSX
	}
	return ""
}

// readOffice reads a document as text with marks of Markdown, or the sheets of a table. The archive is held, at most
// MaxPart bytes of it, and of each file in it no more is read.
func (s *source) readOffice(in *bufio.Reader, format Format) {
	raw, err := io.ReadAll(io.LimitReader(in, int64(s.o.maxPart())))
	if err != nil {
		s.fail("", err)
	}
	if extra, _ := in.Peek(1); len(extra) > 0 {
		s.fail("", flaw(FlawLong, "longer than %d bytes; the rest was not read", s.o.maxPart()))
		return // the table of contents is at the end
	}
	files, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		s.fail("", flaw(FlawDocument, "the document is damaged (%w)", err))
		return
	}
	a := &archive{s: s, files: files, most: int64(s.o.maxPart())}
	if format == DOCX {
		a.document()
	} else {
		a.sheets()
	}
}

// An archive is an office document that is read.
type archive struct {
	s     *source
	files *zip.Reader
	most  int64
}

// elements calls see with each token of the XML file called name, with the local names of the elements that are open.
// What is broken, or missing, becomes an error; it reports whether the file is there.
func (a *archive) elements(name string, see func(t xml.Token, open []string)) bool {
	f, err := a.files.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	d := xml.NewDecoder(io.LimitReader(f, a.most))
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	var open []string
	for {
		t, err := d.RawToken()
		if err != nil {
			a.ended(f, open, err)
			return true
		}
		switch e := t.(type) {
		case xml.StartElement:
			if len(open) > 1000 {
				a.s.fail("", flaw(FlawDocument, "the document is damaged (%w)", errDeep))
				return true
			}
			open = append(open, e.Name.Local)
		case xml.EndElement:
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
		}
		see(t, open)
	}
}

// ended reports why an XML file ends where it does, with elements open or not, unless that is its end.
func (a *archive) ended(f io.Reader, open []string, err error) {
	if n, _ := io.ReadFull(f, make([]byte, 1)); n > 0 {
		a.s.fail("", flaw(FlawLong, "longer than %d bytes; the rest was not read", a.most))
	} else if err != io.EOF || len(open) > 0 {
		a.s.fail("", flaw(FlawDocument, "the document is damaged (%w)", err))
	}
}

var errDeep = errors.New("elements too deep")

// attribute returns the attribute of e with a local name.
func attribute(e xml.StartElement, name string) string {
	for _, at := range e.Attr {
		if at.Name.Local == name {
			return at.Value
		}
	}
	return ""
}

// document reads the text of a word processor's document.
func (a *archive) document() {
	w := &pageWriter{}
	if !a.elements("word/document.xml", w.see) {
		a.s.fail("", flaw(FlawDocument, "the document is damaged (%w)", errNoText))
		return
	}
	w.endParagraph() // of a document that was cut
	in := bufio.NewReaderSize(strings.NewReader(clean(w.out.String())), headSize)
	head, _ := in.Peek(headSize)
	a.s.readText(in, head)
}

var errNoText = errors.New("there is no text in it")

// A pageWriter writes the paragraphs of a document, with headings, lists and tables as Markdown has them.
type pageWriter struct {
	out       strings.Builder
	paragraph strings.Builder
	heading   bool
	item      bool
	rows      int // of the table that is read
	header    bool
	cells     []string
}

func (w *pageWriter) see(t xml.Token, open []string) {
	if slices.Contains(open, "Fallback") || slices.Contains(open, "moveFrom") || slices.Contains(open, "txbxContent") {
		return // said twice, moved away, or in a box beside the text
	}
	inTable := slices.Contains(open, "tbl")
	switch e := t.(type) {
	case xml.StartElement:
		w.start(e, open, inTable)
	case xml.CharData:
		if len(open) > 0 && open[len(open)-1] == "t" {
			w.paragraph.Write(e)
		}
	case xml.EndElement:
		switch e.Name.Local {
		case "p":
			if inTable {
				w.paragraph.WriteByte(' ')
			} else {
				w.endParagraph()
			}
		case "tc":
			w.cells = append(w.cells, strings.Join(strings.Fields(strings.ReplaceAll(w.paragraph.String(), "|", "/")), " "))
			w.paragraph.Reset()
		case "tr":
			w.endRow()
		case "tbl":
			w.rows = 0
			w.out.WriteByte('\n')
		}
	}
}

func (w *pageWriter) start(e xml.StartElement, open []string, inTable bool) {
	switch e.Name.Local {
	case "p":
		if !inTable {
			w.paragraph.Reset()
			w.heading, w.item = false, false
		}
	case "pStyle":
		style := strings.ToLower(attribute(e, "val"))
		for _, name := range []string{"heading", "title", "ttulo", "título", "titre"} {
			w.heading = w.heading || strings.HasPrefix(style, name)
		}
	case "numPr":
		w.item = true
	case "tblHeader":
		w.header = true
	case "tab":
		if !slices.Contains(open, "pPr") { // there it is where tabs stop
			w.paragraph.WriteByte('\t')
		}
	case "br", "cr":
		w.paragraph.WriteByte('\n')
	case "noBreakHyphen":
		w.paragraph.WriteByte('-')
	}
}

func (w *pageWriter) endParagraph() {
	text := strings.TrimRight(w.paragraph.String(), " \t\n")
	w.paragraph.Reset()
	switch {
	case strings.TrimSpace(text) == "":
	case w.heading:
		fmt.Fprintf(&w.out, "# %s\n\n", strings.TrimSpace(text))
	case w.item:
		fmt.Fprintf(&w.out, "- %s\n", strings.TrimSpace(text))
	default:
		w.out.WriteString(text + "\n\n")
	}
}

// endRow writes a row; the first is the table's heading where a cell of it sounds like one, or the document says so.
func (w *pageWriter) endRow() {
	fmt.Fprintf(&w.out, "| %s |\n", strings.Join(w.cells, " | "))
	named := w.header || slices.ContainsFunc(w.cells, func(c string) bool { return headerRole(c) != otherColumn })
	if w.rows++; w.rows == 1 && named {
		w.out.WriteString("|---|\n")
	}
	w.cells, w.header = nil, false
}

// sheets reads each sheet in which there are words as a table; where there are none in any, it says so once.
func (a *archive) sheets() {
	var names []string
	for _, f := range a.files.File {
		if ok, _ := path.Match("xl/worksheets/*.xml", f.Name); ok {
			names = append(names, f.Name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
	words, dates := a.sharedStrings(), a.dateStyles()
	var first []byte
	read := false
	for _, name := range names {
		table := a.sheet(name, words, dates)
		if len(bytes.TrimSpace(table)) == 0 {
			continue
		}
		if first == nil {
			first = table
		}
		if _, err := a.s.plan(table[:min(len(table), headSize)], ','); err == nil {
			a.s.readTable(bufio.NewReaderSize(bytes.NewReader(table), headSize), table[:min(len(table), headSize)])
			read = true
		}
	}
	if !read && first != nil {
		a.s.readTable(bufio.NewReaderSize(bytes.NewReader(first), headSize), first[:min(len(first), headSize)])
	}
}

// sharedStrings returns the texts that cells refer to by number.
func (a *archive) sharedStrings() []string {
	var all []string
	var b strings.Builder
	a.elements("xl/sharedStrings.xml", func(t xml.Token, open []string) {
		switch e := t.(type) {
		case xml.CharData:
			if len(open) > 0 && open[len(open)-1] == "t" && !slices.Contains(open, "rPh") {
				b.Write(e)
			}
		case xml.EndElement:
			if e.Name.Local == "si" {
				all = append(all, b.String())
				b.Reset()
			}
		}
	})
	return all
}

// dateStyles tells of each style of cells whether its numbers are dates.
func (a *archive) dateStyles() []bool {
	custom := map[string]bool{}
	var dates []bool
	a.elements("xl/styles.xml", func(t xml.Token, open []string) {
		e, ok := t.(xml.StartElement)
		if !ok {
			return
		}
		switch {
		case e.Name.Local == "numFmt":
			custom[attribute(e, "numFmtId")] = strings.ContainsAny(inQuotes().ReplaceAllString(strings.ToLower(attribute(e, "formatCode")), ""), "ydh")
		case e.Name.Local == "xf" && slices.Contains(open, "cellXfs"):
			id := attribute(e, "numFmtId")
			n := atoi(id)
			dates = append(dates, n >= 14 && n <= 22 || n >= 45 && n <= 47 || custom[id])
		}
	})
	return dates
}

var inQuotes = pattern(`"[^"]*"|\[[^\]]*\]|\\.`)

// sheet returns a sheet as comma-separated values, a row a line.
func (a *archive) sheet(name string, words []string, dates []bool) []byte {
	const maxColumns, maxGap = 1000, 1000
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	var row []string
	var value strings.Builder
	var cell xml.StartElement
	line := 0
	a.elements(name, func(t xml.Token, open []string) {
		switch e := t.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "row":
				for r := atoi(attribute(e, "r")); line+1 < r && r-line < maxGap; line++ {
					_ = w.Write([]string{""})
				}
				row, line = nil, line+1
			case "c":
				cell = e.Copy()
				value.Reset()
			}
		case xml.CharData:
			if n := len(open); n > 0 && (open[n-1] == "v" || open[n-1] == "t") {
				value.Write(e)
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "c":
				at := columnOf(attribute(cell, "r"), len(row))
				for len(row) < min(at, maxColumns) {
					row = append(row, "")
				}
				if len(row) < maxColumns {
					row = append(row, cellText(cell, value.String(), words, dates))
				}
			case "row":
				if int64(out.Len()) < a.most {
					_ = w.Write(append(row, ""))
				}
			}
		}
	})
	w.Flush()
	return out.Bytes()
}

// columnOf returns the number from 0 of the column of a cell called "AB12", or next where it has no name.
func columnOf(ref string, next int) int {
	n := 0
	for _, c := range ref {
		if c < 'A' || c > 'Z' || n > 1e6 {
			break
		}
		n = n*26 + int(c-'A'+1)
	}
	if n == 0 {
		return next
	}
	return n - 1
}

// cellText returns what a reader sees in a cell.
func cellText(cell xml.StartElement, value string, words []string, dates []bool) string {
	switch style := atoi(attribute(cell, "s")); attribute(cell, "t") {
	case "s":
		if i := atoi(value); value != "" && i < len(words) {
			value = words[i]
		}
	case "b", "e":
		return ""
	case "", "n":
		days, err := strconv.ParseFloat(value, 64)
		if err == nil && style < len(dates) && dates[style] && days > 0 && days < 100_000 {
			return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Add(time.Duration(days*24*3600+0.5) * time.Second).Format("2006-01-02 15:04:05")
		}
	}
	return strings.ReplaceAll(value, "\n", "\u2028") // so that rows are lines; clean makes line ends of it
}

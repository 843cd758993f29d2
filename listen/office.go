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
// MaxPart bytes of it; of each file in it no more is read, and of all of them no more than four times that.
func (s *source) readOffice(in *bufio.Reader, format Format) {
	raw, all := s.whole(in)
	if !all {
		return // the table of contents is at the end
	}
	files, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		s.fail("", flaw(FlawDocument, "the document is damaged (%w)", err))
		return
	}
	most := int64(s.o.maxPart())
	a := &archive{s: s, files: files, most: most, left: 4 * most}
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
	most  int64 // bytes of one file that are read
	left  int64 // bytes of all files that are still read
}

// elements calls see with each token of the XML file called name, with the elements that are open. What is broken
// becomes an error; it reports whether the file is there.
func (a *archive) elements(name string, see func(t xml.Token, open *nesting)) bool {
	f, err := a.files.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	most := min(a.most, a.left)
	in := &io.LimitedReader{R: f, N: most}
	defer func() { a.left -= most - in.N }()
	d := xml.NewDecoder(in)
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	open := &nesting{times: map[string]int{}}
	for {
		t, err := d.RawToken()
		if err != nil {
			a.ended(f, most, open, err)
			return true
		}
		switch e := t.(type) {
		case xml.StartElement:
			if len(open.names) > 1000 {
				a.s.fail("", flaw(FlawDocument, "the document is damaged (%w)", errDeep))
				return true
			}
			open.enter(e.Name.Local)
		case xml.EndElement:
			open.leave()
		}
		see(t, open)
	}
}

// A nesting is the local names of the elements that are open.
type nesting struct {
	names []string       // outermost first
	times map[string]int // how often each is among them
}

func (n *nesting) enter(name string) {
	n.names = append(n.names, name)
	n.times[name]++
}

func (n *nesting) leave() {
	if len(n.names) == 0 {
		return
	}
	last := n.innermost()
	n.names = n.names[:len(n.names)-1]
	if n.times[last]--; n.times[last] == 0 {
		delete(n.times, last)
	}
}

// innermost returns the element that was opened last, "" if none is open.
func (n *nesting) innermost() string {
	if len(n.names) == 0 {
		return ""
	}
	return n.names[len(n.names)-1]
}

// in reports whether one of the elements is open.
func (n *nesting) in(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return n.times[name] > 0 })
}

// ended reports why an XML file ends where it does, after most bytes or with elements open, unless that is its end.
func (a *archive) ended(f io.Reader, most int64, open *nesting, err error) {
	if n, _ := io.ReadFull(f, make([]byte, 1)); n > 0 {
		a.s.fail("", flaw(FlawLong, "longer than %d bytes; the rest was not read", most))
	} else if err != io.EOF || len(open.names) > 0 {
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

func (w *pageWriter) see(t xml.Token, open *nesting) {
	if open.in("Fallback", "moveFrom", "txbxContent") {
		return // said twice, moved away, or in a box beside the text
	}
	inTable := open.in("tbl")
	switch e := t.(type) {
	case xml.StartElement:
		w.start(e, open, inTable)
	case xml.CharData:
		if open.innermost() == "t" {
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

func (w *pageWriter) start(e xml.StartElement, open *nesting, inTable bool) {
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
		if !open.in("pPr") { // there it is where tabs stop
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
	sounds := func(c string) bool { return headerRole(c) != otherColumn }
	if w.rows++; w.rows == 1 && (w.header || slices.ContainsFunc(w.cells, sounds)) {
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
	var first error // of a table that does not read as one
	read := false
	for _, name := range names {
		table := a.sheet(name, words, dates)
		if len(bytes.TrimSpace(table)) == 0 {
			continue
		}
		plan, err := a.s.plan(table[:min(len(table), headSize)], ',')
		if err != nil {
			first = cmp.Or(first, err)
			continue
		}
		a.s.readRecords(&lines{in: bufio.NewReader(bytes.NewReader(table)), max: a.s.maxCells()}, ',', plan)
		read = true
	}
	if !read && first != nil {
		a.s.fail("line 1", first)
	}
}

// sharedStrings returns the texts that cells refer to by number.
func (a *archive) sharedStrings() []string {
	var all []string
	var b strings.Builder
	a.elements("xl/sharedStrings.xml", func(t xml.Token, open *nesting) {
		switch e := t.(type) {
		case xml.CharData:
			if open.innermost() == "t" && !open.in("rPh") {
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
	a.elements("xl/styles.xml", func(t xml.Token, open *nesting) {
		e, ok := t.(xml.StartElement)
		if !ok {
			return
		}
		switch {
		case e.Name.Local == "numFmt":
			custom[attribute(e, "numFmtId")] = strings.ContainsAny(inQuotes().ReplaceAllString(strings.ToLower(attribute(e, "formatCode")), ""), "ydh")
		case e.Name.Local == "xf" && open.in("cellXfs"):
			id := attribute(e, "numFmtId")
			n := atoi(id)
			dates = append(dates, n >= 14 && n <= 22 || n >= 45 && n <= 47 || custom[id])
		}
	})
	return dates
}

var inQuotes = pattern(`"[^"]*"|\[[^\[\]]*\]|\\.`)

// sheet returns a sheet as comma-separated values, a row a line, at most as many bytes of them as of a file.
func (a *archive) sheet(name string, words []string, dates []bool) []byte {
	w := &sheetWriter{words: words, dates: dates, room: a.most}
	w.csv = csv.NewWriter(&w.out)
	a.elements(name, w.see)
	w.csv.Flush()
	if w.room < 0 {
		a.s.fail("", flaw(FlawLong, "longer than %d bytes; the rest was not read", a.most))
	}
	return w.out.Bytes()
}

const (
	maxColumns = 1000 // of a sheet that are read
	maxGap     = 1000 // rows that a sheet leaves out, and that are counted
)

// A sheetWriter writes the rows of a sheet as comma-separated values.
type sheetWriter struct {
	words []string // that cells refer to
	dates []bool   // by style
	room  int64    // bytes that may still be written, negative once they are too many: cells may repeat a long text
	out   bytes.Buffer
	csv   *csv.Writer
	line  int
	width int // of the widest row so far
	row   []string
	cell  xml.StartElement
	value strings.Builder
}

func (w *sheetWriter) see(t xml.Token, open *nesting) {
	if w.room < 0 {
		return
	}
	switch e := t.(type) {
	case xml.StartElement:
		switch e.Name.Local {
		case "row":
			for r := atoi(attribute(e, "r")); w.line+1 < r && r-w.line < maxGap; {
				w.write("")
			}
			w.row = nil
		case "c":
			w.cell = e.Copy()
			w.value.Reset()
		}
	case xml.CharData:
		if in := open.innermost(); in == "v" || in == "t" {
			w.value.Write(e)
		}
	case xml.EndElement:
		switch e.Name.Local {
		case "c":
			w.endCell()
		case "row":
			for len(w.row) < w.width { // a row ends with the last cell in which there is something
				w.row = append(w.row, "")
			}
			w.width = len(w.row)
			w.write(append(w.row, "")...) // so that what stands beside a table does not go on with its last column
		}
	}
}

func (w *sheetWriter) endCell() {
	at := columnOf(attribute(w.cell, "r"), len(w.row))
	for len(w.row) < min(at, maxColumns) {
		w.row = append(w.row, "")
	}
	if len(w.row) == maxColumns {
		return
	}
	text := cellText(w.cell, w.value.String(), w.words, w.dates)
	w.room -= int64(len(text))
	w.row = append(w.row, text)
}

// write writes a row, as long as there is room.
func (w *sheetWriter) write(row ...string) {
	w.line++
	if w.room -= int64(len(row)); w.room >= 0 {
		_ = w.csv.Write(row) // to memory
	}
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

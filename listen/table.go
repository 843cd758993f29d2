package listen

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"parley"
)

// Columns names the columns of a table by their header or their number from 1. Empty ones are guessed.
type Columns struct {
	Time   string
	Author string
	Text   []string // several are several messages a row, each with its header as Topic
}

// sniffDelimiter returns the delimiter that splits the first lines into the most even rows, and the cells
// of a row; 0 if none splits them. Where the rows are uneven, a header tells.
func sniffDelimiter(text []byte) (delimiter byte, cells int) {
	bestScore := 0
	for _, d := range delimiters {
		counts := map[int]int{}
		records := 0
		for rest := text; len(rest) > 0 && records < 30; records++ {
			var record []byte
			record, rest = cutRecord(rest)
			if len(bytes.TrimSpace(record)) == 0 {
				records--
				continue
			}
			if len(rest) == 0 && len(text) >= headSize/2 && records > 0 { // the last one may be cut
				break
			}
			counts[countCells(record, d)]++
		}
		for n, times := range counts {
			if score := times * min(n, 12); n >= 2 && times*10 >= records*7 && (score > bestScore || score == bestScore && n > cells) {
				bestScore, delimiter, cells = score, d, n
			}
		}
	}
	if delimiter == 0 {
		for range titleMost + 1 {
			var header []byte
			header, text = cutRecord(text)
			for _, d := range delimiters {
				if n := countCells(header, d); n > cells && looksLikeHeader(splitRecord(header, d)) {
					delimiter, cells = d, n
				}
			}
		}
	}
	return delimiter, cells
}

var delimiters = []byte{',', ';', '\t', '|'}

// namedDelimiter returns the delimiter that a first line "sep=;" names, as spreadsheets write and read it, and
// what follows that line; else 0 and the text.
func namedDelimiter(text []byte) (delimiter byte, rest []byte) {
	line := bytes.TrimRight(firstLine(text), "\r")
	if len(line) != len("sep=;") || !bytes.EqualFold(line[:4], []byte("sep=")) || !bytes.Contains(delimiters, line[4:]) {
		return 0, text
	}
	_, rest, _ = bytes.Cut(text, []byte("\n"))
	return line[4], rest
}

// cutRecord splits off the first record: up to a line end outside quotes.
func cutRecord(text []byte) (record, rest []byte) {
	quoted := false
	for i, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '\n' && !quoted:
			return text[:i], text[i+1:]
		}
	}
	return text, nil
}

func countCells(record []byte, d byte) int {
	n, quoted := 1, false
	for _, c := range record {
		switch {
		case c == '"':
			quoted = !quoted
		case c == d && !quoted:
			n++
		}
	}
	return n
}

// A column's role, guessed from its header.
type columnRole int

const (
	otherColumn columnRole = iota
	timeColumn
	authorColumn
	textColumn
	commentColumn
	questionColumn // what the comment beside it answers
)

var headerRoles = map[columnRole][]string{
	timeColumn: {"time", "date", "timestamp", "datetime", "sent", "created", "submitted", "fecha", "hora", "marca temporal", "enviado", "horodatage", "heure", "horodateur"},
	authorColumn: {"author", "name", "sender", "from", "user", "username", "speaker", "respondent", "participant", "employee", "customer", "contact", "who",
		"autor", "autora", "nombre", "remitente", "usuario", "persona", "encuestado", "participante", "empleado", "cliente", "contacto", "quién", "interlocutor",
		"auteur", "nom", "expéditeur", "utilisateur", "personne", "répondant", "intervenant", "locuteur", "prénom", "email", "e-mail", "correo", "courriel"},
	textColumn: {"text", "message", "body", "content", "utterance", "texto", "mensaje", "contenido", "cuerpo", "texte", "contenu", "corps"},
	commentColumn: {"comment", "comments", "feedback", "answer", "response", "remarks", "open", "suggestion", "why", "verbatim", "reason", "notes", "opinion",
		"comentario", "comentarios", "respuesta", "observaciones", "sugerencia", "sugerencias", "opinión", "motivo", "por qué",
		"commentaire", "commentaires", "réponse", "remarque", "remarques", "avis", "pourquoi", "raison", "libre"},
}

// questionHeaders head a column of questions when they stand alone; within a header they may say "open question".
var questionHeaders = []string{"question", "question text", "prompt", "pregunta", "enunciado", "question posée", "intitulé"}

// secondAuthors name a speaker only where nothing better does.
var secondAuthors = []string{"department", "team", "site", "area", "role", "group", "departamento", "equipo", "área", "puesto", "sede", "centro", "grupo", "service", "équipe", "poste", "groupe", "id"}

func headerRole(cell string) columnRole {
	cell = strings.ToLower(strings.TrimSpace(cell))
	if slices.Contains(questionHeaders, cell) {
		return questionColumn
	}
	words := strings.FieldsFunc(cell, func(r rune) bool {
		return !('a' <= r && r <= 'z') && r < 0x80 && r != '-' || r == '_' || r == '¿'
	})
	for _, role := range []columnRole{commentColumn, textColumn, timeColumn, authorColumn} {
		for _, key := range headerRoles[role] {
			for _, w := range words {
				if w == key {
					return role
				}
			}
			if cell == key || strings.Contains(key, " ") && strings.Contains(cell, key) {
				return role
			}
		}
	}
	return otherColumn
}

// looksLikeHeader reports whether a record names columns: one of text or comments, and another known one.
func looksLikeHeader(cells []string) bool {
	text, other := false, false
	for _, cell := range cells {
		switch headerRole(cell) {
		case textColumn, commentColumn:
			text = true
		case timeColumn, authorColumn:
			other = true
		}
	}
	return text && other
}

// splitRecord returns the cells of a record, read as generously as can be.
func splitRecord(record []byte, d byte) []string {
	r := csv.NewReader(bytes.NewReader(record))
	r.Comma = rune(d)
	r.LazyQuotes = true
	r.FieldsPerRecord = -1
	cells, err := r.Read()
	if err != nil {
		return nil
	}
	return cells
}

// readTable reads a table of messages or comments. A record is at most MaxPart bytes: a quote that never
// closes costs that record, and not the file.
func (s *source) readTable(in *bufio.Reader, head []byte) {
	sample := decodedHead(head)
	ls := &lines{in: decoded(in), max: s.maxCells()}
	d, rest := namedDelimiter(sample)
	if d != 0 {
		sample = rest
		_, _, _ = ls.next()
	} else {
		d, _ = sniffDelimiter(sample)
	}
	if d == 0 {
		d = ','
	}
	plan, err := s.plan(sample, d)
	if err != nil {
		s.fail("line 1", err)
		return
	}
	s.readRecords(ls, d, plan)
}

// maxCells is how many bytes of a line of a table are read.
func (s *source) maxCells() int { return min(maxLine, s.o.maxPart()) }

// readRecords reads the records of a table of which it is known what separates its cells and which column is what.
func (s *source) readRecords(ls *lines, d byte, plan tablePlan) {
	n := 0
	for !s.stopped {
		record, line, err := nextRecord(ls, s.o.maxPart())
		if errors.Is(err, errOpenQuote) {
			s.fail(fmt.Sprintf("line %d", line), err)
		} else if err != nil {
			if err != io.EOF {
				s.fail(fmt.Sprintf("line %d", line), err)
			}
			return
		}
		cells := splitRecord([]byte(record), d)
		if isBlank(cells) {
			continue
		}
		if n++; n <= plan.titles || n == plan.titles+1 && plan.header || n == plan.titles+2 && slices.ContainsFunc(cells, isSecondHeader) {
			continue
		}
		if len(cells) <= plan.last {
			s.fail(fmt.Sprintf("line %d", line), flaw(FlawRow, "%d cells where %d are needed; the row was not read", len(cells), plan.last+1))
			continue
		}
		plan.row(s, plan.mend(cells, d), line)
	}
}

// isBlank reports whether a record is an empty line.
func isBlank(cells []string) bool {
	return len(cells) == 0 || len(cells) == 1 && strings.TrimSpace(cells[0]) == ""
}

// titleMost is how many records above a header may say what the table is.
const titleMost = 5

// titlesOf returns how many records stand above a header that name no column and have fewer cells filled than it: none without such a header.
func titlesOf(rows [][]string) int {
	most := 0
	for n, cells := range rows[:min(titleMost+1, len(rows))] {
		filled, named := 0, false
		for _, c := range cells {
			if strings.TrimSpace(c) != "" {
				filled++
			}
			named = named || headerRole(c) != otherColumn
		}
		if named {
			if looksLikeHeader(cells) && filled > most {
				return n
			}
			return 0
		}
		most = max(most, filled)
	}
	return 0
}

// isSecondHeader reports whether a cell is what survey tools write under a question that is answered in free words.
func isSecondHeader(cell string) bool {
	switch strings.ToLower(strings.TrimSpace(cell)) {
	case "open-ended response", "respuesta abierta", "réponse ouverte":
		return true
	}
	return false
}

var errOpenQuote = flaw(FlawQuote, "a quote opens here and does not close; the line was read by itself")

// nextRecord returns the next record with the number of its first line. A quoted cell may run over
// lines; one that has not closed after most bytes or by the end is given up, its first line returned
// alone with errOpenQuote, and the lines after it are read again.
func nextRecord(ls *lines, most int) (string, int, error) {
	line, _, err := ls.next()
	first := ls.n
	if err != nil || balanced(line) {
		return line, first, err
	}
	const maxLines = 500
	var rest []string
	size := len(line)
	for len(rest) < maxLines && size < most {
		next, _, err := ls.next()
		if err != nil {
			break
		}
		rest = append(rest, next)
		size += len(next)
		if !balanced(next) {
			return line + "\n" + strings.Join(rest, "\n"), first, nil
		}
	}
	ls.giveBack(rest)
	return line, first, errOpenQuote
}

// balanced reports whether line has an even number of double quotes.
func balanced(line string) bool { return strings.Count(line, `"`)%2 == 0 }

// A tablePlan says which column is what.
type tablePlan struct {
	titles   int // records above the header
	header   bool
	names    []string
	time     int // −1: none
	author   int
	family   int // of a name in two columns, the second
	email    int // where it is not the author's column
	text     []int
	question int // whose cells the text of their row answers; −1: none
	last     int // the highest column that is needed
	cells    int
	kind     parley.Kind
	day1st   bool
}

// plan guesses the columns from the first records, unless Options name them.
func (s *source) plan(sample []byte, d byte) (tablePlan, error) {
	p := tablePlan{time: -1, author: -1, family: -1, email: -1, question: -1, kind: parley.Survey, day1st: true}
	var rows [][]string
	for rest := sample; len(rest) > 0 && len(rows) < 200; {
		var record []byte
		record, rest = cutRecord(rest)
		if len(rest) == 0 && len(rows) > 2 && len(sample) >= headSize/2 {
			break
		}
		if cells := splitRecord(record, d); !isBlank(cells) {
			rows = append(rows, cells)
		}
	}
	if len(rows) == 0 {
		return p, ErrNothing
	}
	p.titles = titlesOf(rows)
	rows = rows[p.titles:]
	names := rows[0]
	p.cells = len(names)
	roles := make([]columnRole, len(names))
	for i, n := range names {
		roles[i] = headerRole(n)
		p.header = p.header || roles[i] != otherColumn
	}
	p.header = p.header || namesNumbers(rows)
	if p.header && isRow(rows, names) {
		p.header = false
	}
	if p.header {
		for _, n := range names {
			p.names = append(p.names, strings.TrimSpace(clean(n)))
		}
		rows = rows[1:]
	} else {
		clear(roles)
	}
	p.guess(roles, rows)
	if err := p.override(s.o.Columns); err != nil {
		return p, err
	}
	if len(p.text) == 0 {
		return p, flaw(FlawColumns, "no column of it reads as text; name one (time=…, author=…, text=…)")
	}
	p.last = p.text[0]
	for _, row := range rows {
		if p.time >= 0 && p.time < len(row) {
			if m := chatLine().FindStringSubmatch(row[p.time] + " 0:00 x"); m != nil && m[2] > "12" && len(m[2]) == 2 && len(m[1]) < 4 {
				p.day1st = false
			}
		}
	}
	return p, nil
}

// isRow reports whether the first record is a row like the others although a word in it sounds like a
// header: it holds a date.
func isRow(rows [][]string, names []string) bool {
	for _, n := range names {
		if !tableTime(n, true).IsZero() {
			return true
		}
	}
	return len(rows) == 1
}

// namesNumbers reports whether the first record names columns although no word in it is known: it has words above a
// column of numbers.
func namesNumbers(rows [][]string) bool {
	for i, name := range rows[0] {
		filled := slices.ContainsFunc(rows[1:], func(r []string) bool { return i < len(r) && strings.TrimSpace(r[i]) != "" })
		if filled && strings.ContainsFunc(name, unicode.IsLetter) && columnOfNumbers(rows[1:], i) {
			return true
		}
	}
	return false
}

// guess finds the columns by their headers, and where those are silent by their cells.
func (p *tablePlan) guess(roles []columnRole, rows [][]string) {
	prose := func(i int) (words float64, n, distinct int) {
		seen := map[string]bool{}
		for _, r := range rows {
			if i < len(r) && strings.TrimSpace(r[i]) != "" {
				n++
				words += float64(len(strings.Fields(r[i])))
				seen[r[i]] = true
			}
		}
		if n == 0 {
			return 0, 0, 0
		}
		return words / float64(n), n, len(seen)
	}
	p.whose()
	for i, role := range roles {
		words, _, _ := prose(i)
		switch {
		case role == timeColumn && p.time < 0:
			p.time = i
		case role == authorColumn && p.author < 0 && words < 5 && i != p.email && !hasWord(p.names[i], "id"):
			p.author = i
		case (role == commentColumn || role == textColumn) && (words >= 2 || len(rows) == 0):
			p.text = append(p.text, i)
			if role == textColumn {
				p.kind = parley.Chat
			}
		}
	}
	if p.author < 0 {
		p.author, p.email = p.email, -1
	}
	for i, role := range roles {
		if _, n, distinct := prose(i); role == questionColumn && len(p.text) > 0 && distinct*2 <= n { // the same ones again and again
			p.question = i
		}
	}
	for i := range roles {
		words, n, distinct := prose(i)
		if i == p.time || i == p.author || i == p.email || i == p.family || i == p.question {
			continue
		}
		question := p.header && strings.Contains(p.names[i], "?") && words >= 1.5 && distinct*3 > n && !columnOfNumbers(rows, i)
		if (roles[i] == otherColumn || roles[i] == questionColumn) && (words >= 5 || question) { // answered in prose, whatever its header
			p.text = append(p.text, i)
		} else if p.time < 0 && roles[i] == otherColumn && columnOfTimes(rows, i) {
			p.time = i
		}
	}
	if p.author < 0 && p.header {
		for i, n := range p.names {
			for _, w := range strings.Fields(strings.ToLower(n)) {
				if p.author < 0 && slices.Contains(secondAuthors, w) && i != p.time {
					p.author = i
				}
			}
		}
	}
	if p.author < 0 && !p.header {
		for i := range roles {
			words, _, distinct := prose(i)
			if i != p.time && words >= 1 && words <= 3 && distinct*2 <= len(rows)+2 && !columnOfNumbers(rows, i) {
				p.author = i
				break
			}
		}
	}
	for i, role := range roles { // comments of one word, where their header says that they are comments
		if len(p.text) == 0 && (role == commentColumn || role == textColumn) && !columnOfNumbers(rows, i) {
			p.text = []int{i}
		}
	}
	if len(p.text) == 0 { // short comments: the longest column
		best := 0.0
		for i := range roles {
			if words, _, _ := prose(i); i != p.time && i != p.author && words > best && words >= 2 {
				best, p.text = words, []int{i}
			}
		}
	}
	slices.Sort(p.text)
	if p.author < 0 {
		p.kind = parley.Survey
	}
}

// whose finds a name in two columns, and the column of addresses.
func (p *tablePlan) whose() {
	column := func(headers ...string) int {
		return slices.IndexFunc(p.names, func(n string) bool { return slices.Contains(headers, strings.ToLower(n)) })
	}
	given := column("first name", "firstname", "given name", "nombre", "prénom", "prenom")
	family := column("last name", "lastname", "surname", "family name", "apellido", "apellidos", "nom", "nom de famille")
	if given >= 0 && family >= 0 {
		p.author, p.family = given, family
	}
	p.email = slices.IndexFunc(p.names, func(n string) bool {
		return hasWord(n, "email") || hasWord(n, "e-mail") || hasWord(n, "correo") || hasWord(n, "courriel")
	})
}

// hasWord reports whether word is one of the words of a header.
func hasWord(header, word string) bool {
	return slices.Contains(strings.Fields(strings.ToLower(header)), word)
}

func columnOfTimes(rows [][]string, i int) bool {
	n := 0
	for _, r := range rows {
		if i < len(r) && !tableTime(r[i], true).IsZero() {
			n++
		}
	}
	return n > 0 && n*2 > len(rows)
}

func columnOfNumbers(rows [][]string, i int) bool {
	for _, r := range rows {
		if i < len(r) && strings.Trim(r[i], "0123456789.,-/% ") != "" {
			return false
		}
	}
	return true
}

// override puts the columns that the caller named in place of the guessed ones.
func (p *tablePlan) override(c Columns) error {
	find := func(name string) (int, error) {
		for i, n := range p.names {
			if strings.EqualFold(n, strings.TrimSpace(name)) {
				return i, nil
			}
		}
		if allDigits(name) && atoi(name) >= 1 && atoi(name) <= max(p.cells, 1) {
			return atoi(name) - 1, nil
		}
		return 0, flaw(FlawColumn, "no column %q; there are %s", name, strings.Join(p.names, ", "))
	}
	var err error
	if c.Time != "" {
		if p.time, err = find(c.Time); err != nil {
			return err
		}
	}
	if c.Author != "" {
		if p.author, err = find(c.Author); err != nil {
			return err
		}
		p.family, p.email = -1, -1
	}
	if len(c.Text) > 0 {
		p.text = nil
		for _, name := range c.Text {
			i, err := find(name)
			if err != nil {
				return err
			}
			p.text = append(p.text, i)
		}
		if slices.Contains(p.text, p.question) {
			p.question = -1
		}
	}
	return nil
}

// mend joins what a last column of text lost to delimiters that nobody quoted.
func (p *tablePlan) mend(cells []string, d byte) []string {
	last := p.cells - 1
	if len(cells) <= p.cells || !p.header || !slices.Contains(p.text, last) {
		return cells
	}
	return append(cells[:last:last], strings.TrimRight(strings.Join(cells[last:], string(d)), string(d)))
}

// row yields the messages of one record.
func (p *tablePlan) row(s *source, cells []string, line int) {
	cell := func(i int) string {
		if i < 0 || i >= len(cells) {
			return ""
		}
		return strings.TrimSpace(clean(cells[i]))
	}
	who := parley.Person{Name: strings.TrimSpace(cell(p.author) + " " + cell(p.family))}
	if strings.Contains(who.Name, "@") && !strings.Contains(who.Name, " ") {
		who = parley.Person{Address: strings.ToLower(who.Name)}
	}
	if a := cell(p.email); strings.Contains(a, "@") {
		who.Address = strings.ToLower(a)
	}
	at, question := tableTime(cell(p.time), p.day1st), cell(p.question)
	for _, i := range p.text {
		text := cell(i)
		if text == "" {
			continue
		}
		m := parley.Message{Kind: p.kind, Place: fmt.Sprintf("line %d", line), Speaker: who, Time: at, Text: text}
		if m.Topic = question; m.Topic == "" && len(p.text) > 1 && i < len(p.names) {
			m.Topic = p.names[i]
		}
		if !s.send(m) {
			return
		}
	}
}

// tableTime reads a date, with or without a time, in the ways that tables have them; zero if it is none.
func tableTime(text string, dayFirst bool) time.Time {
	text = strings.TrimSpace(text)
	if len(text) < 6 || len(text) > 60 {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02", "2006/01/02 15:04:05", "2 Jan 2006 15:04", "2 Jan 2006", "Jan 2, 2006", "2.1.2006", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 MST"} {
		if t, err := time.Parse(layout, text); err == nil {
			return plausible(t)
		}
	}
	for _, candidate := range []string{text + " x", text + " 0:00 x"} {
		if m := chatLine().FindStringSubmatch(candidate); m != nil && strings.TrimSpace(m[8]) == "x" {
			return chatTime(m, dayFirst)
		}
	}
	if m := wholeDate().FindStringSubmatch(text); m != nil {
		return stampTime(text, cmp.Or(m[1], "0:00"), m[2], dayFirst)
	}
	return time.Time{}
}

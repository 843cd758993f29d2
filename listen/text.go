package listen

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"parley"
)

var (
	// [12/03/2026, 09:14:05] Name: text   12/03/26 9:14 - Name: text   2026-03-12 09:14 Name: text
	chatLine = pattern(`^\s*[\[(]?(\d{1,4})[./-](\d{1,2})[./-](\d{2,4}),?[\s\x{a0}\x{202f}]+(?:a las |à |at )?(\d{1,2})[:.h](\d{2})(?:[:.](\d{2}))?[\s\x{a0}\x{202f}]*([AaPp]\.?[\s\x{a0}\x{202f}]?[Mm]\.?)?[\s\x{a0}\x{202f}]*[\])]?\s*[-–:]?\s*(.*)$`)
	// [00:12:01] Name: text   00:12 Name: text   (0:12) Name: text
	clockLine  = pattern(`^\s*[\[(]?((?:\d{1,2}:)?\d{1,2}:\d{2})(?:[.,]\d{1,3})?[\])]?\s*[-–]?\s+(.*)$`)
	angleName  = pattern(`^\s*<[@+%]?([^<>]{1,40})>\s+(.*)$`)
	boldName   = pattern(`^\s*(?:\*\*|__)([^*_]{1,60})(?:\*\*|__)\s*$`)
	bullet     = pattern(`^\s*(?:[-*•·–▪◦]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?(.*)$`)
	heading    = pattern(`^\s*#{1,6}\s+(.*?)\s*#*\s*$`)
	tableRow   = pattern(`^\s*\|.*\|\s*$`)
	tableRule  = pattern(`^\s*\|[\s:|-]+\|\s*$`)
	rule       = pattern(`^\s*([-=_*~])(\s*[-=_*~]){2,}\s*$`)
	introduced = pattern(`(\p{Lu}[\p{L}'’-]*\.?(?:\s+(?:(?:de|del|la|von|van|du|des|le|y)\s+)*\p{Lu}[\p{L}'’-]*){1,3})\s*\((\p{Lu}{2,4})\)`)
	dashSaid   = pattern(`^(.{1,60}?)\s+[–—-]\s+(.+)$`)
	// A line in a chat that tells of media, a deleted message, a call or the group, and is nobody's words.
	media = pattern(`(?i)^\W*(<?(.{0,100} )?(media|multimedia|médias?|imagen|image|photo|foto|v[ií]d[eé]o|audio|sticker|gif|documento?|contact card|contacto|contact) (omitted|omitid[oa]s?|omise?s?|absente?s?)>?|this message was deleted|(you|se) (deleted|eliminó) (this message|este mensaje)|eliminaste este mensaje|este mensaje (fue|ha sido) eliminado|(ce message a été|vous avez) supprimé( ce message)?|missed (voice|video) call.*|(video)?llamada( de voz| de vídeo)? perdida.*|appel (vocal|vidéo) manqué.*|null|(messages and calls are|messages to this chat|los mensajes y las llamadas|los mensajes y llamadas|les messages et les appels) .*(encrypt|cifrad|chiffr).*|.{0,80}(created (this )?group|created group|creó (el|este) grupo|a créé (le|ce) groupe|joined using|left$|se unió|salió del grupo|a rejoint|est parti).*|.{0,60}\((archivo adjunto|file attached|fichier joint)\))\W*$`)
	// What a chat puts after words: that they were edited, which file came with them.
	chatMark = pattern(`(?i)\s*<[^<>]{0,80}(edited|editó|modifié|attached|adjunto|pièce jointe|omitted|omitid[oa]|omis)[^<>]{0,120}>\W*$`)
)

const (
	clockStarts  = "[(0123456789"
	bulletStarts = "-*•·–▪◦0123456789"
)

// find returns the submatches of re in line. It looks first whether the line starts, after white space,
// with one of the characters that re can start with; most lines do not, which is much cheaper to see.
func find(re *regexp.Regexp, starts, line string) []string {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(line, " \t"))
	if !strings.ContainsRune(starts, r) {
		return nil
	}
	return re.FindStringSubmatch(line)
}

// cutChat splits what follows the time of a chat line: "Name: text". Some clients put any name there.
func cutChat(rest string) (name, text string, ok bool) {
	if name, text, ok = cutSpeaker(rest); ok {
		return name, text, true
	}
	name, text, ok = strings.Cut(rest, ": ")
	return name, text, ok && name != "" && len(name) <= 60 && !strings.ContainsAny(name, "?!.\"“”«»")
}

// turn splits a line "Name: text", a clock before it taken off.
func turn(line string) (name, text string, ok bool) {
	if m := find(clockLine(), clockStarts, line); m != nil {
		line = m[2]
	}
	return cutTurn(line)
}

// cutTurn splits "Name: text" or "<name> text".
func cutTurn(line string) (name, text string, ok bool) {
	if m := find(angleName(), "<", line); m != nil {
		return m[1], m[2], isName(m[1], true)
	}
	return cutSpeaker(line)
}

// attributed splits a point of minutes that begins with whose it is: "Name: text", "Name – text".
func attributed(line string) (name, role, text string, ok bool) {
	if n, rest, found := cutSpeaker(line); found {
		n, r := nameAndRole(n)
		return n, r, rest, rest != ""
	}
	if m := dashSaid().FindStringSubmatch(line); m != nil && isName(strings.Trim(m[1], "*_ "), false) && len(strings.Fields(m[1])) <= 4 && capitalised(m[1]) {
		n, r := nameAndRole(strings.Trim(m[1], "*_ "))
		return n, r, m[2], true
	}
	return "", "", "", false
}

// capitalised reports whether every word of s begins in upper case, particles aside.
func capitalised(s string) bool {
	for _, w := range strings.Fields(strings.Trim(s, "*_ ")) {
		r, _ := utf8.DecodeRuneInString(strings.Trim(w, "()"))
		if !unicode.IsUpper(r) && !nameParticles[w] && !strings.HasPrefix(w, "(") {
			return false
		}
	}
	return true
}

// readText reads turns, chat lines, minutes or notes.
func (s *source) readText(in *bufio.Reader, head []byte) {
	if isHTML(decodedHead(head)) {
		in, head = s.pageText(in)
	}
	text := string(decodedHead(head))
	if i := strings.LastIndexByte(text, '\n'); i > 0 && len(head) >= headSize {
		text = text[:i]
	}
	ls := &lines{in: decoded(in), max: maxLine}
	t := newTextReader(s, shapeOf(text))
	for !s.stopped {
		line, cut, err := ls.next()
		if err != nil {
			if err != io.EOF {
				s.fail(fmt.Sprintf("line %d", ls.n), err)
			}
			break
		}
		if cut {
			s.fail(fmt.Sprintf("line %d", ls.n), flaw(FlawLong, "longer than %d bytes; its end was not read", maxLine))
		}
		t.line(clean(line), ls.n)
	}
	t.finish()
}

// pageText returns the text of a page that somebody saved, and its start.
func (s *source) pageText(in *bufio.Reader) (*bufio.Reader, []byte) {
	page, _ := s.whole(decoded(in))
	text, _ := htmlText(clean(string(page)))
	out := bufio.NewReaderSize(strings.NewReader(text), headSize)
	head, _ := out.Peek(headSize)
	return out, head
}

// A textReader collects the lines of one turn.
type textReader struct {
	s          *source
	shape      textShape
	m          parley.Message // the turn so far
	text       strings.Builder
	topic      string
	open       bool
	tells      bool              // it is a paragraph that may tell what others said
	first      int               // its first line
	blank      bool              // an empty line came just before
	offset     time.Duration     // of the turns below a clock that stands by itself
	recorded   bool              // offset is known
	initials   map[string]string // of those whom the text introduces: their names
	waiting    string            // a name that may be a head, if the next line says when
	started    bool              // the first turn has come: what stands before it is a preamble
	header     []string          // lines of a mail's header, as far as it is read
	headerLine int
	thread     mailThread
	says       int    // the column of the Markdown table that is read that names who says the rest; -1: none
	row        string // a row of a Markdown table, held until the next line shows whether it is the heading
	rowLine    int
}

func newTextReader(s *source, shape textShape) *textReader {
	return &textReader{s: s, shape: shape, says: -1, thread: mailThread{threader: threader{s: s, window: s.o.window()}}}
}

// finish ends what is still open.
func (t *textReader) finish() {
	t.endRow()
	if t.waiting != "" && t.open {
		t.goOn(t.waiting)
	}
	t.endHeader()
	t.end()
	t.thread.flush()
}

func (t *textReader) line(line string, n int) {
	if t.shape.style == mailStyle && strings.TrimSpace(line) != "" {
		t.mailLine(line, n)
		t.blank = false
		return
	}
	if t.shape.style != chatStyle && tableRow().MatchString(line) {
		if tableRule().MatchString(line) {
			t.says = saysColumn(cellsOf(t.row)) // what stands above the rule names the columns
			t.row = ""
			return
		}
		t.endRow()
		t.row, t.rowLine = line, n
		return
	}
	t.endRow()
	t.says = -1
	if !t.started && strings.Contains(line, "(") {
		t.introduce(line)
	}
	if strings.TrimSpace(line) == "" {
		t.blank = true
		return
	}
	if m := find(heading(), "#", line); m != nil && t.shape.style != chatStyle {
		t.end()
		t.topic = m[1]
		t.blank = false
		return
	}
	if find(rule(), "-=_*~", line) != nil {
		t.end()
		return
	}
	switch t.shape.style {
	case chatStyle:
		t.chat(line, n)
	case turnStyle:
		t.turn(line, n)
	case headStyle:
		t.head(line, n)
	case minuteStyle:
		t.minutes(line, n)
	default:
		t.free(line, n)
	}
	t.blank = false
}

// introduce remembers whose initials a line says they are: "Present: Ana Ruiz (AR), M. Bernard (PB)".
func (t *textReader) introduce(line string) {
	for _, m := range introduced().FindAllStringSubmatch(line, -1) {
		name := strings.TrimSpace(m[1])
		words := strings.Fields(name)
		titled := honorifics[strings.ToLower(strings.Trim(words[0], "."))]
		surname := slices.ContainsFunc(words[1:], func(w string) bool { return strings.HasSuffix(m[2], firstLetter(w)) })
		if surname && (titled || strings.HasPrefix(m[2], firstLetter(name))) {
			if t.initials == nil {
				t.initials = map[string]string{}
			}
			t.initials[m[2]] = name
		}
	}
}

func firstLetter(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return s[:size]
}

// begin ends the turn before and begins one.
func (t *textReader) begin(m parley.Message, n int, text string) {
	t.end()
	m.Place = fmt.Sprintf("line %d", n)
	m.Topic = t.topic
	m = t.named(m)
	t.m, t.first, t.open, t.started, t.tells = m, n, true, true, false
	t.text.WriteString(text)
}

// named returns m with the whole name of a speaker of whom it has the initials.
func (t *textReader) named(m parley.Message) parley.Message {
	if full := t.initials[m.Speaker.Name]; full != "" {
		m.Speaker.Name = full
	}
	return m
}

// tell begins a paragraph that may tell what others said.
func (t *textReader) tell(kind parley.Kind, n int, text string) {
	t.begin(parley.Message{Kind: kind}, n, text)
	t.tells = true
}

// goOn adds a line to the turn. One that is too long goes on as another message, with an error.
func (t *textReader) goOn(line string) {
	if most := min(t.s.o.maxPart(), maxText); t.text.Len()+len(line) > most {
		t.s.fail(t.m.Place, flaw(FlawSplit, "longer than %d bytes; the rest goes on as another message", most))
		m := t.m
		t.end()
		t.m, t.open = m, true
	}
	if t.text.Len() > 0 {
		if t.blank {
			t.text.WriteByte('\n')
		}
		t.text.WriteByte('\n')
	}
	t.text.WriteString(line)
}

// endRow makes the table row that was read last a message, once it is known to be no heading.
func (t *textReader) endRow() {
	if t.row == "" {
		return
	}
	var who parley.Person
	var role string
	var cells []string
	for i, c := range cellsOf(t.row) {
		if i == t.says && isName(c, true) {
			who.Name, role = nameAndRole(c)
		} else if c != "" {
			cells = append(cells, c)
		}
	}
	t.row = ""
	t.end()
	kind := parley.Notes
	if t.shape.style == minuteStyle {
		kind = parley.Minutes
	}
	t.begin(parley.Message{Kind: kind, Speaker: who, Role: role}, t.rowLine, strings.Join(cells, " · "))
	t.end()
}

// saysColumn returns the column of a Markdown table that names who says what another one holds, or -1: who is to do
// something says nothing.
func saysColumn(headers []string) int {
	who, words := -1, false
	for i, h := range headers {
		switch role := headerRole(h); {
		case role == textColumn || role == commentColumn || slices.ContainsFunc(strings.Fields(strings.ToLower(h)), func(w string) bool { return saidHeaders[w] }):
			words = true
		case who < 0 && (role == authorColumn || strings.EqualFold(h, "qui")):
			who = i
		}
	}
	if !words {
		return -1
	}
	return who
}

// saidHeaders are words of the headers of what somebody says, beside those of tables of comments.
var saidHeaders = wordSet("said says statement remark concern position view dice dijo intervención preocupación postura dit intervention préoccupation position propos")

// cellsOf returns the cells of a row of a Markdown table.
func cellsOf(row string) []string {
	row = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(row), "|"), "|")
	cells := strings.Split(row, "|")
	for i, c := range cells {
		cells[i] = strings.TrimSpace(c)
	}
	return cells
}

func (t *textReader) end() {
	if t.open && strings.TrimSpace(t.text.String()) != "" {
		t.m.Text = strings.TrimSpace(t.text.String())
		switch {
		case t.shape.style == mailStyle:
			t.thread.add(t.m)
		case t.tells:
			for _, m := range reported(t.m, t.first) {
				t.s.send(t.named(m))
			}
		default:
			t.s.send(t.m)
		}
	}
	t.text.Reset()
	t.open = false
	t.m = parley.Message{}
}

func (t *textReader) chat(line string, n int) {
	m := find(chatLine(), clockStarts, line)
	if m == nil {
		if t.open {
			t.goOn(strings.TrimSpace(withoutMark(line)))
		}
		return
	}
	name, text, ok := cutChat(m[8])
	if !ok { // somebody joined
		t.end()
		return
	}
	if text = withoutMark(text); isMedia(text) {
		text = "" // what follows on the lines below was written with it
	}
	name, role := nameAndRole(name)
	t.begin(parley.Message{Kind: parley.Chat, Speaker: parley.Person{Name: name}, Role: role, Time: chatTime(m, t.shape.dayFirst)}, n, text)
}

// isMedia reports whether what follows a name in a chat tells of media, a call or the group.
func isMedia(text string) bool { return len(text) < 500 && media().MatchString(text) }

// withoutMark returns the words of a chat line without what the program put after them.
func withoutMark(text string) string {
	if !strings.Contains(text, "<") {
		return text
	}
	return chatMark().ReplaceAllString(text, "")
}

// chatTime reads the date and time that chatLine matched; the zero time if they are none.
func chatTime(m []string, dayFirst bool) time.Time {
	year, month, day := digitsOf(m[1], m[2], m[3], dayFirst)
	return clock(year, month, day, atoi(m[4]), atoi(m[5]), atoi(m[6]), m[7])
}

// clock returns a time, or the zero time where there is none such.
func clock(year, month, day, hour, minute, second int, half string) time.Time {
	if half != "" {
		switch pm := half[0] == 'p' || half[0] == 'P'; {
		case pm && hour < 12:
			hour += 12
		case !pm && hour == 12:
			hour = 0
		}
	}
	if month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}
	}
	d := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	if d.Day() != day {
		return time.Time{}
	}
	return plausible(d)
}

func atoi(s string) int {
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' || n > 1e6 {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return n
}

func (t *textReader) turn(line string, n int) {
	if isStamp(line) { // of the turns below it
		t.end()
		h := stampedHead("", line, t.shape.dayFirst)
		t.offset, t.recorded = h.offset, h.clock
		return
	}
	if ofRecorder(line) {
		t.end()
		return
	}
	rest, offset, recorded := line, t.offset, t.recorded
	if m := find(clockLine(), clockStarts, line); m != nil {
		if d, err := cueTime(m[1]); err == nil {
			rest, offset, recorded = m[2], d, true
		}
	}
	if b := find(bullet(), bulletStarts, rest); b != nil {
		if _, _, ok := cutSpeaker(b[1]); ok {
			rest = b[1]
		}
	}
	name, text, ok := cutTurn(rest)
	if !ok {
		if t.open {
			t.goOn(strings.TrimSpace(line))
		} else if t.started {
			t.begin(parley.Message{Kind: parley.Transcript}, n, strings.TrimSpace(line))
		}
		return
	}
	name, role := nameAndRole(name)
	t.begin(parley.Message{Kind: parley.Transcript, Speaker: parley.Person{Name: name}, Role: role, Offset: offset, Recorded: recorded}, n, text)
}

// head reads a line where heads stand above what is said. Where they are on two lines, a name waits for the next.
func (t *textReader) head(line string, n int) {
	line = strings.TrimSpace(line)
	h, ok := headOf(line, t.shape.dayFirst)
	waiting := t.waiting
	t.waiting = ""
	if !ok && isStamp(line) {
		if waiting == "" && t.open && t.shape.split { // the same person, later
			waiting = t.m.Speaker.Name
		}
		h, ok = stampedHead(waiting, line, t.shape.dayFirst), true
		waiting = ""
	}
	switch {
	case waiting != "" && t.shape.bare && !ok && !t.blank:
		t.begin(head{name: waiting}.message(false), n, "")
	case waiting != "" && t.open:
		t.goOn(waiting)
	}
	switch {
	case ok && h.name == "": // a clock between turns
		t.end()
	case ok:
		t.begin(h.message(t.shape.ofDay), n, h.text)
	case (t.shape.split || t.shape.bare && (t.blank || !t.started)) && isHeadName(line):
		t.waiting = line
	case ofRecorder(line):
		t.end()
	case t.open && t.text.Len() == 0 && headerOther().MatchString(line): // to whom
	case t.open:
		t.goOn(line)
	}
}

// minutes reads a point of minutes. A line that is no point goes on with the one before; after an empty
// line it is a point of its own.
func (t *textReader) minutes(line string, n int) {
	body := strings.TrimSpace(line)
	isBullet := false
	if m := find(bullet(), bulletStarts, line); m != nil {
		body, isBullet = m[1], true
	}
	if name, role, text, ok := attributed(body); ok {
		t.begin(parley.Message{Kind: parley.Minutes, Speaker: parley.Person{Name: name}, Role: role}, n, text)
		return
	}
	body = strings.ReplaceAll(body, "**", "")
	if !t.tells && reports(body) { // else its paragraph is split at its end
		t.tell(parley.Minutes, n, body)
		return
	}
	if isMetadata(body) {
		if t.s.sent == 0 && t.open { // what stands above the date and who came is the title
			t.topic = strings.TrimSpace(t.text.String())
			t.open = false
		}
		t.end()
		return
	}
	if isBullet || t.blank || !t.open {
		t.tell(parley.Minutes, n, body)
		return
	}
	t.goOn(body)
}

// isMetadata reports whether a line of minutes tells of the meeting and not of what was said:
// "Present: …", "**Date:** …".
func isMetadata(line string) bool {
	label, _, ok := strings.Cut(strings.TrimLeft(line, "*_ "), ":")
	if !ok {
		return false
	}
	words := strings.Fields(strings.ToLower(strings.Trim(label, "*_ ")))
	return len(words) > 0 && len(words) <= 3 && meeting[words[0]]
}

// meeting are the labels of metadata.
var meeting = wordSet(`minutes asisten excusan date time place location venue attendees attendance present absent apologies participants chair minutes-taker version duration distribution from to subject
fecha hora lugar asistentes asistencia presentes ausentes participantes excusan convocados presidencia duración distribución redacta
lieu heure présents présent absents absent excusés excusé participants diffusion durée rédacteur rédactrice rédaction secrétaire présidence`)

// free reads notes: a paragraph or bullet is a message, of nobody in particular unless it tells who said it.
func (t *textReader) free(line string, n int) {
	body, isBullet := strings.TrimSpace(line), false
	if m := find(bullet(), bulletStarts, line); m != nil {
		body, isBullet = m[1], true
	}
	if isBullet || t.blank || !t.open {
		t.tell(parley.Notes, n, body)
		return
	}
	t.goOn(body)
}

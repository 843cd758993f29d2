package listen

import (
	"strings"
	"time"

	"parley"
)

// Dates, days and clocks as programs write them above what somebody said, in the three languages.
const (
	monthExpr = `(?:jan|ene|f[eé][bv]|mar|a[bpv]r|ma[iy]|ju[in]|jul|juil|ao[uû]|aug|ago|sep|set|oct|nov|d[eéi]c)\pL{0,7}`
	weekdays  = `(?:mon|tues|wednes|thurs|fri|satur|sun)day|lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo|(?:lun|mar|mercre|jeu|vendre|same)di|dimanche`
	dayExpr   = `(?:` + weekdays + `|mon|tues?|wed|thu(?:rs?)?|fri|sat|sun|mi[eé]|jue|vie|s[aá]b|dom|lun|mar|mer|jeu|ven|sam|dim)\.?`
	dateExpr  = `(?:(?:` + dayExpr + `,?\s)?(?:\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}(?:st|nd|rd|th|er)?[\s/-](?:de\s)?` + monthExpr + `[.,]?(?:\sde)?[\s/-]\d{2,4}|` + monthExpr + `\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s\d{4}))`
	relative  = `(?:` + weekdays + `|today|yesterday|hoy|ayer|aujourd['’]hui|hier)`
	clockExpr = `(?:(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?|(?:\d{1,2} (?:hours?|horas?|heures?) )?(?:\d{1,2} minut[eo]s? )?\d{1,2} (?:seconds?|segundos?|secondes?))`
	halfExpr  = `[ap]\.?[\s\x{a0}\x{202f}]?m\b\.?`
	stampExpr = `[\[(*]*(?:(` + dateExpr + `|` + relative + `),?[\s\x{a0}\x{202f}]*(?:[-–·]\s*|at\s|a\sla(?:s|\(s\))?\s|à\s)?)?(` + clockExpr + `)[\s\x{a0}\x{202f}]*(` + halfExpr + `)?(?:\s(?:UTC|GMT)\b)?[\])*]*`
)

var (
	// Name  0:12   Name (00:12:01):   Name, Mar 3, 2025, 10:32 AM   Name wrote on 3 March 2025, 10:32:
	nameStamp = pattern(`(?i)^\s*\**([\pL@][^:;?!]{0,58}?)\**(,\s+|,?\s+(?:wrote|escribi[oó]|a\sécrit)(?:,?\s(?:on|el|le))?\s+|\s*[-–|·•]\s*|\s*)` + stampExpr + `\s*:?\s*$`)
	// [00:12:01] Name   00:12 - Name   [3/3/2025 10:32] Name
	stampName = pattern(`(?i)^\s*` + stampExpr + `\s*[-–|·•]?\s*\**([\pL@+][^:;?!]{0,58}?)\**\s*:?\s*$`)
	// 10:32:01 From Name to Everyone: text, the text often on the lines below
	stampFrom = pattern(`(?i)^\s*` + stampExpr + `\s+(?:from|de|von)\s+([^:]{1,60}?)(?:\s+(?:to|a|à|para|pour|an)\s+[^:]{1,80}?)?\s*:(?:\s+(.*))?$`)
	stampOnly = pattern(`(?i)^\s*` + stampExpr + `\s*$`)
	inDate    = pattern(`(?i)^` + dateExpr)
	wordDate  = pattern(`(?i)(?:(\d{1,2})(?:st|nd|rd|th|er)?[\s/-](?:de\s)?(` + monthExpr + `)|(` + monthExpr + `)\.?\s(\d{1,2})(?:st|nd|rd|th)?),?\.?(?:\sde)?[\s/-](\d{2,4})`)
	wholeDate = pattern(`(?i)^` + dateExpr + `(?:,?[\s\x{a0}\x{202f}]+(?:at\s|a\slas\s|à\s)?(\d{1,2}:\d{2}(?::\d{2})?)[\s\x{a0}\x{202f}]*(` + halfExpr + `)?)?(?:\s(?:UTC|GMT))?$`)
	// What a program that transcribes says about itself.
	recorder = pattern(`(?i)^\W*(.{1,120}-\d{8}[_-]\d{6}.{0,8}-(meeting (recording|transcript)|grabación de la reunión|transcripción de la reunión|enregistrement de la réunion|transcription de la réunion)|transcribed by https?://\S+|(this editable transcript was computer|esta transcripción editable se ha|cette transcription modifiable a été) .{0,160}|(transcription|meeting|recording|la transcripción|la reunión|la grabación|la transcription|la réunion|l['’]enregistrement) (ended|finalizó|terminó|s['’]est terminée?|a pris fin) (after|después de|tras|au bout de|après) [\d:]+|.{1,60} (started|stopped|inició|detuvo|ha iniciado|ha detenido|a démarré|a arrêté) (the |la |l['’])?(transcription|transcripción|recording|grabación|enregistrement))\W*$`)
)

// A head is a line that says who speaks next, and mostly when.
type head struct {
	name    string
	address string
	text    string        // what is said, where the line has that too
	time    time.Time     // zero: no date is told
	offset  time.Duration // since the start of a recording
	clock   bool          // offset is known
	clear   bool          // no line of notes looks like this
	isChat  bool          // it is written, and not said
}

// headOf reads a line that says who speaks next.
func headOf(line string, dayFirst bool) (h head, ok bool) {
	if hasClock(line) && !isStamp(line) {
		if m := stampFrom().FindStringSubmatch(line); m != nil && isName(m[4], true) {
			return head{name: m[4], text: m[5], time: stampTime(m[1], m[2], m[3], dayFirst), clear: true, isChat: true}, true
		}
		if m := nameStamp().FindStringSubmatch(withoutAddress(line)); m != nil && isHeadName(m[1]) {
			h = stamped(m[1], m[3:6], dayFirst)
			h.address = anyAddress().FindString(line)
			h.clear = m[2] != " " || m[5] != "" || !strings.Contains(m[4], ":") || strings.HasSuffix(strings.TrimRight(line, " :"), ")")
			return h, true
		}
		if m := stampName().FindStringSubmatch(line); m != nil && isHeadName(m[4]) {
			h = stamped(m[4], m[1:4], dayFirst)
			h.clear = strings.ContainsRune("[(", rune(strings.TrimSpace(line)[0]))
			return h, true
		}
	}
	if m := find(boldName(), "*_", line); m != nil && isName(m[1], true) {
		return head{name: m[1]}, true // notes have headings in bold
	}
	return head{}, false
}

var inAngles = pattern(`\s*<[^<>\s]+@[^<>\s]+>`)

// withoutAddress returns a line without the addresses in angle brackets.
func withoutAddress(line string) string {
	if !strings.Contains(line, "<") {
		return line
	}
	return inAngles().ReplaceAllString(line, "")
}

// hasClock reports whether a line may hold a clock. Most do not, which is much cheaper to see than to match.
func hasClock(line string) bool {
	for i := 1; i+1 < len(line); i++ {
		if line[i] == ':' && isDigit(line[i-1]) && isDigit(line[i+1]) || line[i] == ' ' && isDigit(line[i-1]) && (line[i+1]|' ') == 's' {
			return true
		}
	}
	return false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isStamp reports whether there is nothing but a date and a clock on a line.
func isStamp(line string) bool {
	return len(line) < 100 && hasClock(line) && stampOnly().MatchString(line)
}

// ofRecorder reports whether a line is what a program that transcribes says about itself.
func ofRecorder(line string) bool {
	return len(line) < 250 && hints(line, recorderHints) && recorder().MatchString(line)
}

// Words of which every line of a recorder has one.
var recorderHints = strings.Fields("transcri recording grabación enregistrement meeting reunión réunion")

// isHeadName reports whether s can be the name in a head: no word of it but particles is in lower case, or it is
// a handle.
func isHeadName(s string) bool {
	s, _ = nameAndRole(s)
	words := strings.Fields(s)
	for _, w := range words {
		if startsLower(w) && !nameParticles[w] && len(words) > 1 {
			return false
		}
	}
	return isName(s, true) && !strings.HasSuffix(s, ".") && !ofRecorder(s)
}

// stampedHead returns the head of a name whose date and clock stand on a line of their own.
func stampedHead(name, line string, dayFirst bool) head {
	return stamped(name, stampOnly().FindStringSubmatch(line)[1:4], dayFirst)
}

// stamped returns the head of a name with the date, the clock and the half of the day that m has.
func stamped(name string, m []string, dayFirst bool) head {
	h := head{name: name, time: stampTime(m[0], m[1], m[2], dayFirst), isChat: m[0] != "" || m[2] != ""}
	if !h.isChat {
		h.offset, h.clock = clockOffset(m[1])
	}
	return h
}

// clockOffset reads a clock of a recording: "1:02:05", "2 minutes 5 seconds".
func clockOffset(text string) (time.Duration, bool) {
	if strings.Contains(text, ":") {
		d, err := cueTime(text)
		return d, err == nil
	}
	var d time.Duration
	words := strings.Fields(strings.ToLower(text))
	for i := 0; i+1 < len(words); i += 2 {
		unit := time.Second
		switch words[i+1][0] {
		case 'h':
			unit = time.Hour
		case 'm':
			unit = time.Minute
		}
		d += time.Duration(atoi(words[i])) * unit
	}
	return d, true
}

// stampTime reads a date with a clock; the zero time where it is none, or no more than the day of a week.
func stampTime(date, at, half string, dayFirst bool) time.Time {
	if !inDate().MatchString(date) {
		return time.Time{}
	}
	d, err := cueTime(at)
	if err != nil {
		return time.Time{}
	}
	if strings.Count(at, ":") == 1 { // of a day, not of a recording
		d *= 60
	}
	year, month, day := dateOf(date, dayFirst)
	return clock(year, month, day, int(d/time.Hour), int(d/time.Minute)%60, int(d/time.Second)%60, half)
}

var digitDate = pattern(`(\d{1,4})[./-](\d{1,2})[./-](\d{2,4})`)

// dateOf reads a date in digits or with the name of the month; zeros where it is none.
func dateOf(text string, dayFirst bool) (year, month, day int) {
	if m := digitDate().FindStringSubmatch(text); m != nil {
		return digitsOf(m[1], m[2], m[3], dayFirst)
	}
	m := wordDate().FindStringSubmatch(text)
	if m == nil {
		return 0, 0, 0
	}
	return fullYear(atoi(m[5])), monthOf(m[2] + m[3]), atoi(m[1] + m[4])
}

// digitsOf tells which of the numbers of a date is what: the year stands first if it has four digits, the day
// before the month if dayFirst says so, unless there is no such month.
func digitsOf(first, second, third string, dayFirst bool) (year, month, day int) {
	a, b, c := atoi(first), atoi(second), atoi(third)
	year, month, day = c, b, a
	if len(first) == 4 {
		year, month, day = a, b, c
	} else if !dayFirst || b > 12 {
		month, day = a, b
	}
	if month > 12 && day <= 12 {
		month, day = day, month
	}
	return fullYear(year), month, day
}

func fullYear(year int) int {
	if year < 100 {
		return year + 2000
	}
	return year
}

// monthOf returns the number of the month that a word or its beginning names in one of the three languages, 0 if
// none.
func monthOf(word string) int {
	word = strings.NewReplacer("é", "e", "û", "u").Replace(strings.ToLower(word))
	for i, names := range []string{"jan ene", "feb fev", "mar", "apr abr avr", "may mai", "jun juin", "jul juil", "aug ago aou", "sep set", "oct", "nov", "dec dic"} {
		for n := range strings.FieldsSeq(names) {
			if strings.HasPrefix(word, n) {
				return i + 1
			}
		}
	}
	return 0
}

// message returns the message that h opens.
func (h head) message(ofDay bool) parley.Message {
	name, role := nameAndRole(h.name)
	m := parley.Message{Kind: parley.Transcript, Speaker: parley.Person{Name: name, Address: strings.ToLower(h.address)}, Role: role, Time: h.time}
	switch {
	case h.isChat || h.clock && ofDay:
		m.Kind = parley.Chat
	case h.clock:
		m.Offset, m.Recorded = h.offset, true
	}
	return m
}

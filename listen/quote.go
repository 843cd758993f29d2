package listen

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"parley"
)

// Labels of the headers that mail programs show, in the languages in which they do.
const (
	sentLabels    = `sent|date|enviado(?: el)?|fecha|envoyé(?: le)?|date d'envoi|gesendet|datum|inviato`
	subjectLabels = `subject|asunto|objet|sujet|betreff|oggetto`
	// How programs say that what follows is passed on: between dashes, and as a sentence.
	forwardLabels = `forwarded message|mensaje reenviado|message transf[eé]r[eé]|weitergeleitete nachricht|forwarded by`
	forwardBegins = `begin forwarded message:|inicio del mensaje reenviado:|d[eé]but du message (?:transf[eé]r[eé]|r[eé]exp[eé]di[eé])\s*:`
)

var (
	// Who wrote what follows, as mail programs say it above a quoted text.
	attribution = pattern(`(?i)^(on\b.{4,300}\b(wrote|writes)|el\b.{4,300}\bescribi[oó]|le\b.{4,300}\ba\s+[eé]crit|am\b.{4,300}\bschrieb.{0,120}|em\b.{4,300}\bescreveu|il\b.{4,300}\bha\s+scritto|[^:?!]{1,60}\s(wrote|escribi[oó]|a\s[eé]crit)|[^:]{1,120}<[^<>\s]+@[^<>\s]+>\)?\s*(wrote|writes|escrib(e|i[oó])|(a\s+)?[eé]crit))\s*:\s*$`)
	datedName   = pattern(`^\d{4}-\d{2}-\d{2}\s+\d{1,2}:\d{2}.{0,40}<[^<>\s]+@[^<>\s]+>:?\s*$`)
	// What an attribution holds that a sentence of the writer's own ("On the points you wrote:") does not.
	dated = pattern(`@|\b(19|20)\d{2}\b|\d{1,2}[:.h]\d{2}|\d/\d`)
	// A line that says that all below it is another message.
	separator   = pattern(`(?i)^[\s>]*(-{2,}\s*(original message|mensaje original|mail original|courriel original|correo original|message d['’]origine|message original|ursprüngliche nachricht|messaggio originale|mensagem original|` + forwardLabels + `)([^\pL].{0,80})?|` + forwardBegins + `)\s*$`)
	headerFrom  = pattern(`(?i)^[\s>*]*(from|de|von|da|expéditeur|remitente)\s*\*?\s*:\s*\*?\s*\S`)
	headerOther = pattern(`(?i)^[\s>*]*(` + sentLabels + `|` + subjectLabels + `|to|cc|bcc|importance|para|pour|cco?|à|a|an|reply[- ]to|responder a|répondre à|destinataire|priority|attachments|adjuntos|pièces jointes)\s*\*?\s*:`)
	underscores = pattern(`^[\s>]*_{10,}\s*$`)

	// What meeting programs write into a chat for an answer or a click.
	clicked = pattern(`(?mi)^(replying to|respondiendo a|en réponse à|reacted to|reaccionó a|a réagi à|removed a .{1,20} reaction from) ["“«].*$`)

	signatureMark = pattern(`^--\s?$`)
	sentFrom      = pattern(`(?i)^(sent from my|sent from (outlook|mail|yahoo|proton)|get outlook for|enviado desde|obtener outlook|envoyé de(puis)? mon|envoyé à partir|télécharger outlook|obtenir outlook)\b`)
	closing       = pattern(`(?i)^((with )?(many |best |kind |warm |kindest |warmest )?(regards|wishes)|(many )?thanks( again| a lot| so much| in advance| for your help)?((,| and| &)? (best |kind |warm )?regards)?|thank you( (very|so) much| in advance)?|cheers|(speak|talk) soon|have a (nice|good|great|lovely) (day|evening|weekend|week)|best|all the best|sincerely|yours( sincerely| faithfully| truly)?|take care|br|kr|rgds|(un |muchos |cordiales |atentos )?(cordial(es)? )?(saludos?|abrazos?|abz)( cordial(es)?| a todos| afectuosos)?|atentamente|atte|cordialmente|quedo (a la espera|atent[oa]).{0,30}|recib(a|an|e)( un)?( muy)?( cordial| afectuoso)? saludos?|(le|les|te) saluda( atentamente)?|sin otro particular.{0,60}|(je vous prie d['’]agréer|veuillez (agréer|recevoir)|je vous prie de (croire|recevoir)).{0,120}|(muchas |mil )?gracias( de antemano| por todo| por (su|tu|vuestra) ayuda)?((,| y) (un )?(cordial )?saludos?( cordial)?)?|(un )?(cordial )?saludos? y (muchas )?gracias|(que (tenga|tengas|tengan|tengáis) )?(un )?buen (día|fin de semana)|(bien |très )?cordialement|(bien )?à (vous|toi)|bien à (vous|toi)|salutations( distinguées)?|(meilleures|sincères) salutations|amicalement|amitiés|merci( d['’]avance| par avance| beaucoup)?( et (bonne|belle|excellente) (journée|soirée|fin de journée))?|(très )?(bonne|belle|excellente) (journée|soirée|réception|fin de journée|semaine)( à (vous|toi|tous))?|bon week-end|cordialement vôtre|sentiments distingués|bises|cdlt|cdt)\s*[,.!]*\s*$`)
	contact       = pattern(`(?i)(\+?\d[\d ().-]{7,}\d|www\.|https?://|[\w.+-]+@[\w-]+\.|^(t|tel|tél|m|mob|mobile|móvil|phone|fax|ext)\b[.:])`)
	// What calendars put below an invitation: how to join, and what tells that it is that.
	inviteLine = pattern(`(?i)^(_{10,}|[*~]{6,}|microsoft teams( meeting| need help\W.*)?|need help\W.*|join (the|your|zoom|microsoft|on|with|from|by)\b.*|to join\b.{0,60}|click here to join.*|meeting (id|link|number|password|options)\b.*|passcode:.*|password:.*|dial[- ]in.*|or dial\b.*|one tap mobile.*|phone conference id.*|find (a|your) local number.*|more phone numbers.*|reset (dial-in )?pin.*|for organi[sz]ers:.*|learn more\b.*|(reunión|réunion) (de |en )?(microsoft )?teams.*|¿necesita ayuda\W.*|(vous avez )?besoin d['’]aide\W.*|(unirse|únase|unirme) a (la )?reunión.*|haga clic aquí para unirse.*|id\.? de (la )?(reunión|réunion)\b.*|código de acceso:.*|contraseña:.*|marcar por teléfono.*|buscar un número local.*|para organizadores:.*|opciones de (la )?reunión.*|(participer|rejoindre|joindre) (à )?la réunion.*|cliquez ici pour (participer|rejoindre).*|code (secret|d['’]accès) ?:.*|mot de passe ?:.*|appeler par téléphone.*|rechercher un numéro local.*|pour les organisateurs ?:.*|options de (la )?réunion.*|<?https?://\S+|\+?\d[\d ().,#-]{7,}.*)$`)
	inviteSign = pattern(`(?i)(teams\.(microsoft|live)\.com|zoom\.us/|meet\.google\.com|webex\.com|^meeting id\b|^id\.? de (la )?r[eé]uni[oó]n\b)`)
	postscript = pattern(`(?i)^p\.?\s?[sd]\.?\s?[:.–-]`)

	banner     = pattern(`(?i)(this (e-?mail|message) (originated|came) from outside|external (e-?mail|sender)|^\[?external\]?[:\s]*$|correo externo|remitente externo|proviene de fuera|expéditeur externe|(provient|envoyé) de l['’]extérieur)`)
	disclaimer = pattern(`(?i)(intended recipient|if you (are not the.{0,40}(recipient|addressee)|have received this.{0,60}error)|exclusivamente a su destinatario|si (usted )?(no es el destinatario|ha recibido este.{0,60}error)|(consider|think (of|about)) the environment before print|(antes de imprimir|avant d['’]imprimer) (est[ea]|el|ce|cet|le)\s+(correo|mensaje|e-?mail|mail|courriel|message|documento?)|piense en el medio ?ambiente|pensez à l['’]environnement|(virus-free|libre de virus|sans virus)[\s.<]*(www|http)|to unsubscribe.{0,60}(click|here|reply|visit|http|link)|para darse de baja|pour (se|vous) désabonner|(reglamento general de protección de datos|tratamiento de (sus|los) datos personales).{0,600}(responsable|derechos|finalidad)|(sus datos( personales)? (son|serán|han sido|van a ser)|vos données( personnelles| à caractère personnel)? (sont|seront|font l['’]objet)|your (personal )?data (is|are|will be) processed).{0,600}(rgpd|gdpr|20\d\d/679|protección de datos|protection des données|data protection|derechos|finalidad)|(reglamento|règlement|regulation) \((ue|eu)\).{0,600}(sus datos|vos données|your (personal )?data)|registered (in (england|scotland|wales|ireland)|office).{0,120}\d)`)

	// A notice of confidentiality speaks of the mail, of secrecy and of who may read it.
	ofMail    = pattern(`(?i)(e-?mail|message|communication|transmission|attachments?|correo|mensaje|comunicación|adjuntos?|courriel|pièces jointes)`)
	ofSecrecy = pattern(`(?i)(confidential|privileged|confidencial|confidentiel)`)
	ofReaders = pattern(`(?i)(recipient|addressee|intended (only |solely |exclusively )?for|unauthori[sz]ed|disclosure|destinatari[oa]|va dirigid[oa]|prohibid[oa]|destinataire|interdite?)`)
	// Nobody says I in a notice.
	firstPerson = pattern(`(^|[\s(,;])(I|I['’](m|ve|d|ll)|[Mm]y|[Yy]o|[Mm]i|[Mm]í|[Jj]e|[Jj]['’]|[Mm]oi|[Mm]on)([\s,.;!?]|$)|[Jj]['’]\pL`)
)

// maxSignature is how many lines a signature without a mark has at most.
const maxSignature = 10

// A textLine is one line of a mail and what it was found to be.
type textLine struct {
	parley.Span        // with its line end
	text        string // without, and without white space around it
	kind        parley.PartKind
}

// separate returns the parts of a mail's text that are not its writer's own words: quoted messages,
// found by markup, ">" marks, attribution lines and the header blocks of mail programs; signatures; and
// notices that mail systems add. quoted is what the markup said; name is the writer's.
func separate(text string, quoted []parley.Span, name string) []parley.Part {
	ls := splitLines(text)
	markQuoted(ls, quoted)
	keepAnswers(ls, name)
	markDisclaimers(ls)
	if slices.ContainsFunc(inviteHints, func(h string) bool { return strings.Contains(text, h) }) {
		markInvitation(ls)
	}
	markSignature(ls, name)
	return joinParts(ls, len(text))
}

// chatQuotes returns the parts of a chat message that are not its writer's own words: what the markup said or ">"
// marks, the message that is answered, and what a program writes where somebody only clicked.
func chatQuotes(text string, quoted []parley.Span) []parley.Part {
	if len(quoted) == 0 && !strings.Contains(text, ">") && !clicked().MatchString(text) {
		return nil
	}
	ls := splitLines(text)
	markMarked(ls, quoted)
	for i := range ls {
		if clicked().MatchString(ls[i].text) {
			ls[i].kind = parley.Quoted
		}
	}
	fillQuoted(ls)
	return joinParts(ls, len(text))
}

func splitLines(text string) []textLine {
	var ls []textLine
	for at := 0; at < len(text); {
		end := strings.IndexByte(text[at:], '\n')
		if end < 0 {
			end = len(text)
		} else {
			end += at + 1
		}
		ls = append(ls, textLine{Span: parley.Span{Start: at, End: end}, text: strings.TrimSpace(text[at:end])})
		at = end
	}
	return ls
}

// markMarked marks the lines that quote by markup or ">".
func markMarked(ls []textLine, quoted []parley.Span) {
	q := 0
	for i := range ls {
		for q < len(quoted) && quoted[q].End <= ls[i].Start {
			q++
		}
		inMarkup := q < len(quoted) && quoted[q].Start < ls[i].End && ls[i].text != ""
		if inMarkup || strings.HasPrefix(ls[i].text, ">") {
			ls[i].kind = parley.Quoted
		}
	}
}

func markQuoted(ls []textLine, quoted []parley.Span) {
	markMarked(ls, quoted)
	for i := range ls {
		if ls[i].kind != "" || ls[i].text == "" {
			continue
		}
		if saysSeparator(ls[i].text) || opensHeader(ls, i) {
			markAll(ls[i:], parley.Quoted)
			break
		}
		end, sure := attributionAt(ls, i)
		if end == 0 {
			continue
		}
		next := end
		for next < len(ls) && ls[next].text == "" {
			next++
		}
		if next == len(ls) || ls[next].kind == parley.Quoted {
			markAll(ls[i:next], parley.Quoted)
		} else if sure { // quoted without marks: to the end
			markAll(ls[i:], parley.Quoted)
			break
		}
	}
	fillQuoted(ls)
}

// keepAnswers gives back to the writer the lines in a quote that say they are theirs: "[Tom] No, we cannot."
func keepAnswers(ls []textLine, name string) {
	for i := range ls {
		if inner, _, ok := strings.Cut(strings.TrimPrefix(ls[i].text, "["), "]"); ok && ls[i].kind == parley.Quoted && ls[i].text[0] == '[' && isNameOf(inner, name) {
			ls[i].kind = ""
		}
	}
}

// saysSeparator reports whether a line says that all below it is another message.
func saysSeparator(line string) bool {
	return (strings.HasPrefix(line, "-") || strings.HasSuffix(line, ":")) && separator().MatchString(line)
}

// attributionAt returns the line after the attribution that starts at line i, which may run over four
// lines, or 0 if none does. It is sure where a date or an address is in it.
func attributionAt(ls []textLine, i int) (end int, sure bool) {
	joined := ""
	for n := 0; n < 4 && i+n < len(ls); n++ {
		line := ls[i+n].text
		if line == "" || ls[i+n].kind == parley.Quoted || len(joined)+len(line) > 400 {
			return 0, false
		}
		joined = strings.TrimSpace(joined + " " + line)
		if strings.HasSuffix(joined, ":") && attribution().MatchString(joined) || n == 0 && datedName().MatchString(joined) {
			return i + n + 1, dated().MatchString(joined)
		}
	}
	return 0, false
}

// opensHeader reports whether a header starts at line i, or below it where that is a rule.
func opensHeader(ls []textLine, i int) bool {
	return headerBlock(ls, i) || underscores().MatchString(ls[i].text) && headerBlock(ls, i+1)
}

// headerBlock reports whether the header that some mail programs put above a quoted mail starts at line
// i: a From line with two others of its kind among the next five.
func headerBlock(ls []textLine, i int) bool {
	for i < len(ls) && ls[i].text == "" {
		i++
	}
	if i >= len(ls) || !strings.Contains(ls[i].text[:min(len(ls[i].text), 40)], ":") || !headerFrom().MatchString(ls[i].text) {
		return false
	}
	others := 0
	for _, l := range ls[i+1 : min(i+8, len(ls))] {
		if headerOther().MatchString(l.text) {
			others++
		}
	}
	return others >= 2
}

func markAll(ls []textLine, kind parley.PartKind) {
	for i := range ls {
		if ls[i].kind == "" {
			ls[i].kind = kind
		}
	}
}

// fillQuoted gives empty lines between quoted ones, and the wrapped ends of quoted lines, to the quote.
func fillQuoted(ls []textLine) {
	for i := range ls {
		if ls[i].kind != "" || i == 0 || ls[i-1].kind != parley.Quoted {
			continue
		}
		next := i
		for next < len(ls) && ls[next].text == "" {
			next++
		}
		if ls[i].text == "" && (next == len(ls) || ls[next].kind == parley.Quoted) {
			markAll(ls[i:next], parley.Quoted)
		}
	}
}

// markDisclaimers marks paragraphs of legal notices and of warnings that mail systems add.
func markDisclaimers(ls []textLine) {
	for i := 0; i < len(ls); {
		if ls[i].text == "" || ls[i].kind != "" {
			i++
			continue
		}
		end, length := i, 0
		var paragraph strings.Builder
		for end < len(ls) && ls[end].text != "" && ls[end].kind == "" {
			paragraph.WriteString(ls[end].text + " ")
			length += len(ls[end].text)
			end++
		}
		p := paragraph.String()
		if length < 4000 && (isNotice(p, length) || i < 6 && length < 400 && hints(p, bannerHints) && banner().MatchString(p)) {
			for j := i; j < end; j++ {
				ls[j].kind = parley.Disclaimer
			}
		}
		i = end
	}
}

// markInvitation marks the lines with which calendars say how to join a meeting, in paragraphs of hardly anything
// else.
func markInvitation(ls []textLine) {
	for i := 0; i < len(ls); {
		end, lines, signs := i, 0, 0
		for ; end < len(ls) && ls[end].text != "" && ls[end].kind == ""; end++ {
			if inviteLine().MatchString(ls[end].text) {
				lines++
			}
			if inviteSign().MatchString(ls[end].text) {
				signs++
			}
		}
		if signs > 0 && lines >= 2 && lines*3 >= (end-i)*2 {
			for j := i; j < end; j++ {
				if inviteLine().MatchString(ls[j].text) {
					ls[j].kind = parley.Disclaimer
				}
			}
		}
		i = max(end, i+1)
	}
}

// isNotice reports whether a paragraph is a notice that a mail system adds. None asks anything or says I.
func isNotice(p string, length int) bool {
	if !hints(p, noticeHints) {
		return false
	}
	if strings.Contains(p, "?") && length < 600 || firstPerson().MatchString(p) {
		return false
	}
	return disclaimer().MatchString(p) || ofSecrecy().MatchString(p) && ofMail().MatchString(p) && ofReaders().MatchString(p)
}

// Words of which every notice, and every banner, has one. Looking for them first spares most paragraphs
// the expressions above, which took nine tenths of the time of reading a mail.
var (
	noticeHints = strings.Fields("recipient addressee error destinatari environment imprim ambiente virus unsubscribe baja désabonner datos données data registered confiden privileg")
	inviteHints = strings.Fields("teams.microsoft. teams.live. zoom.us/ meet.google. webex. ID:")
	bannerHints = strings.Fields("outside external externo fuera externe extérieur")
)

// hints reports whether one of the words is in s, in any case.
func hints(s string, words []string) bool {
	s = strings.ToLower(s)
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(s, w) })
}

// markSignature marks what closes a mail: from a "-- " line on; the line that mail programs on phones
// add; from a closing ("Best regards,") on, where only short lines follow; contact lines at the end.
func markSignature(ls []textLine, name string) {
	end := len(ls) // of the writer's own lines before a quote that runs to the end
	for end > 0 && (ls[end-1].kind != "" || ls[end-1].text == "") {
		end--
	}
	for i := range end {
		if ls[i].kind == "" && (signatureMark().MatchString(ls[i].text) || sentFrom().MatchString(ls[i].text)) {
			stop := i + 1
			for stop < len(ls) && ls[stop].kind != parley.Quoted {
				stop++
			}
			markAll(ls[i:stop], parley.Signature)
			end = min(end, i)
			break
		}
	}
	end = beforePostscript(ls[:end])
	for end > 0 && ls[end-1].text == "" {
		end--
	}
	if i := closingLine(ls[:end], name); i >= 0 {
		markAll(ls[i:end], parley.Signature)
		return
	}
	if i := contactLines(ls[:end]); i >= 0 {
		markAll(ls[i:end], parley.Signature)
	}
}

// beforePostscript returns where the last paragraph starts if it is a postscript: own words, below the
// signature. Else it returns the end.
func beforePostscript(ls []textLine) int {
	start := len(ls)
	for start > 0 && ls[start-1].text == "" {
		start--
	}
	for start > 0 && ls[start-1].text != "" {
		start--
	}
	if start < len(ls) && postscript().MatchString(ls[start].text) {
		return start
	}
	return len(ls)
}

// closingLine returns the line at which the writer says goodbye, or -1: a closing phrase or the writer's
// own name alone, with nothing but short lines that are no sentences after it.
func closingLine(ls []textLine, name string) int {
	lines, signed := 0, false
	for i := len(ls) - 1; i >= 0 && lines <= maxSignature; i-- {
		line := ls[i].text
		if ls[i].kind == parley.Quoted {
			return -1
		}
		if line == "" || ls[i].kind != "" {
			continue
		}
		lines++
		if closing().MatchString(line) {
			if lines == 1 || signed || name == "" {
				return firstClosing(ls, i)
			}
			return -1 // "Thanks" with words of the writer's own below it
		}
		if isNameOf(line, name) {
			return firstClosing(ls, i)
		}
		if !shortLine(line) {
			return -1
		}
		signed = signed || contact().MatchString(line) || namesOneOf(line, name) || len(strings.Fields(line)) <= 2
	}
	return -1
}

// isNameOf reports whether line is name, its first word or its initials, and nothing else.
func isNameOf(line, name string) bool {
	bare := strings.Trim(line, " ,.!-–—")
	words := strings.Fields(name)
	if len(words) == 0 || bare == "" {
		return false
	}
	initials := ""
	for _, w := range words {
		r, _ := utf8.DecodeRuneInString(w)
		initials += string(r)
	}
	first, _ := utf8.DecodeRuneInString(name)
	bare, name, words[0] = withoutAccents(bare), withoutAccents(name), withoutAccents(words[0]) // in addresses they often lack
	return strings.EqualFold(bare, name) || strings.EqualFold(bare, words[0]) || bare == initials || bare == string(first)
}

func withoutAccents(s string) string {
	if isPlainASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}

// namesOneOf reports whether a word of line is one of name's.
func namesOneOf(line, name string) bool {
	for _, w := range strings.Fields(line) {
		w = strings.Trim(w, ",.|")
		if utf8.RuneCountInString(w) > 1 && slices.Contains(strings.Fields(name), w) {
			return true
		}
	}
	return false
}

// firstClosing returns the first of the closing phrases that stand just above line i, at most two empty lines
// between them and no further up than a signature reaches, or i.
func firstClosing(ls []textLine, i int) int {
	top := max(0, i-maxSignature)
	for j := i - 1; j >= top && j >= i-3; j-- {
		if closing().MatchString(ls[j].text) {
			i = j
		} else if ls[j].text != "" {
			break
		}
	}
	return i
}

// shortLine reports whether a line could stand in a signature: short, and no sentence.
func shortLine(s string) bool {
	if utf8.RuneCountInString(s) > 70 {
		return false
	}
	if contact().MatchString(s) {
		return true
	}
	last, _ := utf8.DecodeLastRuneInString(s)
	return !(last == '.' || last == '?' || last == '!' || last == ':') && !startsLower(s)
}

func startsLower(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLower(r)
}

// contactLines returns the first line of the last paragraph if it is how to reach somebody, else -1.
func contactLines(ls []textLine) int {
	start := len(ls)
	contacts := 0
	for start > 0 && ls[start-1].text != "" && ls[start-1].kind == "" {
		if !shortLine(ls[start-1].text) {
			return -1
		}
		if contact().MatchString(ls[start-1].text) {
			contacts++
		}
		start--
	}
	if contacts == 0 || start == 0 || len(ls)-start < 2 || len(ls)-start > maxSignature {
		return -1
	}
	return start
}

// joinParts makes parts of neighbouring lines of one kind; empty lines at their end are left out.
func joinParts(ls []textLine, length int) []parley.Part {
	var parts []parley.Part
	for _, l := range ls {
		if l.kind == "" {
			continue
		}
		if n := len(parts); n > 0 && parts[n-1].Kind == l.kind && parts[n-1].End == l.Start {
			parts[n-1].End = l.End
			continue
		}
		parts = append(parts, parley.Part{Span: parley.Span{Start: l.Start, End: min(l.End, length)}, Kind: l.kind})
	}
	return parts
}

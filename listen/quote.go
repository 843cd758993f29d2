package listen

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"parley"
)

var (
	// Who wrote what follows, as mail programs say it above a quoted text.
	attribution = regexp.MustCompile(`(?i)^(on\b.{4,300}\b(wrote|writes)|el\b.{4,300}\bescribi[oó]|le\b.{4,300}\ba\s+[eé]crit|am\b.{4,300}\bschrieb.{0,120}|em\b.{4,300}\bescreveu|il\b.{4,300}\bha\s+scritto|[^:]{1,120}<[^<>\s]+@[^<>\s]+>\s*(wrote|escribi[oó]|a\s+[eé]crit))\s*:\s*$`)
	datedName   = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}\s+\d{1,2}:\d{2}.{0,40}<[^<>\s]+@[^<>\s]+>:?\s*$`)
	// A line that says that all below it is another message.
	separator   = regexp.MustCompile(`(?i)^[\s>]*(-{2,}\s*(original message|mensaje original|message d['’]origine|message original|ursprüngliche nachricht|messaggio originale|mensagem original|forwarded message|mensaje reenviado|message transf[eé]r[eé]|weitergeleitete nachricht|forwarded by)\b.{0,80}|begin forwarded message:|inicio del mensaje reenviado:|d[eé]but du message (transf[eé]r[eé]|r[eé]exp[eé]di[eé])\s*:)\s*$`)
	headerFrom  = regexp.MustCompile(`(?i)^[\s>*]*(from|de|von|da|expéditeur|remitente)\s*\*?\s*:\s*\*?\s*\S`)
	headerOther = regexp.MustCompile(`(?i)^[\s>*]*(sent|date|to|cc|bcc|subject|importance|enviado( el)?|fecha|para|asunto|cco?|envoyé( le)?|date d'envoi|à|a|objet|gesendet|an|betreff|datum|inviato|oggetto|reply-to|sujet|destinataire|priority|attachments|adjuntos|pièces jointes)\s*\*?\s*:`)
	underscores = regexp.MustCompile(`^[\s>]*_{10,}\s*$`)

	signatureMark = regexp.MustCompile(`^--\s?$`)
	sentFrom      = regexp.MustCompile(`(?i)^(sent from my|sent from (outlook|mail|yahoo|proton)|get outlook for|enviado desde|obtener outlook|envoyé de(puis)? mon|envoyé à partir|télécharger outlook|obtenir outlook)\b`)
	closing       = regexp.MustCompile(`(?i)^((with )?(many |best |kind |warm |kindest |warmest )?(regards|wishes)|thanks( again| a lot| so much| and regards| in advance)?|thank you|many thanks|cheers|best|all the best|sincerely|yours( sincerely| faithfully| truly)?|take care|br|kr|rgds|(un |muchos |cordiales |atentos )?(cordial(es)? )?(saludos?|abrazos?|abz)( cordial(es)?| a todos| afectuosos)?|atentamente|atte|cordialmente|quedo (a la espera|atent[oa]).{0,30}|(muchas |mil )?gracias( de antemano| y saludos| por todo)?|(bien |très )?cordialement|(bien )?à (vous|toi)|bien à (vous|toi)|salutations( distinguées)?|(meilleures|sincères) salutations|amicalement|amitiés|merci( d'avance| beaucoup| et bonne journée)?|bonne (journée|soirée|réception)|sentiments distingués|bises|cdlt|cdt)\s*[,.!]*\s*$`)
	contact       = regexp.MustCompile(`(?i)(\+?\d[\d ().-]{7,}\d|www\.|https?://|[\w.+-]+@[\w-]+\.|^(t|tel|tél|m|mob|mobile|móvil|phone|fax|ext)\b[.:])`)

	banner     = regexp.MustCompile(`(?i)(this (e-?mail|message) (originated|came) from outside|external (e-?mail|sender)|^\[?external\]?[:\s]*$|correo externo|remitente externo|proviene de fuera|expéditeur externe|(provient|envoyé) de l['’]extérieur)`)
	disclaimer = regexp.MustCompile(`(?i)(intended (only|solely)? ?(for|recipient)|intended recipient|if you (are not|have received this).{0,60}(recipient|error)|(confidential|privileged).{0,200}(recipient|addressee|disclos)|exclusivamente a su destinatario|(destinatario|persona a la que va dirigid).{0,300}(confidencial|prohibid|error)|confidencial.{0,300}destinatari|si (usted )?(no es el destinatario|ha recibido este).{0,80}|destinataire.{0,300}(confidentiel|erreur|interdit)|confidentiel.{0,300}destinataire|(consider|think (of|about)) the environment before print|antes de imprimir|piense en el medio ?ambiente|avant d['’]imprimer|pensez à l['’]environnement|virus-free|libre de virus|sans virus|to unsubscribe|darse de baja|se désabonner|reglamento general de protección de datos|tratamiento de (sus|los) datos personales|registered in (england|scotland|ireland)|registered office)`)
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
	markDisclaimers(ls)
	markSignature(ls, name)
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

func markQuoted(ls []textLine, quoted []parley.Span) {
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
	for i := range ls {
		if ls[i].kind != "" || ls[i].text == "" {
			continue
		}
		if separator.MatchString(ls[i].text) || underscores.MatchString(ls[i].text) && headerBlock(ls, i+1) || headerBlock(ls, i) {
			markAll(ls[i:], parley.Quoted)
			break
		}
		end := attributionAt(ls, i)
		if end == 0 {
			continue
		}
		next := end
		for next < len(ls) && ls[next].text == "" {
			next++
		}
		if next < len(ls) && ls[next].kind != parley.Quoted { // quoted without marks: to the end
			markAll(ls[i:], parley.Quoted)
			break
		}
		markAll(ls[i:next], parley.Quoted)
	}
	fillQuoted(ls)
}

// attributionAt returns the line after the attribution that starts at line i, which may run over three
// lines, or 0 if none does.
func attributionAt(ls []textLine, i int) int {
	joined := ""
	for n := 0; n < 4 && i+n < len(ls); n++ {
		line := ls[i+n].text
		if line == "" || ls[i+n].kind == parley.Quoted || len(joined)+len(line) > 400 {
			return 0
		}
		joined = strings.TrimSpace(joined + " " + line)
		if attribution.MatchString(joined) || n == 0 && datedName.MatchString(joined) {
			return i + n + 1
		}
	}
	return 0
}

// headerBlock reports whether the header that some mail programs put above a quoted mail starts at line
// i: a From line with two others of its kind among the next five.
func headerBlock(ls []textLine, i int) bool {
	for i < len(ls) && ls[i].text == "" {
		i++
	}
	if i >= len(ls) || !headerFrom.MatchString(ls[i].text) {
		return false
	}
	others := 0
	for _, l := range ls[i+1 : min(i+8, len(ls))] {
		if headerOther.MatchString(l.text) {
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
		if length < 4000 && (disclaimer.MatchString(p) && !asksOrAnswers(p, length) || i < 6 && length < 400 && banner.MatchString(p)) {
			for j := i; j < end; j++ {
				ls[j].kind = parley.Disclaimer
			}
		}
		i = end
	}
}

// asksOrAnswers reports whether a paragraph speaks to somebody, as no notice does: it asks something.
func asksOrAnswers(p string, length int) bool {
	return strings.Contains(p, "?") && length < 600
}

// markSignature marks what closes a mail: from a "-- " line on; the line that mail programs on phones
// add; from a closing ("Best regards,") on, where only short lines follow; contact lines at the end.
func markSignature(ls []textLine, name string) {
	end := len(ls) // of the writer's own lines before a quote that runs to the end
	for end > 0 && (ls[end-1].kind != "" || ls[end-1].text == "") {
		end--
	}
	for i := range end {
		if ls[i].kind == "" && (signatureMark.MatchString(ls[i].text) || sentFrom.MatchString(ls[i].text)) {
			stop := i + 1
			for stop < len(ls) && ls[stop].kind != parley.Quoted {
				stop++
			}
			markAll(ls[i:stop], parley.Signature)
			end = min(end, i)
			break
		}
	}
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

// closingLine returns the line at which the writer says goodbye, or -1: a closing phrase or the writer's
// own name alone, with nothing but short lines that are no sentences after it.
func closingLine(ls []textLine, name string) int {
	first, _, _ := strings.Cut(name, " ")
	lines := 0
	for i := len(ls) - 1; i >= 0 && lines <= maxSignature; i-- {
		if ls[i].kind == parley.Quoted {
			return -1
		}
		if ls[i].text == "" || ls[i].kind != "" {
			continue
		}
		lines++
		bare := strings.Trim(ls[i].text, " ,.!-–—")
		isName := name != "" && (strings.EqualFold(bare, name) || strings.EqualFold(bare, first) && utf8.RuneCountInString(first) > 1)
		if closing.MatchString(ls[i].text) {
			return i
		}
		if isName {
			if above := closingAbove(ls, i); above >= 0 {
				return above
			}
			return i
		}
		if !shortLine(ls[i].text) {
			return -1
		}
	}
	return -1
}

// closingAbove returns the closing phrase just above line i, if there is one, else -1.
func closingAbove(ls []textLine, i int) int {
	for j := i - 1; j >= 0 && j >= i-3; j-- {
		if closing.MatchString(ls[j].text) {
			return j
		}
		if ls[j].text != "" {
			return -1
		}
	}
	return -1
}

// shortLine reports whether a line could stand in a signature: short, and no sentence.
func shortLine(s string) bool {
	if utf8.RuneCountInString(s) > 70 {
		return false
	}
	if contact.MatchString(s) {
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
		if contact.MatchString(ls[start-1].text) {
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

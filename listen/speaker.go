package listen

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// labels are words before a colon that name no speaker, in the three languages, folded to lower case.
var labels = wordSet(`note notes nb n.b ps p.s re fw fwd subject date time place location venue agenda attendees attendance present absent apologies
participants chair minutes action actions decision decisions next todo to-do topic topics summary background context goal goals question questions answer answers
risk risks update updates status deadline owner due example warning important remember tip step phase option pros cons total price cost http https www email e-mail
tel phone fax mobile cc bcc to from sent attachments link links conclusion conclusions result results objective objectives issue issues item items point points
open resolved agreed proposal introduction overview meeting project version duration recording transcript language start end
nota asunto fecha hora lugar asistentes presentes ausentes participantes acta orden acciones acción decisión decisiones acuerdos acuerdo tema temas resumen contexto objetivo objetivos
pregunta preguntas respuesta respuestas riesgo riesgos estado plazo responsable ejemplo aviso importante atención opción ventajas inconvenientes precio coste correo teléfono para de
enviado adjuntos enlace conclusión conclusiones resultado resultados punto puntos propuesta introducción reunión proyecto duración idioma inicio fin próximos pendientes pendiente excusan convocados redacta ruegos asisten asiste sesión
objet lieu heure présents présent absents absent excusés excusé participants compte ordre actions décisions décision sujet sujets résumé contexte objectif objectifs
question réponse réponses risque risques état délai échéance exemple attention remarque option avantages inconvénients prix coût courriel téléphone à envoyé pièces lien conclusion résultat résultats
proposition introduction réunion projet durée langue début fin prochaine prochaines suite points relevé rédacteur rédactrice secrétaire séance nb`)

func wordSet(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// clockInName is a time between a name and its colon: "Tom [00:12]: …".
var clockInName = pattern(`^([^:：]{1,80}?)\s*[\[(]\d{1,2}:\d{2}(?::\d{2})?[\])]\s*([:：])`)

// cutSpeaker splits "Name: text", "**Name:** text" or "**Name**: text". It reports false where what
// stands before the colon does not read as a name.
func cutSpeaker(line string) (name, text string, ok bool) {
	line = clockInName().ReplaceAllString(strings.TrimSpace(line), "$1$2")
	i := strings.IndexAny(line, ":：")
	if i <= 0 || i > 120 {
		return "", "", false
	}
	_, size := utf8.DecodeRuneInString(line[i:])
	name, text = line[:i], line[i+size:]
	if strings.HasPrefix(text, "//") { // a link
		return "", "", false
	}
	bold := false
	for _, mark := range []string{"**", "__", "*", "_"} {
		if inner, found := strings.CutPrefix(name, mark); found {
			bold = true
			if whole, role, closed := strings.Cut(inner, mark); closed {
				name = whole + role
			} else {
				name = inner
				text = strings.TrimPrefix(strings.TrimSpace(text), mark)
			}
			break
		}
	}
	if text != "" && !bold && size == 1 && !strings.HasPrefix(text, " ") && !strings.HasPrefix(text, "\t") && !strings.HasPrefix(text, "\u00a0") {
		return "", "", false // "10:30", "a:b"
	}
	name = strings.TrimSpace(name)
	if !isName(name, bold) {
		return "", "", false
	}
	return name, strings.TrimSpace(text), true
}

// isName reports whether s can be a speaker's name: one to six words, beginning in upper case (or a
// handle), without the marks of a sentence, and not a label. A role in brackets may follow it.
func isName(s string, marked bool) bool {
	s, _ = nameAndRole(s)
	words := strings.Fields(s)
	if len(words) == 0 || len(words) > 6 || utf8.RuneCountInString(s) > 60 || strings.ContainsAny(s, "?!;\"“”«»=<>{}|") {
		return false
	}
	first := strings.ToLower(strings.Trim(words[0], "*_#.()"))
	if labels[first] || allDigits(first) || len(words) > 3 && s == strings.ToUpper(s) {
		return false
	}
	if articles[first] && len(words) > 1 { // "la Sra. Peña", but "A: yes" answers "Q: …"
		return len(words) > 2 && honorifics[strings.ToLower(strings.Trim(words[1], "."))]
	}
	r, _ := utf8.DecodeRuneInString(s)
	if !unicode.IsUpper(r) && r != '@' && !(unicode.IsLetter(r) && (!unicode.IsLower(r) || len(words) == 1 || devices[words[0]])) && r != '+' {
		return false
	}
	if len(words) > 3 && !marked {
		lower := 0
		for _, w := range words {
			if startsLower(w) && !nameParticles[w] {
				lower++
			}
		}
		return lower == 0
	}
	return true
}

// articles open a name only before an honorific: "la Sra. Peña".
var articles = wordSet("the a an el la los las un una le les l' une des our my your his her their its nuestro nuestra notre nos mi mon ma")

// devices open the names that telephones give their owners: "iPhone de Ana".
var devices = wordSet("iPhone iPad")

// honorifics stand before a name and are no part of it.
var honorifics = wordSet("mr mrs ms miss dr dra prof sr sra srta d dña don doña ing lic arq m mme mlle me maître monsieur madame señor señora professor doctor docteur")

// nameParticles are lower-case words inside names.
var nameParticles = wordSet("de del la las los van von der den du des da dos das di y e le ter ten al el bin ibn of the")

var roleInBrackets = pattern(`^(.{1,60}?)\s*[(\[]([^()\[\]]{1,80})[)\]]$`)

// nameAndRole splits "Tom Baker (plant)" and "Tom Baker, plant manager" is left whole.
func nameAndRole(s string) (name, role string) {
	s = strings.TrimSpace(strings.Trim(s, "~* "))
	if !strings.HasSuffix(s, ")") && !strings.HasSuffix(s, "]") {
		return s, ""
	}
	if m := roleInBrackets().FindStringSubmatch(s); m != nil {
		return strings.TrimSpace(m[1]), strings.TrimSpace(m[2])
	}
	return s, ""
}

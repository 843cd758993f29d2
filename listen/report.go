package listen

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"parley"
)

// How minutes tell what somebody said or where they stand, by language.
const (
	reportedName = `(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof|Sr|Sra|Srta|D|Dña|Ing|Lic|M|Mme|Mlle|Me)\.?\s+)?\p{Lu}[\p{L}'’.-]*(?:\s+(?:de|del|la|von|van|du|des|le)?\s*\p{Lu}[\p{L}'’.-]*){0,3}`
	reportVerbs  = `said|says|asked|asks|noted|notes|stated|states|raised|added|adds|warned|warns|objected|objects|felt|feels|thought|thinks|replied|explained|explains|reported|reports|confirmed|confirms|agreed|agrees|suggested|suggests|proposed|proposes|questioned|wondered|expressed|reminded|pointed out|insisted|argued|requested|wanted|wants|commented|observed|doubted|doubts|refused|refuses|declined|accepted|accepts|offered|mentioned|considers|considered|prefers|preferred|told|tells|disagreed|disagrees|opposed|opposes|feared|fears|worried|worries|resisted|resists|disputed|disputes|challenged|challenges|rejected|rejects|complained|complains` +
		`|dijo|dice|pidió|pide|preguntó|pregunta|señaló|señala|indicó|indica|comentó|comenta|añadió|añade|advirtió|advierte|objetó|objeta|considera|consideró|respondió|responde|explicó|explica|informó|informa|confirmó|confirma|propuso|propone|sugirió|sugiere|recordó|recuerda|insistió|insiste|manifestó|manifiesta|expuso|expone|solicitó|solicita|opinó|opina|planteó|plantea|cree|rechazó|rechaza|aceptó|acepta|prefiere|duda|teme|temía|desconfía|desconfiaba|discrepa|discrepó|opone|opuso|niega|negó|queja|quejó|critica|criticó|cuestiona|cuestionó|lamenta|lamentó|alerta|alertó` +
		`|dit|demande|demandé|indique|indiqué|précise|précisé|signale|signalé|ajoute|ajouté|rappelle|rappelé|estime|estimé|répond|répondu|explique|expliqué|propose|proposé|suggère|suggéré|souligne|souligné|s'inquiète|s'interroge|s'oppose|refuse|refusé|accepte|accepté|craint|doute|insiste|insisté|informe|informé|confirme|confirmé|note|noté|observe|observé|relève|relevé|remarque|remarqué|souhaite|souhaité|alerte|alerté|considère|considéré|regrette|regretté|préfère|préféré|s'y oppose|s'y est opposée?|s'est opposée?|fait part|a fait part|fait remarquer|redoute|conteste|contesté|critique|critiqué|se plaint|s'est plainte?|reste`
	// A stand is told of whoever has the name of a person: "Karen Doyle was against it", but "Training will not start before May".
	stands = `(?:was|is|were|are|remains|remained|seems|seemed) (?:also |still |not |very |quite |rather |less )*(?:convinced|worried|concerned|against|opposed|sceptical|skeptical|unhappy|reluctant|uncomfortable|comfortable|unsure|afraid|uneasy|in favou?r|hesitant|doubtful|unwilling)` +
		`|(?:would|will|does|do|did|can) ?not|won['’]t|wouldn['’]t|doesn['’]t|didn['’]t|can['’]t` +
		`|no (?:está|estaba|quiere|quería|ve|veía|cree|creía|acepta|apoya|comparte)|(?:está|estaba) (?:muy )?(?:en contra|preocupad[oa])` +
		`|n['’](?:est|était) (?:pas|guère|plus)|ne (?:veut|voulait|voit|souhaite|croit|peut|soutient|partage)|est (?:contre|opposée?|sceptique|inquiète?)`
)

var reporting = pattern(`^(` + reportedName + `)(?:\s*\(([^()]{1,60})\))?,?\s+(?:(?:also |then |again |he |she |además |también |luego |se |a |ont |lui |aussi |y )*(?:` + reportVerbs + `)|(` + stands + `))(?:[^\pL]|$)`) // \b knows no "ó"

// cutReported finds whom reported speech reports, "Mr Cole asked that …", or whose stand it tells: the text stays whole.
func cutReported(line string) (name, role string, ok bool) {
	m := reporting().FindStringSubmatch(line[:min(len(line), reportMost)])
	if m == nil {
		return "", "", false
	}
	name = afterSentence(strings.TrimSpace(m[1]))
	if article, rest, ok := strings.Cut(name, " "); ok && articles[strings.ToLower(article)] {
		name = rest
	}
	if labels[strings.ToLower(strings.Fields(name)[0])] || pronouns[strings.ToLower(name)] || m[3] != "" && !strings.Contains(name, " ") {
		return "", "", false
	}
	return name, m[2], true
}

// reports reports whether a line is reported speech, or tells a stand.
func reports(line string) bool {
	_, _, ok := cutReported(line)
	return ok
}

// reportMost is how many bytes from the beginning of a sentence are looked at for whom it reports.
const reportMost = 250

// afterSentence returns what of a name follows a word that ends a sentence and is no title: of "Budget. Mr Cole", Mr Cole.
func afterSentence(name string) string {
	words := strings.Fields(name)
	for i := len(words) - 2; i >= 0; i-- {
		if w, ended := strings.CutSuffix(words[i], "."); ended && utf8.RuneCountInString(w) > 4 {
			return strings.Join(words[i+1:], " ")
		}
	}
	return name
}

// pronouns and articles that open a sentence are no names.
var pronouns = wordSet(`he she they it we i you one everyone everybody nobody somebody the this that there who what él ella ellos ellas usted ustedes nosotros se lo la el los las un una nadie todos
il elle ils elles on nous vous je tu ce cela ça le les un une personne chacun qui`)

// ownView begins what whoever writes says themselves.
var ownView = pattern(`^(?:My (?:own )?(?:view|take|impression|feeling|sense|guess|read(?:ing)?)|I (?:think|feel|sense|suspect|believe|guess)|Mi (?:opinión|impresión|lectura)|(?:Yo )?(?:creo|pienso) que|(?:Creo|Pienso) que|Mon (?:avis|impression|sentiment|ressenti)|À mon avis|Je (?:pense|crois|sens)|Selon moi)(?:[^\pL]|$)`)

// reported splits a message that begins in a line and tells what several say, each from where a sentence begins with somebody's name: "Ms Doyle said … Mr Patel was
// against …". Whoever writes may go over to their own view.
func reported(m parley.Message, line int) []parley.Message {
	out := []parley.Message{m}
	if name, role, ok := cutReported(m.Text); ok {
		out[0].Speaker.Name, out[0].Role = name, role
	}
	text, cut := m.Text, 0
	for _, at := range sentenceStarts(text) {
		sentence := text[at:min(len(text), at+reportMost)]
		name, role, ok := cutReported(sentence)
		last := &out[len(out)-1]
		switch {
		case ok && name == last.Speaker.Name:
			continue
		case !ok && (last.Speaker.Name == "" || !ownView().MatchString(sentence)):
			continue
		}
		last.Text = strings.TrimSpace(text[cut:at])
		next := m
		next.Speaker, next.Role, next.Text = parley.Person{Name: name}, role, text[at:]
		line += strings.Count(text[cut:at], "\n")
		next.Place = fmt.Sprintf("line %d", line)
		out, cut = append(out, next), at
	}
	return out
}

// sentenceStarts returns where in text sentences begin in upper case, but the first one: after the end of a sentence or, where a line does not
// end in a name, of a line.
func sentenceStarts(text string) (starts []int) {
	before := "" // the word before
	ended := false
	for at := 0; at < len(text); {
		if r, size := utf8.DecodeRuneInString(text[at:]); unicode.IsSpace(r) {
			ended = ended || r == '\n' && before != "" && startsLower(before)
			at += size
			continue
		}
		end := strings.IndexFunc(text[at:], unicode.IsSpace)
		if end < 0 {
			end = len(text) - at
		}
		word := text[at : at+end]
		if first, _ := utf8.DecodeRuneInString(word); ended && at > 0 && unicode.IsUpper(first) {
			starts = append(starts, at)
		}
		before, ended = word, endsHere(word)
		at += end
	}
	return starts
}

// endsHere reports whether a word ends a sentence: "it.", "it;" or "it”.", but not "Mr." nor "C.".
func endsHere(word string) bool {
	word = strings.TrimRight(word, `"”»)]'’`)
	last, size := utf8.DecodeLastRuneInString(word)
	stem := strings.ToLower(word[:len(word)-size])
	return strings.ContainsRune("!?;…", last) || last == '.' && utf8.RuneCountInString(stem) > 1 && !honorifics[stem]
}

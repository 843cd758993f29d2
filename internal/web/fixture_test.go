package web

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/a-h/templ"

	"parley"
	"parley/internal/app"
	"parley/internal/store"
	"parley/internal/web/i18n"
)

// The views that tests render: one plant that resists a roll-out, as the mock-ups tell it.

var fixtureNow = time.Date(2026, 11, 21, 9, 40, 0, 0, time.UTC)

func fixtureWords(lang parley.Lang) *i18n.Words { return i18n.For(lang, fixtureNow, time.UTC) }

func fixtureLayout(w *i18n.Words, here, title string) LayoutView {
	l := LayoutView{
		Words: w, Title: title, Workspace: "Halden & Reyes", Member: PersonView{Name: "Inés Carrasco", Us: true}, Here: here, MayEdit: true,
		Engagements: []Link{{"ERP roll-out, Basauri", "/engagements/eng_1"}, {"Planification, Saint-Étienne", "/engagements/eng_2"}, {"Fair terms for small suppliers", "/engagements/eng_3"}},
		Crumbs:      []Link{{Text: title}},
	}
	if here != "today" && here != "settings" {
		l.Engagement = &EngagementNav{ID: "eng_1", Name: "ERP roll-out, Basauri", Client: "Aceros Ibarra", ToCheck: 3, Concerns: 7, Conversations: 27, People: 10}
		if here != "" {
			l.Crumbs = []Link{{"ERP roll-out, Basauri", "/engagements/eng_1"}, {Text: title}}
		}
	}
	return l
}

var fixtureSides = parley.Sides{Advisers: []string{"Inés Carrasco", "Tom Halden"}}

func fixtureMessage(id, speaker, clock, lang, text string) app.StoredMessage {
	at, err := time.Parse("2006-01-02 15:04", "2026-11-19 "+clock)
	if err != nil {
		panic(err)
	}
	p := parley.Person{Name: speaker}
	return app.StoredMessage{
		ID: parley.MessageID(id), Engagement: "eng_1", Conversation: "cnv_1", Kind: parley.Transcript, Speaker: p, Side: fixtureSides.Of(p),
		Time: at, Text: text, Lang: parley.Lang(lang), Source: "comite-planta-2026-11-19.vtt",
	}
}

func fixtureFinding(id string, m app.StoredMessage, quote string, state parley.FindingState, l parley.Labels) app.StoredFinding {
	start := strings.Index(m.Text, quote)
	l.Resistance = true
	return app.StoredFinding{
		ID: parley.FindingID(id), Engagement: "eng_1", Conversation: "cnv_1", Message: m, Span: parley.Span{Start: start, End: start + len(quote)}, Labels: l,
		Probability: 0.93, Confidence: parley.Confidence{Form: 0.81, Driver: 0.58, Perception: 0.49, Subject: 0.77},
		Second: parley.Labels{Resistance: true, Form: parley.Passive, Driver: parley.Uncertainty, Perception: parley.Skeptical, Subject: parley.Product},
		Why:    fixtureReadings("seguimos con", 2.1, "por lo menos", 1.4, "si no", 0.9, "funciona", -0.6), State: state, Version: 1,
	}
}

// fixtureReadings makes the words that weighed from words and weights in turn.
func fixtureReadings(pairs ...any) (list []reading) {
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, reading{Text: pairs[i].(string), Weight: pairs[i+1].(float64)})
	}
	return list
}

func fixtureTurns() []app.MessageView {
	said := func(id, speaker, clock, lang, text string, findings ...app.StoredFinding) app.MessageView {
		m := fixtureMessage(id, speaker, clock, lang, text)
		for i := range findings {
			f := fixtureFinding(string(findings[i].ID), m, findings[i].Message.Text, findings[i].State, findings[i].Labels)
			findings[i] = f
		}
		return app.MessageView{StoredMessage: m, Findings: findings}
	}
	finding := func(id, quote string, state parley.FindingState, l parley.Labels) app.StoredFinding {
		return app.StoredFinding{ID: parley.FindingID(id), Message: app.StoredMessage{Text: quote}, State: state, Labels: l}
	}
	experience := parley.Labels{Form: parley.Objection, Driver: parley.Experience, Perception: parley.Accurate, Subject: parley.Plan}
	notDoing := parley.Labels{Form: parley.Noncompliance, Driver: parley.Experience, Perception: parley.Accurate, Subject: parley.Plan}
	culture := parley.Labels{Form: parley.Objection, Driver: parley.Culture, Perception: parley.Incorrect, Subject: parley.Product}
	return []app.MessageView{
		said("msg_1", "Inés Carrasco", "09:14", "es", "El plan es arrancar en dos pasos: almacén y calidad el 12 de abril, planificación el 7 de junio."),
		said("msg_2", "Joseba Uriarte", "09:15", "es", "Mira, la última vez nos prometieron dos semanas y estuvimos cuatro meses apuntando todo en papel. Los de turno de noche todavía lo cuentan.",
			finding("fin_1", "la última vez nos prometieron dos semanas y estuvimos cuatro meses apuntando todo en papel.", parley.Accepted, experience)),
		said("msg_3", "Tom Halden", "09:16", "es", "¿Qué tendría que pasar para que esta vez fuera distinto?"),
		said("msg_4", "Joseba Uriarte", "09:16", "es", "Que haya alguien aquí, de noche también. Si no, nosotros seguimos con el Excel, que por lo menos funciona.",
			finding("fin_2", "Si no, nosotros seguimos con el Excel, que por lo menos funciona.", parley.Open, notDoing)),
		said("msg_5", "Nerea Zubiri", "09:18", "es", "Y la formación en noviembre… con dos personas de baja no puedo mandar a nadie.",
			finding("fin_3", "con dos personas de baja no puedo mandar a nadie.", parley.Corrected, parley.Labels{Form: parley.Objection, Driver: parley.Capacity, Perception: parley.Accurate, Subject: parley.Plan})),
		said("msg_6", "Inés Carrasco", "09:18", "es", "Entendido. ¿Qué semana sería posible?"),
		said("msg_7", "Nerea Zubiri", "09:19", "es", "A partir del 12 de enero, si es por turnos, sí."),
		said("msg_8", "Luc Fournier", "09:21", "fr", "Moi, votre outil va planifier à notre place, et personne ici n’a été consulté.",
			finding("fin_4", "votre outil va planifier à notre place, et personne ici n’a été consulté.", parley.Open, culture)),
		said("msg_9", "Inés Carrasco", "09:22", "fr", "Luc, qu’est-ce qui vous donne cette impression ?"),
		said("msg_10", "Luc Fournier", "09:22", "fr", "La démo. On appuie sur un bouton et la semaine est faite. Chez nous ça ne marche pas comme ça.",
			finding("fin_5", "Chez nous ça ne marche pas comme ça.", parley.Dismissed, culture)),
		said("msg_11", "Iñaki Goitia", "09:25", "es", "Mantenimiento también tiene que cargar las máquinas, ¿no? Claro, cuando tengamos un rato lo miramos.",
			finding("fin_6", "Claro, cuando tengamos un rato lo miramos.", parley.Open, parley.Labels{Form: parley.Passive, Driver: parley.Uncertainty})),
	}
}

func fixtureConcern(id, title string, state parley.ConcernState, l parley.Labels, quote app.StoredFinding, holders ...string) app.ConcernSummary {
	l.Resistance = true
	c := app.ConcernSummary{
		Concern: parley.Concern{ID: parley.ConcernID(id), Engagement: "eng_1", Title: title, Labels: l, State: state, Created: fixtureNow.AddDate(0, -1, 0), Updated: fixtureNow.AddDate(0, 0, -2), Version: 3},
		Quotes:  len(holders) + 1,
		Quote:   &app.Excerpt{Finding: quote.ID, Message: quote.Message.ID, Speaker: quote.Message.Speaker, Lang: quote.Message.Lang, Text: quote.Text()},
	}
	if state == parley.Settled {
		c.Outcome = parley.Adapted
	}
	for _, h := range holders {
		c.Holders = append(c.Holders, parley.Stakeholder{ID: parley.StakeholderID("sta_" + h), Name: h, Side: parley.ClientSide})
	}
	return c
}

func fixtureConcerns() []app.ConcernSummary {
	turns := fixtureTurns()
	quote := func(i int) app.StoredFinding { return turns[i].Findings[0] }
	return []app.ConcernSummary{
		fixtureConcern("con_1", "The last change took four months, not two weeks", parley.Reopened, parley.Labels{Form: parley.Noncompliance, Driver: parley.Experience, Perception: parley.Accurate, Subject: parley.Plan}, quote(1), "Joseba Uriarte", "Marta Etxeberria", "Nerea Zubiri"),
		fixtureConcern("con_2", "The support line closes before the night shift starts", parley.Answered, parley.Labels{Driver: parley.Experience, Perception: parley.Accurate}, quote(3), "Joseba Uriarte"),
		fixtureConcern("con_3", "Nobody can be spared for training in November", parley.Agreed, parley.Labels{Driver: parley.Capacity, Perception: parley.Accurate}, quote(4), "Nerea Zubiri"),
		fixtureConcern("con_4", "The tool would plan in place of the planners", parley.Heard, parley.Labels{Driver: parley.Culture, Perception: parley.Incorrect}, quote(7), "Luc Fournier", "Claire Besson"),
		fixtureConcern("con_5", "Quality sees no gain over its own sheets", parley.PlayedBack, parley.Labels{Driver: parley.Value, Perception: parley.Incomplete}, app.StoredFinding{}, "Amaia Lertxundi"),
		fixtureConcern("con_6", "Maintenance may not want to load its machines", parley.Settled, parley.Labels{Driver: parley.Uncertainty}, quote(10), "Iñaki Goitia"),
	}
}

func fixtureCounts(open, heard, played, agreed, settled, messages int) app.Counts {
	return app.Counts{
		Conversations: 27, Messages: messages, Stakeholders: 10, Findings: map[parley.FindingState]int{parley.Open: open},
		Concerns: map[parley.ConcernState]int{parley.Heard: heard, parley.PlayedBack: played, parley.Agreed: agreed, parley.Settled: settled, parley.Reopened: min(heard, 1)},
	}
}

func fixtureEngagements() []app.EngagementSummary {
	e := func(id, name, client string, kind parley.EngagementKind, c app.Counts) app.EngagementSummary {
		return app.EngagementSummary{Engagement: parley.Engagement{ID: parley.EngagementID(id), Name: name, Client: client, Kind: kind, Lang: "es"}, Counts: c, LastImport: fixtureNow.AddDate(0, 0, -2)}
	}
	return []app.EngagementSummary{
		e("eng_1", "ERP roll-out, Basauri", "Aceros Ibarra", parley.ClientEngagement, fixtureCounts(3, 2, 2, 3, 2, 1284)),
		e("eng_2", "Planification, Saint-Étienne", "Aceros Ibarra", parley.ClientEngagement, fixtureCounts(0, 3, 1, 1, 0, 96)),
		e("eng_3", "Fair terms for small suppliers", "Halden & Reyes", parley.InternalEngagement, fixtureCounts(12, 0, 0, 2, 5, 412)),
	}
}

func fixtureEvents(w *i18n.Words) []TimelineView {
	var list []app.EventView
	for i, kind := range []string{"concern.heard", "concern.moved", "concern.updated", "concern.created"} {
		data, _ := json.Marshal(map[string]string{"from": "heard", "to": "played_back"})
		list = append(list, app.EventView{Event: parley.Event{Kind: kind, Time: fixtureNow.AddDate(0, 0, -2*i), Data: data}, ByName: "Inés Carrasco"})
	}
	return timeline(w, list)
}

func fixtureHeard(w *i18n.Words) HeardView {
	v := HeardView{LayoutView: fixtureLayout(w, "heard", "Plant committee"), Heading: "Plant committee", Lead: "19 Nov · Transcript · 6 people · comite-planta-2026-11-19.vtt", Checked: 11, Total: 14}
	v.Flush, v.Prev, v.Next = true, "?at=fin_1", "?at=fin_3"
	s := script{Words: w, at: "fin_2", mayMark: true}
	var at app.StoredFinding
	for _, m := range fixtureTurns() {
		v.Turns = append(v.Turns, s.turnOf(m))
		for _, f := range m.Findings {
			if f.ID == "fin_2" {
				at = f
			}
		}
	}
	v.MarkURL = v.Turns[1].MarkURL
	c, turns := fixtureConcerns(), fixtureTurns()
	p := passageOf(w, at, 2, true).decided(at, nil).matched([]app.Match{{Concern: c[0].Concern, Score: 0.83, Quote: turns[1].Findings[0]}, {Concern: c[1].Concern, Score: 0.31, Quote: turns[3].Findings[0]}})
	c[0].State = parley.Agreed
	p.NextOpen = "/conversations/cnv_1?at=fin_4"
	v.Passage = &p
	v.Toast = &ToastView{Words: w, Text: w.T("toast.joined", "name", "Nobody can be spared for training in November"), Undo: "/findings/fin_3/reopen", Version: 2}
	return v
}

// fixtureMark is the conversation while a sentence of it is being marked.
func fixtureMark(w *i18n.Words) HeardView {
	v := fixtureHeard(w)
	m := fixtureTurns()[1].StoredMessage
	words := "Los de turno de noche todavía lo cuentan."
	start := strings.Index(m.Text, words)
	mark := markOf(w, m, app.Sentence{
		Span: parley.Span{Start: start, End: start + len(words)}, Text: words, Probability: 0.31, Confidence: parley.Confidence{Form: 0.72, Driver: 0.55, Perception: 0.41, Subject: 0.6},
		Labels: parley.Labels{Resistance: true, Form: parley.Objection, Driver: parley.Experience, Perception: parley.Accurate, Subject: parley.Plan},
	})
	mark.Back = "/conversations/cnv_1?at=fin_2"
	v.Mark, v.Passage, v.Toast = &mark, nil, nil
	s := script{Words: w, mayMark: true, marking: m.ID, start: start}
	v.Turns = nil
	for _, m := range fixtureTurns() {
		v.Turns = append(v.Turns, s.turnOf(m))
	}
	return v
}

func fixtureConcernPage(w *i18n.Words) ConcernPageView {
	s := fixtureConcerns()[0]
	turns := fixtureTurns()
	before := turns[2].StoredMessage
	view := app.ConcernView{
		Concern: s.Concern, Next: s.Next(),
		Quotes: []app.Quote{{StoredFinding: turns[3].Findings[0], Title: "Plant committee", Before: &before}, {StoredFinding: turns[1].Findings[0], Title: "Plant committee"}},
	}
	for i, h := range s.Holders {
		view.People = append(view.People, app.Holder{Stakeholder: h, Quotes: 3 - i})
	}
	other := fixtureConcerns()[1].Concern
	view.Merges = []app.Merge{{ID: "mrg_1", ByName: "Inés Carrasco", Created: fixtureNow.AddDate(0, 0, -1), Concerns: []parley.Concern{other}}}
	v := concernPage(w, view)
	v.Into = []OptionView{{Value: "con_4", Text: "The tool would plan in place of the planners"}}
	v.LayoutView = fixtureLayout(w, "concerns", s.Title)
	v.Events = fixtureEvents(w)
	return v
}

func fixtureImport(running bool) app.Import {
	i := app.Import{
		ID: "imp_1", Engagement: "eng_1", State: app.Done, Bytes: 9 << 20, Done: 9 << 20, Messages: 900, New: 696, Known: 96, Findings: 41, SkippedAll: 2,
		Files: []app.ImportFile{
			{N: 1, Name: "basauri-oct-nov.mbox", Kind: parley.Mail, Bytes: 5 << 20, Done: 5 << 20, Messages: 284, New: 284, Findings: 22, Finished: true},
			{N: 2, Name: "comite-planta-2026-11-19.vtt", Kind: parley.Transcript, Bytes: 2 << 20, Done: 2 << 20, Messages: 412, New: 412, Findings: 19, Skipped: 2, Finished: true},
			{N: 3, Name: "chat-planificacion.csv", Kind: parley.Chat, Bytes: 1 << 20, Done: 1 << 20, Messages: 96, Known: 96, Finished: true},
		},
		Skipped: []app.Skip{{File: "comite-planta-2026-11-19.vtt", Place: "line 214", Code: "time", Args: []string{"00:61:00"}}, {File: "comite-planta-2026-11-19.vtt", Place: "line 377", Code: "stray", Args: []string{"Inés, ¿me oís?"}}},
		Unknown: []parley.Person{{Name: "Joseba Uriarte", Address: "joseba@ibarra.example"}, {Name: "Amaia Lertxundi", Address: "a.lertxundi@ibarra.example"}, {Name: "Nerea Zubiri"}},
		Created: fixtureNow, Finished: fixtureNow,
	}
	if running {
		i.State, i.Done = app.Running, 8<<20
		i.Files = append(i.Files, app.ImportFile{N: 4, Name: "encuesta-octubre.csv", Kind: parley.Survey, Bytes: 1 << 20, Done: 600 << 10, Messages: 118, New: 118})
	}
	return i
}

// fixturePages are all pages, by the name of their golden file and screenshot.
func fixturePages(lang parley.Lang) map[string]templ.Component {
	w := fixtureWords(lang)
	l := func(here, title string) LayoutView { return fixtureLayout(w, here, title) }
	today := TodayView{LayoutView: l("today", w.T("nav.today"))}
	for _, e := range fixtureEngagements() {
		today.Rows = append(today.Rows, engagementRow(w, e))
		today.Tasks = append(today.Tasks, tasks(w, e, true, true)...)
	}
	today.Tasks, today.More = today.Tasks[:5], len(today.Tasks)-5

	sums := fixtureConcerns()
	summary := fixtureEngagements()[0]
	r := register{}
	concerns := ConcernsView{
		LayoutView: l("concerns", w.T("nav.concerns")), Groups: groupConcerns(w, sums, "driver"), Selects: r.selects(w, sums[0].Holders),
		Lead: w.T("concerns.lead", "n", 7, "agreed", w.T("concerns.agreed", "n", 3)),
	}
	concerns.Tabs = r.tabs(w, concerns.Engagement, summary.Counts)
	saved, _ := r.saved(w, concerns.Engagement.URL("concerns"), []app.ViewSummary{{View: parley.View{ID: "vew_1", Name: "Plant committee", Look: parley.Look{Driver: parley.Experience}}, Concerns: 2}})
	concerns.Tabs = append(concerns.Tabs, saved...)
	concerns.Named, concerns.Name = true, FieldView{Name: "name", Label: w.T("views.name"), Type: "text"}
	pickable(w, concerns.Groups, []string{"con_1", "con_2"})

	engagement := EngagementView{
		LayoutView: l("", "ERP roll-out, Basauri"), Name: "ERP roll-out, Basauri", Tasks: tasks(w, summary, false, true), Events: fixtureEvents(w),
		Lead:    overviewLead(w, "Aceros Ibarra", summary.Counts),
		Imports: []ImportRowView{importRow(w, fixtureImport(false)), importRow(w, fixtureImport(true))},
	}
	engagement.Drivers = driverBars(w, *engagement.Engagement, []app.DriverCount{{Driver: parley.Uncertainty, Concerns: 1, Findings: 2}, {Driver: parley.Value, Concerns: 1}, {Driver: parley.Experience, Concerns: 2, Findings: 1}, {Driver: parley.Capacity, Concerns: 1}})
	for _, m := range fixtureTurns() {
		for _, f := range m.Findings {
			if f.State == parley.Open {
				engagement.Quotes = append(engagement.Quotes, quoteOf(w, f))
			}
		}
	}
	for _, s := range sums[:4] {
		engagement.Concerns = append(engagement.Concerns, concernRow(w, s))
	}

	imported, reading := importView(w, fixtureImport(false), fixtureSides), importView(w, fixtureImport(true), fixtureSides)
	imported.ToCheck = 3
	imported.LayoutView, reading.LayoutView = l("import", w.T("nav.import")), l("import", w.T("nav.import"))

	people := PeopleView{LayoutView: l("people", w.T("nav.people")), Lead: w.T("people.lead", "n", 4, "ours", 1)}
	for _, s := range append(sums[0].Holders, parley.Stakeholder{ID: "sta_9", Name: "Inés Carrasco", Address: "ines@haldenreyes.example", Side: parley.AdviserSide, Title: "Adviser"}) {
		people.Rows = append(people.Rows, personRow(w, *people.Engagement, s, true))
	}

	conversations := ConversationsView{LayoutView: l("conversations", w.T("nav.conversations")), NextURL: "/engagements/eng_1/heard", Lead: w.T("heard.list_lead", "n", 3, "open", w.T("heard.left", "n", 3))}
	for i, title := range []string{"Plant committee", "Re: Training in November", "Chat planificación"} {
		c := app.ConversationSummary{Conversation: app.Conversation{ID: "cnv_1", Title: title, Kind: parley.Kinds[(i+1)%3], Messages: 412 / (i + 1), Began: fixtureNow.AddDate(0, 0, -i*3), Ended: fixtureNow.AddDate(0, 0, -i*2)}, Findings: 14 - 7*i, Open: 3 - i*2}
		c.Open = max(c.Open, 0)
		for _, h := range sums[0].Holders {
			c.People = append(c.People, parley.Person{Name: h.Name})
		}
		conversations.Rows = append(conversations.Rows, conversationRow(w, fixtureSides, c))
	}

	wrong := signInView(w, "ines@haldenreyes.example", "")
	wrong.Error = message(w, &parley.Error{Code: parley.Unauthenticated, Message: "that e-mail and password do not go together"})
	lost := errorView(w, parley.NotFound, w.T("error.text.not_found"))
	lost.LayoutView = l("concerns", lost.Title)

	done := fixtureHeard(w)
	done.Passage, done.Toast = nil, nil
	done.Done = heardDone(w, done.LayoutView, "/conversations/cnv_2?at=fin_9", 6)

	rereading := fixtureHeard(w)
	rereading.Passage, rereading.Toast, rereading.Reload = nil, nil, 5
	rereading.Rereading = rereadOf(w, "eng_1", app.Reread{Left: 812, All: 1284})
	rereading.Done = heardDone(w, rereading.LayoutView, "", 0)

	sample := engagement
	sample.LayoutView = l("", engagement.Name)
	sample.LayoutView.Engagement.Sample = true

	marked := fixtureHeard(w)
	byHand := *marked.Passage
	byHand.Marked, byHand.Probability = markedBy(w, app.StoredFinding{Marked: &store.Marked{ByName: "Inés Carrasco", At: fixtureNow}}), "0.31"
	marked.Passage = &byHand

	empty := TodayView{LayoutView: l("today", w.T("nav.today"))}
	empty.Engagements = nil

	settings := SettingsView{
		LayoutView: l("settings", w.T("nav.settings")), Page: "tokens", Secret: "parley_4f1c0a9d2e7b", Tabs: settingsTabs(w, "tokens", true),
		Tokens: []TokenRowView{{"tok_1", "Nightly import", "read and change · until 12 Feb 2027 · never used"}}, Fields: []FieldView{{Name: "name", Label: w.T("tokens.name"), Type: "text"}},
	}
	learning := fixtureLearning(w, true)
	learned := SettingsView{LayoutView: settings.LayoutView, Page: "learning", Tabs: settingsTabs(w, "learning", true), Learning: &learning}

	return map[string]templ.Component{
		"12-settings-learning": Settings(learned),
		"01-today":             Today(today), "01-today-empty": Today(empty), "02-engagement": Engagement(engagement), "02-engagement-sample": Engagement(sample),
		"03-import":      ImportForm(ImportFormView{LayoutView: l("import", w.T("nav.import")), Past: engagement.Imports}),
		"03-import-done": ImportPage(imported), "03-import-reading": ImportPage(reading),
		"04-heard": HeardPage(fixtureHeard(w)), "04-heard-done": HeardPage(done), "04-heard-rereading": HeardPage(rereading), "04-heard-mark": HeardPage(fixtureMark(w)), "04-heard-marked": HeardPage(marked), "04-conversations": Conversations(conversations),
		"05-concerns": Concerns(concerns), "06-concern": Concern(fixtureConcernPage(w)),
		"06-concern-new": ConcernForm(ConcernFormView{LayoutView: l("concerns", w.T("concern.new")), Fields: concernFields(w, "", parley.Labels{})}),
		"07-people":      People(people), "08-sign-in": SignIn(wrong), "08-set-up": SetUp(setUpView(w, "s3cret", app.NewOwner{})), "09-settings": Settings(settings), "10-error": ErrorPage(lost),
		"11-engagement-new": EngagementForm(EngagementFormView{LayoutView: l("today", w.T("engagement.new")), Lead: w.T("engagement.new_lead"), Fields: engagementFields(w, parley.Engagement{}), Button: w.T("engagement.create"), Back: "/today"}),
	}
}

// fixtureLearning is what was learned in a workspace: much where an owner looks, and too little to say elsewhere.
func fixtureLearning(w *i18n.Words, owner bool) LearningView {
	l := app.Learning{Enabled: true, Waiting: owner, Needed: 4, Decided: app.LearnedFrom{Accepted: 3, Corrected: 1, Dismissed: 2}}
	if owner {
		from := app.LearnedFrom{Accepted: 38, Corrected: 14, Dismissed: 12}
		quote := app.LearnedQuote{Finding: "fin_1", Conversation: "cnv_1", Speaker: parley.Person{Name: "Joseba Uriarte"}, Lang: parley.Spanish, Text: "La última vez nos prometieron dos semanas."}
		l = app.Learning{
			Enabled: true, Used: 2, Decided: from,
			Versions: []app.LearnedVersion{
				{Version: 2, From: from, Created: fixtureNow, Current: true}, {Version: 1, From: app.LearnedFrom{Accepted: 20}, Created: fixtureNow.AddDate(0, 0, -9)},
			},
			Questions: []app.LearnedHead{
				{Head: "resistance", N: 64, Before: 0.81, After: 0.84, Low: -0.03, High: 0.09}, {Head: "driver", N: 52, Before: 0.5, After: 0.67, Low: 0.04, High: 0.29},
				{Head: "form", N: 52, Before: 0.8, After: 0.6, Low: -0.31, High: -0.08}, {Head: "subject", N: 14, Needed: 16},
			},
			Changes: []app.LearnedWord{
				{Head: "resistance", Label: "true", Word: "turnos", Weight: 0.41, Quotes: []app.LearnedQuote{quote}}, {Head: "resistance", Label: "true", Word: "<comedor>", Weight: -0.12},
				{Head: "driver", Label: "trust", Word: "prometieron", Weight: 0.2, Quotes: []app.LearnedQuote{quote}}, {Head: "driver", Label: "value", Word: "prometieron", Weight: -0.2},
			},
		}
	}
	return *learningView(w, l, owner)
}

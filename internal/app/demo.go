package app

import (
	"bytes"
	"context"
	"embed"
	"io/fs"
	"strings"

	"parley"
	"parley/internal/store"
)

// The sample case is invented: people, companies and what they say.
//
//go:embed demo
var demoFiles embed.FS

// demoSetting holds the id of the member who is signed in by itself in a demo. A store without it is real.
const demoSetting = "demo"

// demoPassword lets one sign in to the sample case by hand.
const demoPassword = "sample case only"

// DemoMember returns the member who is signed in by itself in a demo. It reports a conflict if the store is
// not of the sample case, so that no real data is open to whoever asks.
func (a *App) DemoMember(ctx context.Context) (id parley.MemberID, err error) {
	err = a.read(ctx, func(tx *store.Tx) error {
		value, err := tx.Setting(ctx, demoSetting)
		id = parley.MemberID(value)
		return err
	})
	if err == nil && id == "" {
		err = &parley.Error{Code: parley.Conflict, Field: "demo", Message: "this database holds no sample case; start the demo with another --db"}
	}
	return id, err
}

// loadDemo makes the sample case in a store that is empty. It leaves any other as it is.
func (a *App) loadDemo(ctx context.Context) error {
	if needs, err := a.NeedsSetup(ctx); err != nil || !needs {
		return err
	}
	owner, err := a.CreateWorkspace(ctx, NewOwner{Workspace: "Halden & Reyes", Name: "Inés Carrasco", Email: "ines@haldenreyes.example", Password: demoPassword, Lang: parley.English})
	if err != nil {
		return err
	}
	by, err := a.ActorOf(ctx, owner.ID)
	if err != nil {
		return err
	}
	for _, m := range []NewMember{
		{Name: "Tom Halden", Email: "tom@haldenreyes.example", Password: demoPassword, Role: parley.AdviserRole, Lang: parley.English},
		{Name: "Gregor Reyes", Email: "gregor@haldenreyes.example", Password: demoPassword, Role: parley.ViewerRole, Lang: parley.Spanish},
	} {
		if _, err := a.AddMember(ctx, by, m); err != nil {
			return err
		}
	}
	for _, c := range demoCases {
		if _, err := a.loadCase(ctx, by, c); err != nil {
			return err
		}
	}
	// Last: a store in which the loading broke off is no demo, and says so.
	return a.write(ctx, func(tx *store.Tx) error { return tx.SetSetting(ctx, demoSetting, string(owner.ID)) })
}

// A demoCase is one engagement of the sample, and what was decided in it.
type demoCase struct {
	engagement parley.Engagement
	files      [][2]string          // in demo/, and what they are called
	people     []parley.Stakeholder // by name; power, stance, skepticism and title are set
	concerns   []demoConcern
	dismissed  []string // words of findings that are no resistance
}

// A demoConcern is a concern with words of the findings that it is made of.
type demoConcern struct {
	title  string
	labels parley.Labels
	quotes []string
	states []parley.ConcernState // that it went through after heard
	ended  parley.Outcome
}

func (a *App) loadCase(ctx context.Context, by parley.Actor, c demoCase) (parley.Engagement, error) {
	e, err := a.createEngagement(ctx, by, c.engagement)
	if err != nil {
		return e, err
	}
	var uploads []Upload
	for _, file := range c.files {
		data, err := fs.ReadFile(demoFiles, "demo/"+file[0])
		if err != nil {
			return e, err
		}
		uploads = append(uploads, Upload{Name: file[1], Body: bytes.NewReader(data)})
	}
	// Here and now, and by nobody else: the first page is to be full of life.
	here := func(context.Context, *store.Tx, store.ImportRef) error { return nil }
	imp, err := a.startImport(ctx, by, e.ID, uploads, here)
	if err != nil {
		return e, err
	}
	if err := a.workImport(ctx, store.ImportRef{Space: by.Space, ID: imp.ID}); err != nil {
		return e, err
	}
	if err := a.describe(ctx, by, e.ID, c.people); err != nil {
		return e, err
	}
	for _, concern := range c.concerns {
		if err := a.loadConcern(ctx, by, e.ID, concern); err != nil {
			return e, err
		}
	}
	for _, words := range c.dismissed {
		if f, ok, err := a.findingWith(ctx, by, e.ID, words); err != nil {
			return e, err
		} else if ok {
			if _, err := a.Dismiss(ctx, by, f.ID, f.Version); err != nil {
				return e, err
			}
		}
	}
	return a.Engagement(ctx, by, e.ID)
}

// describe says what is known about people.
func (a *App) describe(ctx context.Context, by parley.Actor, eng parley.EngagementID, people []parley.Stakeholder) error {
	list, err := a.Stakeholders(ctx, by, eng)
	if err != nil {
		return err
	}
	for _, s := range list {
		for _, known := range people {
			if s.Name != known.Name {
				continue
			}
			s.Title, s.Power, s.Stance, s.Skepticism = known.Title, known.Power, known.Stance, known.Skepticism
			if _, err := a.UpdateStakeholder(ctx, by, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// loadConcern opens a concern, lets its quotes join it, and moves it through its states.
func (a *App) loadConcern(ctx context.Context, by parley.Actor, eng parley.EngagementID, d demoConcern) error {
	d.labels.Resistance = true
	c, err := a.CreateConcern(ctx, by, eng, NewConcern{Title: d.title, Labels: d.labels})
	if err != nil {
		return err
	}
	for _, words := range d.quotes {
		f, ok, err := a.findingWith(ctx, by, eng, words)
		if err != nil {
			return err
		}
		if !ok { // another model may not see it
			continue
		}
		if f.Labels.Driver != d.labels.Driver {
			labels := f.Labels
			labels.Driver, labels.Perception, labels.Subject = d.labels.Driver, d.labels.Perception, d.labels.Subject
			if f, err = a.Correct(ctx, by, f.ID, f.Version, labels); err != nil {
				return err
			}
		}
		if _, err := a.Accept(ctx, by, f.ID, f.Version, Joining{Concern: c.ID}); err != nil {
			return err
		}
	}
	view, err := a.Concern(ctx, by, c.ID)
	if err != nil {
		return err
	}
	c = view.Concern
	for _, state := range d.states {
		outcome := parley.Outcome("")
		if state == parley.Settled {
			outcome = d.ended
		}
		if c, err = a.MoveConcern(ctx, by, c.ID, c.Version, state, outcome); err != nil {
			return err
		}
	}
	return nil
}

// findingWith returns the first open finding that has the words.
func (a *App) findingWith(ctx context.Context, by parley.Actor, eng parley.EngagementID, words string) (StoredFinding, bool, error) {
	page, err := a.Findings(ctx, by, eng, FindingFilter{State: parley.Open, Limit: limitMost})
	for _, f := range page.Findings {
		if strings.Contains(f.Text(), words) {
			return f, true, err
		}
	}
	return StoredFinding{}, false, err
}

// demoCases is the sample: an ERP roll-out that a plant's team resists, and a change of the advisers' own.
var demoCases = []demoCase{
	{
		engagement: parley.Engagement{
			Name: "Fair terms for small suppliers", Client: "Halden & Reyes", Kind: parley.InternalEngagement, Lang: parley.English, Starts: "2026-11-02",
			Sides: parley.Sides{Advisers: []string{"Tom Halden", "Inés Carrasco"}, Clients: []string{"Gregor Reyes", "Hanna Voss", "Samuel Okafor"}},
		},
		files: [][2]string{{"partners-chat.txt", "Partners’ chat.txt"}, {"fair-terms.eml", "fair-terms.eml"}},
		people: []parley.Stakeholder{
			{Name: "Gregor Reyes", Title: "partner", Power: 4, Stance: -1, Skepticism: 2}, {Name: "Hanna Voss", Title: "partner, finance", Power: 3, Stance: 0, Skepticism: 3},
			{Name: "Samuel Okafor", Title: "accounts payable", Power: 1, Stance: 0, Skepticism: 1},
		},
		concerns: []demoConcern{
			{
				title: "The attempt of 2019 left finance with two ledgers", labels: parley.Labels{Form: parley.Objection, Driver: parley.Experience, Perception: parley.Accurate, Subject: parley.Plan},
				quotes: []string{"We tried something like this in 2019"}, states: []parley.ConcernState{parley.PlayedBack, parley.Agreed},
			},
			{
				title: "The saving in the paper looks too good", labels: parley.Labels{Form: parley.Objection, Driver: parley.Value, Perception: parley.Skeptical, Subject: parley.Plan},
				quotes: []string{"I still doubt that the 40,000", "I do not see what we get out of it"}, states: []parley.ConcernState{parley.PlayedBack},
			},
			{
				title: "Accounts payable cannot add a payment run before January", labels: parley.Labels{Form: parley.Objection, Driver: parley.Capacity, Perception: parley.Accurate, Subject: parley.Plan},
				quotes: []string{"My team cannot take on another payment run"}, states: []parley.ConcernState{parley.PlayedBack, parley.Agreed, parley.Answered, parley.Settled}, ended: parley.Adapted,
			},
		},
	},
	{
		engagement: parley.Engagement{
			Name: "ERP roll-out, Basauri", Client: "Aceros Ibarra", Kind: parley.ClientEngagement, Lang: parley.Spanish, Starts: "2026-10-01", Ends: "2027-06-30",
			Sides: parley.Sides{
				Advisers: []string{"haldenreyes.example", "Inés Carrasco", "Tom Halden", "Carrasco"},
				Clients: []string{
					"ibarra.example", "Joseba Uriarte", "Nerea Zubiri", "Luc Fournier", "Iñaki Goitia", "Marta Etxeberria", "Amaia Lertxundi", "Peter Lindqvist", "Claire Besson",
					"Fournier", "Besson", "Morel",
				},
			},
		},
		files: [][2]string{
			{"basauri-mail.mbox", "basauri-mail.mbox"}, {"comite-saint-etienne.md", "Planification, Saint-Étienne.md"}, {"chat-planificacion.txt", "Chat de planificación.txt"},
			{"comite-planta.vtt", "Comité de planta, 18 de noviembre.vtt"},
		},
		people: []parley.Stakeholder{
			{Name: "Marta Etxeberria", Title: "plant manager", Power: 4, Stance: 1, Skepticism: 1}, {Name: "Peter Lindqvist", Title: "group IT", Power: 3, Stance: 1, Skepticism: 3},
			{Name: "Joseba Uriarte", Title: "shift lead, melt shop", Power: 2, Stance: -1, Skepticism: 3}, {Name: "Nerea Zubiri", Title: "warehouse lead", Power: 2, Stance: 0, Skepticism: 2},
			{Name: "Luc Fournier", Title: "planner, Saint-Étienne", Power: 2, Stance: -2, Skepticism: 4}, {Name: "Amaia Lertxundi", Title: "quality lead", Power: 2, Stance: -1, Skepticism: 2},
			{Name: "Iñaki Goitia", Title: "maintenance", Power: 1, Stance: 0, Skepticism: 2}, {Name: "Claire Besson", Title: "planner, Saint-Étienne", Power: 1, Stance: -1, Skepticism: 2},
		},
		concerns: []demoConcern{
			{
				title: "Uptime promises are worth nothing without someone to call", labels: parley.Labels{Form: parley.Objection, Driver: parley.Trust, Perception: parley.Skeptical, Subject: parley.Product},
				quotes: []string{"Every vendor says 99.9", "Who can I call that runs it in a steel plant"}, states: []parley.ConcernState{parley.PlayedBack, parley.Agreed, parley.Answered, parley.Settled}, ended: parley.Resolved,
			},
			{
				title: "Nobody can be spared for training in November", labels: parley.Labels{Form: parley.Noncompliance, Driver: parley.Capacity, Perception: parley.Accurate, Subject: parley.Plan},
				quotes: []string{"no puedo mandar a nadie", "no puedo dejar el almacén solo"}, states: []parley.ConcernState{parley.PlayedBack, parley.Agreed, parley.Answered},
			},
			{
				title: "The tool would plan in place of the planners", labels: parley.Labels{Form: parley.Objection, Driver: parley.Culture, Perception: parley.Incorrect, Subject: parley.Technology},
				quotes: []string{"votre outil va planifier à notre place", "craint que l’outil ne décide à la place"},
			},
			{
				title: "Quality sees no gain over its own sheets", labels: parley.Labels{Form: parley.Objection, Driver: parley.Value, Perception: parley.Incomplete, Subject: parley.Product},
				quotes: []string{"No veo qué gana calidad con esto", "no pienso dejar mis hojas"}, states: []parley.ConcernState{parley.PlayedBack},
			},
			{
				title: "The support line closes before the night shift starts", labels: parley.Labels{Form: parley.Objection, Driver: parley.Experience, Perception: parley.Accurate, Subject: parley.Company},
				quotes: []string{"so for a third of the day we would be on our own", "a las diez de la noche no coge nadie"}, states: []parley.ConcernState{parley.PlayedBack, parley.Agreed, parley.Settled, parley.Reopened}, ended: parley.Adapted,
			},
			{
				title: "The last change took four months, not two weeks", labels: parley.Labels{Form: parley.Objection, Driver: parley.Experience, Perception: parley.Accurate, Subject: parley.Plan},
				quotes: []string{"the last change took four months", "estuvimos cuatro meses apuntando todo en papel"}, states: []parley.ConcernState{parley.PlayedBack, parley.Agreed},
			},
		},
		dismissed: []string{"What is still missing is the interface"},
	},
}

package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"parley"
	"parley/internal/app"
	"parley/internal/web/i18n"
)

// maxUpload bounds the body of one import, in bytes; beyond maxInMemory it waits on disk.
const (
	maxUpload   = 2 << 30
	maxInMemory = 8 << 20
)

// An ImportFormView takes files and text.
type ImportFormView struct {
	LayoutView
	Text, Error string
	Past        []ImportRowView
}

// An ImportRowView is an import in a list.
type ImportRowView struct {
	Icon, Class, Name, Note, When, URL string
}

func importURL(i app.Import) string {
	return "/engagements/" + string(i.Engagement) + "/imports/" + string(i.ID)
}

func importRow(w *i18n.Words, i app.Import) ImportRowView {
	r := ImportRowView{Icon: "check", URL: importURL(i), When: w.When(i.Created), Name: importName(w, i)}
	switch i.State {
	case app.Done:
		r.Note = w.T("import.row_done", "n", i.New, "findings", w.T("count.passages", "n", i.Findings))
		switch {
		case i.Messages == 0:
			r.Icon, r.Class, r.Note = "flag", "they", w.T("import.file_empty")
		case i.New == 0:
			r.Icon, r.Note = "equal", w.T("import.row_known")
		}
	case app.Failed:
		r.Icon, r.Class, r.Note = "alert-triangle", "flag", w.T("import.failed")
	case app.Undone:
		r.Icon, r.Note = "arrow-back-up", w.T("import.row_undone")
	default:
		r.Icon, r.Note = "clock", w.T("import.row_running")
	}
	return r
}

// importName names an import by its files.
func importName(w *i18n.Words, i app.Import) string {
	switch len(i.Files) {
	case 0:
		return w.T("import.one")
	case 1:
		return fileName(w, i.Files[0].Name)
	}
	return w.T("import.name_more", "name", fileName(w, i.Files[0].Name), "n", len(i.Files)-1)
}

// pasted is the name of a file that holds pasted text.
const pasted = "pasted.txt"

func fileName(w *i18n.Words, name string) string {
	if name == pasted {
		return w.T("import.pasted")
	}
	return path.Base(name)
}

// An ImportView is what came of an import, so far.
type ImportView struct {
	LayoutView
	URL, Heading, Lead, Failed string
	Running, Over, MayUndo     bool
	Anew                       bool // it has come to its end since the page was made: its actions and the navigation say something else now
	AskFirst                   bool // nobody is known to be ours: what our side said is taken for theirs until that is known
	Bytes, Done                int64
	ToCheck                    int // passages, in the whole engagement
	Files                      []ImportFileView
	Unknown                    []SidePickView
}

// Asks reports whether the page asks who is ours.
func (v ImportView) Asks() bool { return len(v.Unknown) > 0 && v.MayEdit }

// An ImportFileView is one file of it.
type ImportFileView struct {
	Name, Note, Icon, Class, New string
	Running                      bool
	Bytes, Done                  int64
	SkippedText                  string
	Skipped                      []SkipView
}

// A SkipView is a part that was not read, and why.
type SkipView struct{ Place, Reason string }

// A SidePickView asks whom a person speaks for.
type SidePickView struct {
	Person PersonView
	Entry  string // what parley.Sides remembers them by; several stand on a line each
	Ours   string
}

// importView shows an import. Of those whose side is not known, who looks like one of ours is ticked.
func importView(w *i18n.Words, i app.Import, ours parley.Sides) ImportView {
	v := ImportView{URL: importURL(i), Over: i.Over(), Running: !i.Over(), Bytes: i.Bytes, Done: i.Done, MayUndo: i.State == app.Done || i.State == app.Failed}
	switch i.State {
	case app.Done:
		v.Heading = w.T("import.done", "n", i.New)
		switch {
		case i.Messages == 0:
			v.Heading, v.Lead = w.T("import.nothing"), w.T("import.nothing_lead")
		case i.Known == 0 && i.SkippedAll == 0:
			v.Lead = w.T("import.all_new")
		case i.Known == 0:
			v.Lead = sentence(w.T("import.skipped", "n", i.SkippedAll))
		case i.SkippedAll == 0:
			v.Lead = sentence(w.T("count.known", "n", i.Known))
		default:
			v.Lead = w.T("import.done_lead", "known", w.T("count.known", "n", i.Known), "skipped", w.T("count.skipped", "n", i.SkippedAll))
		}
	case app.Failed:
		v.Heading, v.Failed = w.T("import.stopped"), w.T("import.failed_text")
		if i.Error != "" {
			v.Failed = sentence(said(w, i.Error)) + " " + v.Failed
		}
		v.Lead = w.T("import.reading_lead", "n", i.Messages)
	case app.Undone:
		v.Heading, v.Lead = w.T("import.undone"), w.T("import.undone_lead")
	default:
		v.Heading, v.Lead = w.T("import.reading"), w.T("import.reading_lead", "n", i.Messages)
	}
	for _, f := range i.Files {
		v.Files = append(v.Files, importFile(w, i, f))
	}
	v.Unknown = sidePicks(w, i.Unknown, ours)
	return v
}

// sidePicks asks about people, once about who is there with an address and, as in a transcript, by name alone.
func sidePicks(w *i18n.Words, people []parley.Person, ours parley.Sides) []SidePickView {
	var list []SidePickView
	at := map[string][]int{} // by name, those with an address
	pick := func(p parley.Person) {
		person := PersonView{Name: p.String(), Us: ours.Of(p) == parley.AdviserSide}
		if p.Name != "" {
			person.Note = p.Address
		}
		list = append(list, SidePickView{Person: person, Entry: cmp.Or(p.Address, p.Name), Ours: w.T("sides.ours", "name", p.String())})
	}
	for _, p := range people {
		if p.Address != "" {
			at[strings.ToLower(p.Name)] = append(at[strings.ToLower(p.Name)], len(list))
			pick(p)
		}
	}
	for _, p := range people {
		same := at[strings.ToLower(p.Name)]
		switch {
		case p.Address != "":
		case len(same) == 1:
			list[same[0]].Entry += "\n" + p.Name
		default:
			pick(p)
		}
	}
	return list
}

func importFile(w *i18n.Words, i app.Import, f app.ImportFile) ImportFileView {
	v := ImportFileView{Name: fileName(w, f.Name), Bytes: f.Bytes, Done: f.Done, Icon: "check"}
	for _, s := range i.Skipped {
		if s.File == f.Name {
			v.Skipped = append(v.Skipped, SkipView{placeText(w, s.Place), sentence(skipText(w, s))})
		}
	}
	v.SkippedText = w.T("import.skipped", "n", f.Skipped)
	if f.Messages == 0 {
		v.SkippedText = w.T("count.skipped", "n", f.Skipped)
	}
	switch {
	case !f.Finished && i.Over():
		v.Icon, v.Note = "x", w.T("import.not_read")
	case !f.Finished && f.Done == 0:
		v.Icon, v.Note = "clock", w.T("import.waits", "size", w.Size(f.Bytes))
	case !f.Finished:
		v.Icon, v.Running = "clock", true
		v.Note = w.T("import.file_reading", "n", f.Messages, "done", w.Size(f.Done), "size", w.Size(f.Bytes))
	case f.Messages == 0:
		v.Icon, v.Class, v.Note = "flag", "they", w.T("import.file_empty")
	default:
		v.Note = w.T("import.file_done", "kind", w.T("source."+string(f.Kind)), "messages", w.T("count.messages", "n", f.Messages), "passages", w.T("count.passages", "n", f.Findings))
		v.New = w.T("count.new", "n", f.New)
		if f.New == 0 {
			v.Icon, v.Note = "equal", w.T("import.file_known", "n", f.Known)
		} else if f.Skipped > 0 {
			v.Icon, v.Class = "flag", "they"
		}
	}
	return v
}

// skipText says why a part was not read.
func skipText(w *i18n.Words, s app.Skip) string {
	if !slices.Contains(app.SkipCodes, s.Code) || s.Code == app.SkipCodes[0] {
		return w.T("flaw.other", "a", said(w, s.Reason))
	}
	args := append(slices.Clone(s.Args), "", "") // the text takes two at most
	return w.T("flaw."+s.Code, "a", shorten(args[0], 120), "b", shorten(args[1], 120))
}

// places are how a source names a place in it.
var places = []string{"line", "mail", "after_mail"}

// placeText names a place in a source: "line 12".
func placeText(w *i18n.Words, place string) string {
	kind, number, ok := strings.Cut(strings.Replace(place, "after mail", "after_mail", 1), " ")
	if !ok || !slices.Contains(places, kind) {
		return place
	}
	return w.T("place."+kind, "a", number)
}

// said returns a sentence of the program in the reader's language where that is known.
func said(w *i18n.Words, text string) string {
	if t, ok := w.Said(text); ok {
		return t
	}
	return text
}

// importForm serves GET /engagements/{id}/import.
func (s *Server) importForm(c *call) error { return c.importForm("", nil) }

func (c *call) importForm(text string, wrong error) error {
	id := parley.EngagementID(c.r.PathValue("id"))
	l, summary, err := c.engagementLayout(id, c.words.T("nav.import"), "import")
	if err != nil {
		return err
	}
	if err := c.by.MayEdit(summary.Engagement); err != nil {
		return err
	}
	v := ImportFormView{LayoutView: l, Text: text}
	past, err := c.s.app.Imports(c.ctx(), c.by, id)
	if err != nil {
		return err
	}
	for _, i := range past {
		v.Past = append(v.Past, importRow(c.words, i))
	}
	if wrong == nil {
		return c.show(http.StatusOK, ImportForm(v))
	}
	return reject(c, wrong, nil, func(general string, status int) error {
		v.Error = general
		return c.show(status, ImportForm(v))
	})
}

// startImport serves POST /engagements/{id}/import.
func (s *Server) startImport(c *call) error {
	c.r.Body = http.MaxBytesReader(c.w, c.r.Body, maxUpload)
	if err := c.r.ParseMultipartForm(maxInMemory); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return c.importForm("", &parley.Error{Code: parley.Invalid, Message: "that is more than 2 GB at once; send it in parts"})
		}
		return c.importForm("", &parley.Error{Code: parley.Invalid, Message: "the upload broke off; send it again", Err: err})
	}
	var files []app.Upload
	if m := c.r.MultipartForm; m != nil {
		defer func() { _ = m.RemoveAll() }() // what waits on disk; the system clears the rest
		for _, h := range m.File["file"] {
			f, err := h.Open()
			if err != nil {
				return err
			}
			defer f.Close()
			if h.Filename != "" {
				files = append(files, app.Upload{Name: h.Filename, Body: f})
			}
		}
	}
	text := c.r.FormValue("text")
	if strings.TrimSpace(text) != "" {
		files = append(files, app.Upload{Name: pasted, Body: strings.NewReader(strings.ReplaceAll(text, "\r\n", "\n"))})
	}
	if len(files) == 0 {
		return c.importForm(text, &parley.Error{Code: parley.Invalid, Message: "choose a file or paste some text first"})
	}
	i, err := s.app.StartImport(c.ctx(), c.by, parley.EngagementID(c.r.PathValue("id")), files)
	if err != nil {
		return c.importForm(text, err)
	}
	return c.to(importURL(i))
}

// importPage serves GET /engagements/{id}/imports/{import}.
func (s *Server) importPage(c *call) error {
	i, err := s.app.Import(c.ctx(), c.by, parley.ImportID(c.r.PathValue("import")))
	if err != nil {
		return err
	}
	v := importView(c.words, i, c.ours())
	l, summary, err := c.engagementLayout(i.Engagement, importName(c.words, i), "import", Link{c.words.T("nav.import"), "/engagements/" + string(i.Engagement) + "/import"})
	if err != nil {
		return err
	}
	v.LayoutView = l
	v.MayUndo = v.MayUndo && l.MayEdit
	v.ToCheck, v.AskFirst = summary.Counts.Open(), len(summary.Sides.Advisers) == 0
	v.Anew = v.Over && c.r.Header.Get("HX-Target") == "import"
	if v.Running {
		v.Reload = 3
	}
	return c.show(http.StatusOK, ImportPage(v))
}

// ours are the sides as the member who asks tells them: themselves, and whoever has an address beside theirs.
func (c *call) ours() parley.Sides {
	sides := parley.Sides{Advisers: []string{c.me.Name, c.me.Email}}
	if _, domain, ok := strings.Cut(c.me.Email, "@"); ok {
		sides.Advisers = append(sides.Advisers, domain)
	}
	return sides
}

// undoImport serves POST /engagements/{id}/imports/{import}/undo.
func (s *Server) undoImport(c *call) error {
	if err := s.app.UndoImport(c.ctx(), c.by, parley.ImportID(c.r.PathValue("import"))); err != nil {
		return err
	}
	c.tell(done{Key: "import_undone"})
	return c.to(strings.TrimSuffix(c.r.URL.Path, "/undo"))
}

// setSides serves POST /engagements/{id}/sides: of the people shown, those ticked are ours, the others theirs.
func (s *Server) setSides(c *call) error {
	id := parley.EngagementID(c.r.PathValue("id"))
	e, err := s.app.Engagement(c.ctx(), c.by, id)
	if err != nil {
		return err
	}
	if err := c.r.ParseForm(); err != nil {
		return &parley.Error{Code: parley.Invalid, Message: "the form did not arrive whole; send it again", Err: err}
	}
	sides := e.Sides
	ours := map[string]bool{}
	for _, p := range c.r.PostForm["ours"] {
		ours[p] = true
	}
	for _, p := range c.r.PostForm["person"] {
		side := parley.ClientSide
		if ours[p] {
			side = parley.AdviserSide
		}
		for entry := range strings.Lines(p) {
			sides = sides.With(strings.TrimSpace(entry), side)
		}
	}
	if err := s.app.SetSides(c.ctx(), c.by, id, sides); err != nil {
		return err
	}
	c.tell(done{Key: "sides"})
	return c.to(c.local("back", "/engagements/"+string(id)+"/heard"))
}

// rereading serves GET /engagements/{id}/rereading: the strip that says how much of an engagement was read again.
func (s *Server) rereading(c *call) error {
	id := parley.EngagementID(c.r.PathValue("id"))
	all, err := s.app.Engagements(c.ctx(), c.by)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(e app.EngagementSummary) bool { return e.ID == id })
	if i < 0 {
		return &parley.Error{Code: parley.NotFound, Message: "there is no such engagement"}
	}
	v := rereadOf(c.words, id, all[i].Counts.Reread)
	if v == nil { // the page that asked is to be shown anew
		v = &RereadView{Words: c.words, Page: "/engagements/" + string(id) + "/heard"}
		if at, err := url.Parse(c.r.Header.Get("HX-Current-URL")); err == nil && strings.HasPrefix(at.Path, "/") {
			v.Page = (&url.URL{Path: at.Path, RawQuery: at.RawQuery}).RequestURI()
		}
	}
	return c.show(http.StatusOK, Rereading(*v))
}

package web

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"parley"
	"parley/internal/app"
)

// A browser is a real one, with script.
type browser struct {
	*site
	ctx context.Context
}

// newBrowser starts Chromium.
func newBrowser(s *site) *browser {
	s.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		s.Skip("left out: the browser test, which needs Chromium; apt-get install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("disable-quic", true), chromedp.WindowSize(1440, 900))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	s.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	s.Cleanup(cancel)
	s.must(chromedp.Do(ctx)) // starts it; a deadline here would end it
	s.must(chromedp.Listen(ctx, func(event any) {
		if thrown, ok := event.(*runtime.EventExceptionThrown); ok {
			s.Errorf("a script failed: %s %s", thrown.ExceptionDetails.Text, thrown.ExceptionDetails.Exception.Description)
		}
	}))
	return &browser{site: s, ctx: ctx}
}

// patience is when a step that does not come to an end is given up, to say where. The slowest machine is quicker.
const patience = 5 * time.Minute

// do carries out steps, and says which of the test's lines was not met.
func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	for i, step := range steps {
		if err := chromedp.Do(ctx, step); err != nil {
			page, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("location.href + '\\n' + document.body.innerText"))
			b.Fatalf("step %d: %v, at %s", i, err, page)
		}
	}
}

// sees waits until an expression is true on the page. A page that goes while it is asked is asked again:
// the browser tells of no event that means what the expression says.
func (b *browser) sees(expression string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if seen, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")")); err == nil && seen {
			return
		}
		select {
		case <-ctx.Done():
			page, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("location.href + '\\n' + document.body.innerText"))
			b.Fatalf("%s is not so, at %s", expression, page)
		case <-tick.C:
		}
	}
}

// signIn signs in as the owner, and waits for the first page.
func (b *browser) signIn() {
	b.Helper()
	b.do(chromedp.Navigate(b.url+"/sign-in"), chromedp.WaitVisible("#f-email"), chromedp.SendKeys("#f-email", "ines@halden.example"), chromedp.SendKeys("#f-password", fixturePassword), chromedp.Click("form .btn.pri"))
	b.sees(`location.pathname === "/today"`)
}

// paste inserts a text where the cursor is, all at once.
func paste(text string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return chromedp.Void{}, err
	}
}

// says waits until the toast has a text.
func (b *browser) says(text string) {
	b.Helper()
	b.sees(`document.querySelector(".toast")?.innerText.includes("` + text + `")`)
}

// press presses keys once the page has its script.
func (b *browser) press(keys string) {
	b.Helper()
	b.sees(`document.readyState === "complete"`)
	b.do(chromedp.KeyEvent(keys))
}

// reread waits until what was said has been read again in the background.
func (b *browser) reread() {
	b.Helper()
	by := b.owner()
	for b.Context().Err() == nil {
		list, err := b.app.Engagements(b.Context(), by)
		b.must(err)
		if len(list) == 1 && list[0].Counts.Open() > 0 {
			return
		}
		time.Sleep(20 * time.Millisecond) // the app has no event for it
	}
}

// shot keeps a picture of the page if pictures are asked for.
func (b *browser) shot(name string) {
	b.Helper()
	if *shots == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	b.must(err)
	b.must(os.WriteFile(filepath.Join(*shots, "live-"+name+".png"), picture, 0o644))
}

const fixtureNotes = `Inés: The plan is to start in two steps, the warehouse on 12 April and planning on 7 June.
Joseba: Last time they promised us two weeks and we spent four months writing everything down on paper.
Tom: What would have to happen for it to be different this time?
Joseba: If nobody is here at night, we carry on with Excel, which at least works.
Nerea: And the training in November, with two people on sick leave I cannot send anybody.
Luc: Your tool will plan in our place, and nobody here was asked.
`

// TestWholeJob does in a browser what the app is for: set up, import, correct, accept, see the concern, undo,
// sign out. Most of it by keyboard, and the policy must never be violated.
func TestWholeJob(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := newBrowser(s)
	secret, err := s.app.SetupLink(t.Context())
	s.must(err)

	b.do(chromedp.Navigate(s.url+"/setup?secret="+secret), chromedp.WaitVisible("#f-workspace"))
	b.do(
		chromedp.SendKeys("#f-workspace", "Halden & Reyes"), chromedp.SendKeys("#f-name", "Inés Carrasco"), chromedp.SendKeys("#f-email", "ines@halden.example"),
		chromedp.SendKeys("#f-password", fixturePassword), chromedp.Click("form .btn.pri"),
	)
	b.sees(`location.pathname === "/today"`)
	b.shot("1-today")

	b.press("n")
	b.sees(`location.pathname === "/engagements/new" && document.activeElement.id === "f-name"`)
	b.do(chromedp.SendKeys("#f-name", "ERP roll-out, Basauri"), chromedp.SendKeys("#f-client", "Aceros Ibarra"), chromedp.Click("main form .btn.pri"))
	b.sees(`document.querySelector("h1")?.innerText === "ERP roll-out, Basauri"`)

	b.press("i")
	b.do(chromedp.WaitVisible("#paste"), chromedp.Focus("#paste"), paste(fixtureNotes))
	b.shot("2-import")
	b.do(chromedp.Click("main form .btn.pri"))
	b.sees(`document.querySelector("h1")?.innerText.includes("6 new messages")`)
	b.sees(`document.querySelector('.acts form[action$="/undo"]') && document.querySelector('.side a[href$="/heard"] .n')`) // by itself, too
	b.shot("3-imported")

	b.do(chromedp.Click(`input[name=ours][value="Tom"]`), chromedp.Click(`form[action$="/sides"] button`))
	b.says("Noted who is ours")

	b.reread()
	b.sees(`document.querySelector("#rereading") === null`) // it went by itself
	b.press("g")
	b.press("h")
	b.do(chromedp.WaitVisible(".verdict blockquote"))
	b.shot("4-heard")
	before, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.querySelector(".verdict blockquote").innerText`))
	s.must(err)

	b.press("e")
	b.sees(`document.querySelector("details.pick[open] button.opt") !== null`)
	b.shot("5-correct")
	b.press("6") // capacity
	b.says("Corrected")
	b.sees(`document.querySelector(".diag .d-capacity") !== null`)
	b.press("w")
	b.sees(`document.querySelector("details.why").open`)

	b.press("a")
	b.says("Opened")
	b.sees(`document.querySelector(".verdict blockquote") === null || document.querySelector(".verdict blockquote").innerText !== ` + quoted(before))
	b.shot("6-accepted")

	// Undone at once, before htmx settles: the toast's form stayed on the page, and undoes what it says now.
	_, err = chromedp.Run(b.ctx, chromedp.Evaluate[bool](`document.addEventListener("htmx:afterSwap", () => document.querySelector(".toast [data-key=z]").click(), { once: true }) === undefined`))
	s.must(err)
	b.press("x")
	b.says("Undone")

	b.press("x")
	b.says("not resistance")
	b.press("z")
	b.says("Undone")
	b.shot("7-undone")

	b.press("g")
	b.press("c")
	b.sees(`location.pathname.endsWith("/concerns") && document.querySelectorAll("tr[data-row]").length === 1`)
	b.shot("8-concerns")
	b.press("j")
	b.sees(`document.querySelector("tr[data-row][aria-selected=true]") !== null`)
	b.do(chromedp.KeyEvent("\r"))
	b.sees(`location.pathname.startsWith("/concerns/") && document.querySelector("figure.quote mark").innerText === ` + quoted(before))
	b.shot("9-concern")
	b.do(chromedp.Click(`.acts button[name=state]`))
	b.says("Played back")
	b.press("z")
	b.says("Now: Heard.")

	b.do(chromedp.Click(`.side form[action="/sign-out"] button`))
	b.sees(`location.pathname === "/sign-in"`)
	b.do(chromedp.Navigate(s.url + "/today"))
	b.sees(`location.pathname === "/sign-in"`)
	if n := s.violations.Load(); n > 0 {
		t.Errorf("the policy was violated %d times", n)
	}
}

func quoted(s string) string { return "`" + strings.TrimSpace(s) + "`" }

// TestKeysInAFormOfAMenu changes a person's side with the arrow keys, which a menu of answers has another use for.
func TestKeysInAFormOfAMenu(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := newWorked(s)
	b := newBrowser(s)
	b.signIn()
	b.do(chromedp.Navigate(s.url+"/engagements/"+string(w.engagement)+"/people"), chromedp.WaitVisible(".people .pick summary"))
	b.do(chromedp.Click(".people .pick summary"), chromedp.WaitVisible(".people .pick[open] select"), chromedp.Focus(".people .pick[open] select"))
	b.sees(`(window.side = document.querySelector(".people .pick[open] select")).selectedIndex === 1`)
	b.press(kb.ArrowDown)
	b.sees(`document.activeElement === side && side.selectedIndex === 2`)
	b.press(kb.ArrowUp)
	b.sees(`document.activeElement === side && side.selectedIndex === 1`)
	b.press(kb.Escape)
	b.sees(`document.activeElement.matches("summary") && !document.querySelector(".people .pick[open]")`)
}

// TestKeysSwitchedOff chooses to have no single keys: they do nothing then, and the palette still opens.
func TestKeysSwitchedOff(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	newWorked(s)
	b := newBrowser(s)
	b.signIn()
	b.press("?")
	b.sees(`document.querySelector("#keys").matches(":popover-open")`)
	b.do(chromedp.Navigate(s.url+"/settings"), chromedp.WaitVisible("#f-keys"), chromedp.SetValue("#f-keys", "off"), chromedp.Click(`form[action="/settings"] .btn`))
	b.sees(`document.documentElement.dataset.keys === "off" && document.querySelector(".toast")`)
	b.press("?")
	b.do(chromedp.KeyEvent("k", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	b.sees(`document.querySelector("#palette").matches(":popover-open") && !document.querySelector("#keys").matches(":popover-open")`)
	b.do(chromedp.KeyEvent("x" + kb.Escape))
	b.sees(`!document.querySelector("#palette").matches(":popover-open")`)
}

// TestNextPassageShowsNothingOfTheLast goes on while the text, the field of a title and a button have the focus: none of
// them keeps what it said of the passage before.
func TestNextPassageShowsNothingOfTheLast(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := newWorked(s)
	i, err := s.app.StartImport(t.Context(), w.owner, w.engagement, []app.Upload{{Name: "call.txt", Body: strings.NewReader("Joseba: It is far too expensive for us.\nNerea: We have no time for a training.\nLuc: I do not believe your figures.\nJoseba: Nobody asked the night shift.\n")}})
	s.must(err)
	s.read(w.owner, i.ID)
	b := newBrowser(s)
	b.signIn()
	b.do(chromedp.Navigate(s.url+"/engagements/"+string(w.engagement)+"/conversations"), chromedp.Click("main a[href]:nth-of-type(1)"), chromedp.WaitVisible(".verdict blockquote"))

	b.do(chromedp.Click(".script h1"))
	b.sees(`document.activeElement.id === "main" && document.querySelector(".verdict .chip").innerText === "Passage 1"`)
	b.press("j")
	b.sees(`document.querySelector(".verdict .chip").innerText === "Passage 2"`)
	b.press("k")
	b.sees(`document.querySelector(".verdict .chip").innerText === "Passage 1"`)

	title := `document.querySelector(".verdict input[name=title]")`
	b.press("n")
	b.sees(`document.activeElement === ` + title)
	b.do(chromedp.KeyEvent("Nobody was asked\r"))
	b.says("Opened")
	b.sees(`document.querySelector(".verdict .chip").innerText === "Passage 2" && ` + title + `.value === ` + title + `.defaultValue`)

	b.sees(`window.before = ` + title + `.id`)
	b.do(chromedp.Focus(".verdict [data-key=a]"))
	b.press("\r")
	b.sees(title + `.id !== before`)
	b.sees(`(button => button.innerText.includes(button.form.id === "joining" ? "Accept and join" : "Accept as a new concern"))(document.querySelector(".verdict [data-key=a]"))`)
}

// TestThePageKeepsUp: a menu closes behind whoever goes on, the next passage comes into view, a form that was refused leaves the address of its
// page, and what was settled is unsettled by a key.
func TestThePageKeepsUp(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := newWorked(s)
	talk := "Joseba: It is far too expensive for us.\n" + strings.Repeat("Tom: Good morning, the agenda is on the wall.\n", 30) + "Nerea: I do not believe your figures, it is a waste of money.\n"
	i, err := s.app.StartImport(t.Context(), w.owner, w.engagement, []app.Upload{{Name: "call.txt", Body: strings.NewReader(talk)}})
	s.must(err)
	s.read(w.owner, i.ID)
	b := newBrowser(s)
	b.signIn()
	b.sees(`document.readyState === "complete"`)

	b.do(chromedp.KeyEvent("k", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	b.sees(`document.querySelector("#palette").matches(":popover-open")`)
	b.do(chromedp.KeyEvent("sett\r"))
	b.sees(`location.pathname === "/settings" && !document.querySelector("#palette").matches(":popover-open")`)

	b.do(chromedp.SendKeys(`input[name=old]`, "not this one"), chromedp.SendKeys(`input[name=password]`, "horse battery staple"), chromedp.Click(`form[action="/settings/password"] .btn`))
	b.sees(`document.querySelector('form[action="/settings/password"] [aria-invalid], form[action="/settings/password"] .wrong, main [role=alert]')`)
	b.sees(`location.pathname === "/settings"`)

	page, err := s.app.Findings(t.Context(), w.owner, w.engagement, app.FindingFilter{State: parley.Open})
	s.must(err)
	of := slices.IndexFunc(page.Findings, func(f app.StoredFinding) bool { return f.Message.Source == "call.txt" })
	b.do(chromedp.Navigate(s.url+"/conversations/"+string(page.Findings[of].Conversation)), chromedp.WaitVisible(".verdict blockquote"))
	b.press("x")
	b.says("not resistance")
	b.sees(`(at => at.top >= 0 && at.bottom <= innerHeight)(document.querySelector("mark.on").getBoundingClientRect()) && document.querySelector("mark.on").innerText.includes("figures")`)

	b.do(chromedp.Navigate(s.url+"/concerns/"+string(w.concern)), chromedp.WaitVisible("#outcome"), chromedp.SetValue("#outcome", "adapted"), chromedp.Click(".settle .btn"))
	b.says("Now:")
	b.sees(`document.querySelector("#outcome") === null`)
	b.press("z")
	b.sees(`document.querySelector("#outcome")`)
}

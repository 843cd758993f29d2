package web

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"parley"
	"parley/internal/app"
)

// canteen is a conversation in which Parley hears nothing.
const canteen = "Tom: The menu of the canteen is on the wall.\nNerea: The canteen is closed on Friday. It opens again on Monday.\n"

// quiet imports canteen, and returns the address of the conversation.
func (w *worked) quiet() string {
	w.Helper()
	i, err := w.app.StartImport(w.Context(), w.owner, w.engagement, []app.Upload{{Name: "canteen.txt", Body: strings.NewReader(canteen)}})
	w.must(err)
	w.read(w.owner, i.ID)
	list, err := w.app.Conversations(w.Context(), w.owner, w.engagement, "")
	w.must(err)
	for _, c := range list.Conversations {
		if c.Title == "canteen" && c.Findings == 0 {
			return "/conversations/" + string(c.ID)
		}
	}
	w.Fatal("nothing is quiet in the canteen")
	return ""
}

// TestMarkWithoutScript marks a sentence that Parley missed, puts it into a concern, and takes the mark back.
func TestMarkWithoutScript(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := newWorked(s)
	conversation := w.quiet()
	if _, body := s.as("vera@halden.example").get(conversation); strings.Contains(body, "markit") || strings.Contains(body, "data-mark") {
		t.Error("who may only read is offered to mark")
	}
	v := s.as("tom@halden.example")
	_, body := v.get(conversation)
	link := func(class string) string {
		m := regexp.MustCompile(`class="`+class+`" href="([^"]*)"`).FindAllStringSubmatch(body, -1)
		if len(m) != 1 {
			t.Fatalf("%d links %q, want one", len(m), class)
		}
		address, _, _ := strings.Cut(html.UnescapeString(m[0][1]), "#")
		return address
	}
	_, body = v.get(link("markit")) // of Tom's turn there is none: he is ours
	if !strings.Contains(body, `id="here" tabindex="-1">The canteen is closed on Friday.</mark>`) {
		t.Errorf("the first sentence is not chosen:\n%s", body)
	}
	_, body = v.get(link("sent"))
	if !strings.Contains(body, `id="here" tabindex="-1">It opens again on Monday.</mark>`) || strings.Count(body, " checked") != 4 {
		t.Errorf("the other sentence is not chosen, or not four guesses:\n%s", body)
	}
	f := formOf(t, body, "/mark", "start", "end")
	f.values.Set("label_driver", "trust")
	f.values.Set("label_form", "")
	passage := v.leads(f.action, f.values, conversation+"?at=fin_")
	_, body = v.get(passage)
	for _, want := range []string{"Marked. Parley learns from it.", "Marked by Tom Halden", "Take the mark back", "marked by hand", "Trust", "Not yet known"} {
		if !strings.Contains(body, want) {
			t.Errorf("the passage does not say %q", want)
		}
	}
	if strings.Contains(body, ">.00<") {
		t.Error("what a person said of it has a probability")
	}
	undo := formOf(t, body, "/withdraw", "version")
	join := formOf(t, body, "/accept", "new")
	join.values.Set("title", "The canteen")
	v.leads(join.action, join.values, "/")
	_, body = v.get("/engagements/" + string(w.engagement) + "/concerns?q=canteen")
	con := regexp.MustCompile(`/concerns/con_[0-9a-z]+`).FindString(body)
	if _, body = v.get(con); !strings.Contains(body, "It opens again on Monday.</mark>") || !strings.Contains(body, "Marked by Tom Halden") {
		t.Errorf("the concern does not have the quote, and who marked it")
	}
	if r, _ := v.post(undo.action, undo.values); r.StatusCode != 409 {
		t.Errorf("a mark is taken back with a stale version: %s", r.Status)
	}
	_, body = v.get(passage)
	reopen := formOf(t, body, "/reopen", "version")
	_, body = v.get(v.leads(reopen.action, reopen.values, conversation))
	if !strings.Contains(body, "It stays marked") {
		t.Error("out of the concern, nothing says that it stays marked")
	}
	undo = formOf(t, body, "/withdraw", "version")
	_, body = v.get(v.leads(undo.action, undo.values, conversation+"?mark=msg_"))
	if !strings.Contains(body, "The mark was taken back.") || strings.Contains(body, "fin_") {
		t.Error("taken back, the passage is still there, or nothing says so")
	}
	page, err := s.app.Findings(t.Context(), w.owner, w.engagement, app.FindingFilter{State: parley.Accepted})
	s.must(err)
	if len(page.Findings) != 0 {
		t.Errorf("there are still %+v", page.Findings)
	}
}

// TestMarkBeginsWithASentenceThatSaysSomething asks where M begins, and where the link of each turn does.
func TestMarkBeginsWithASentenceThatSaysSomething(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := newWorked(s)
	const talk = "Tom: Good morning to all of you in the canteen. The menu of the week is on the wall.\n" +
		"Nerea: Good morning everybody! Thank you, Tom. Hi - to - all. The canteen is closed on Friday. It opens again on Monday.\n" +
		"Nerea: ¡Muchas gracias por el aviso!\n" +
		"Nerea: Merci à vous. Le four est froid le lundi. Merci encore !\n"
	i, err := w.app.StartImport(t.Context(), w.owner, w.engagement, []app.Upload{{Name: "menu.txt", Body: strings.NewReader(talk)}})
	s.must(err)
	w.read(w.owner, i.ID)
	list, err := w.app.Conversations(t.Context(), w.owner, w.engagement, "")
	s.must(err)
	k := slices.IndexFunc(list.Conversations, func(c app.ConversationSummary) bool { return c.Title == "menu" })
	conversation := "/conversations/" + string(list.Conversations[k].ID)
	v := s.as("tom@halden.example")
	_, body := v.get(conversation)
	begins := func(link string) string {
		address, _, _ := strings.Cut(html.UnescapeString(link), "#")
		_, marking := v.get(address)
		m := regexp.MustCompile(`id="here" tabindex="-1">([^<]*)</mark>`).FindStringSubmatch(marking)
		if m == nil {
			t.Fatalf("nothing is chosen at %s", address)
		}
		return html.UnescapeString(m[1])
	}
	const key = `href="([^"]*)"[^>]* data-key="m"`
	var got []string
	links := append(submatches(key, body), submatches(`class="markit" href="([^"]*)"`, body)...)
	for _, link := range links {
		got = append(got, begins(link))
	}
	want := []string{"The canteen is closed on Friday.", "The canteen is closed on Friday.", "¡Muchas gracias por el aviso!", "Le four est froid le lundi."}
	if !slices.Equal(got, want) {
		t.Errorf("M and the links of turns begin with %q, want %q", got, want)
	}

	last, _, _ := strings.Cut(html.UnescapeString(links[len(links)-1]), "#")
	_, body = v.get(last)
	form := formOf(t, body, "/mark", "start", "end")
	_, body = v.get(v.leads(form.action, form.values, conversation+"?at=fin_"))
	if got := begins(submatches(key, body)[0]); got != want[0] {
		t.Errorf("where only thanks are left, M begins with %q, want %q", got, want[0])
	}
}

// submatches returns what the group of a pattern matches, each time.
func submatches(pattern, body string) (list []string) {
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(body, -1) {
		list = append(list, m[1])
	}
	return list
}

// TestMarkTakesNothingForAPlace sends places that are no numbers, or none that any message has.
func TestMarkTakesNothingForAPlace(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := newWorked(s)
	conversation := w.quiet()
	page, err := s.app.Conversation(t.Context(), w.owner, parley.ConversationID(strings.TrimPrefix(conversation, "/conversations/")), "")
	s.must(err)
	v := s.as("tom@halden.example")
	for _, place := range [][2]string{{"", "10"}, {"x", "10"}, {"0", ""}, {"0", "99999999999999999999"}, {"-99999999999999999999", "10"}, {"0x0", "10"}, {"3", "3"}} {
		r, _ := v.post("/messages/"+string(page.Messages[1].ID)+"/mark", url.Values{"start": {place[0]}, "end": {place[1]}})
		if r.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("from %q to %q: %s", place[0], place[1], r.Status)
		}
	}
}

// TestMarkByKeyboardAndByClick marks one sentence with M, J and A, takes it back with Z, and marks another with a click.
func TestMarkByKeyboardAndByClick(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := newBrowser(s)
	w := newWorked(s)
	conversation := w.quiet()
	b.do(chromedp.Navigate(s.url+"/sign-in"), chromedp.SendKeys("#f-email", "tom@halden.example"), chromedp.SendKeys("#f-password", fixturePassword), chromedp.Click("form .btn.pri"))
	b.sees(`location.pathname === "/today"`)
	b.do(chromedp.Navigate(s.url+conversation), chromedp.WaitVisible(".turn"))
	b.press("m")
	b.sees(`document.querySelector("#here")?.innerText.includes("closed on Friday")`)
	b.press("j")
	b.sees(`document.querySelector("#here")?.innerText.includes("opens again")`)
	b.do(chromedp.Click(`.asks label:has(input[name=label_driver][value=trust])`))
	b.shot("mark")
	b.press("a")
	b.says("Marked. Parley learns from it.")
	b.sees(`document.querySelector(".verdict .hand")?.innerText.includes("Marked by Tom Halden")`)
	b.sees(`document.querySelector(".diag .d-trust") !== null`)
	b.shot("marked")
	b.press("z")
	b.says("The mark was taken back.")
	b.sees(`document.querySelector("#here")?.innerText.includes("opens again")`)
	b.press("\x1b")
	b.sees(`document.querySelector("#here") === null && document.querySelector("#marking") === null`)
	b.do(chromedp.Click(`.turn:not(.us) .sent[data-mark]`))
	b.sees(`document.querySelector("#here")?.innerText.includes("closed on Friday")`)
	b.press("a")
	b.says("Marked. Parley learns from it.")
	if n := s.violations.Load(); n > 0 {
		t.Errorf("the policy was violated %d times", n)
	}
}

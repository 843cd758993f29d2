package web

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"golang.org/x/net/html"

	"parley"
	"parley/internal/store"
)

// reading is what findings give as their reasons.
type reading = store.Reading

// missingText is a key that the catalogue has no text for.
var missingText = regexp.MustCompile(`^\s*[a-z_]+(\.[a-z_]+)+\s*$`)

var shots = flag.String("shots", "", "keep pictures of all pages in this folder")

// TestPages renders every page in every language and looks for what no page may have: an unknown text,
// two headings of the first rank, an inline style or script, an id that stands twice, a picture without a word.
func TestPages(t *testing.T) {
	t.Parallel()
	for _, lang := range parley.Langs {
		for name, page := range fixturePages(lang) {
			var b bytes.Buffer
			if err := page.Render(t.Context(), &b); err != nil {
				t.Fatal(name, err)
			}
			doc, err := html.Parse(&b)
			if err != nil {
				t.Fatal(name, err)
			}
			where := string(lang) + " " + name
			headings, ids := 0, map[string]bool{}
			for n := range doc.Descendants() {
				if n.Type == html.TextNode && missingText.MatchString(n.Data) {
					t.Errorf("%s: a text is missing: %q", where, n.Data)
				}
				if n.Type != html.ElementNode {
					continue
				}
				attr := map[string]string{}
				for _, a := range n.Attr {
					attr[a.Key] = a.Val
				}
				if n.Data == "h1" {
					headings++
				}
				if id := attr["id"]; id != "" {
					if ids[id] {
						t.Errorf("%s: the id %s stands twice", where, id)
					}
					ids[id] = true
				}
				if _, ok := attr["style"]; ok || n.Data == "style" || n.Data == "script" && attr["src"] == "" {
					t.Errorf("%s: <%s> is inline, which the policy forbids", where, n.Data)
				}
				for key := range attr {
					if strings.HasPrefix(key, "on") || strings.HasPrefix(key, "hx-on") {
						t.Errorf("%s: %s is script, which the policy forbids", where, key)
					}
				}
				if n.Data == "svg" && attr["aria-hidden"] == "" && (attr["role"] != "img" || attr["aria-label"] == "") {
					t.Errorf("%s: a figure has no words", where)
				}
			}
			if headings != 1 {
				t.Errorf("%s: %d headings of the first rank", where, headings)
			}
		}
	}
}

// TestKeySheetHasEveryKey looks for a key that does something on a page and is not told where keys are.
func TestKeySheetHasEveryKey(t *testing.T) {
	t.Parallel()
	told := map[string]bool{}
	for _, g := range fixtureLayout(fixtureWords(parley.English), "heard", "").KeyGroups() {
		for _, k := range g.Keys {
			if len(k.Keys) == 2 && k.Keys[0] == "J" { // either of them
				told["j"], told["k"] = true, true
			}
			told[strings.ToLower(strings.Join(k.Keys, " "))] = true
		}
	}
	signs := map[string]string{"enter": "↵", "escape": "esc"}
	for name, page := range fixturePages(parley.English) {
		var b bytes.Buffer
		if err := page.Render(t.Context(), &b); err != nil {
			t.Fatal(name, err)
		}
		for _, m := range regexp.MustCompile(`data-key="([^"]+)"`).FindAllStringSubmatch(b.String(), -1) {
			if key := strings.ToLower(m[1]); !told[key] && !told[signs[key]] {
				t.Errorf("%s: %s does something that the sheet of keys does not tell", name, m[1])
			}
		}
	}
}

// fixtureServer serves the fixture pages at /{lang}/{page}?theme=….
func fixtureServer(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /static/{hash}/{name}", serveStatic)
	mux.HandleFunc("GET /{lang}/{page}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		var b bytes.Buffer
		if err := fixturePages(parley.Lang(r.PathValue("lang")))[r.PathValue("page")].Render(r.Context(), &b); err != nil {
			t.Error(err)
		}
		out := b.String()
		if theme := r.URL.Query().Get("theme"); theme != "" {
			out = strings.Replace(out, "<html", `<html data-theme="`+theme+`"`, 1)
		}
		_, _ = w.Write([]byte(out))
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }) // what pages ask for by themselves changes nothing
	server := httptest.NewServer(secured(mux))
	t.Cleanup(server.Close)
	return server
}

// A look is a way to see a page.
type look struct {
	lang, theme   string
	width, height int64
}

// looks are the ways in which pages are drawn and examined.
var looks = []look{{"en", "light", 1440, 900}, {"en", "dark", 1440, 900}, {"es", "light", 390, 844}, {"fr", "dark", 390, 844}}

// TestPagesInABrowser has Chromium draw every page, wide and narrow, light and dark: axe-core finds nothing
// that WCAG 2.2 AA or good practice forbids, and no page scrolls sideways. With -shots it keeps the pictures.
func TestPagesInABrowser(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	server := fixtureServer(t)
	b := newBrowser(&site{TB: t, url: server.URL})
	only := os.Getenv("SHOTS")
	for _, l := range looks {
		b.do(chromedp.EmulateViewport(l.width, l.height))
		for _, name := range slices.Sorted(maps.Keys(fixturePages(parley.English))) {
			if only != "" && !strings.Contains(only, name) {
				continue
			}
			where := fmt.Sprintf("%s %s %s %d", name, l.lang, l.theme, l.width)
			b.do(chromedp.Navigate(server.URL + "/" + l.lang + "/" + name + "?theme=" + l.theme))
			wide, err := chromedp.Run(b.ctx, chromedp.Evaluate[int64]("document.documentElement.scrollWidth"))
			b.must(err)
			if wide > l.width {
				t.Errorf("%s scrolls sideways: it is %d wide", where, wide)
			}
			if *shots != "" {
				picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
				b.must(err)
				b.must(os.WriteFile(filepath.Join(*shots, fmt.Sprintf("%s-%d-%s.png", name, l.width, l.theme)), picture, 0o644))
			}
			if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](string(axe)+"; true")); err != nil {
				t.Fatal(err)
			}
			found, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](runAxe, chromedp.EvalAwaitPromise))
			b.must(err)
			if found != "" {
				t.Errorf("%s:\n%s", where, found)
			}
		}
	}
}

// runAxe examines the page and tells each violation with the element that it is in.
const runAxe = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r =>
	r.violations.map(v => v.id + ": " + v.help + "\n" + v.nodes.slice(0, 3).map(n => "  " + n.html.slice(0, 200) + (n.any[0] ? " – " + n.any[0].message : "")).join("\n")).join("\n"))`

// TestViewerIsAskedForNothing: who may only read is not told that passages wait for a decision.
func TestViewerIsAskedForNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := newWorked(s)
	eng := "/engagements/" + string(w.engagement)
	for path, asks := range map[string]string{"/today": "to check</h3>", eng: "to check</h3>", eng + "/conversations": "Check the next passage"} {
		if _, body := s.as("tom@halden.example").get(path); !strings.Contains(body, asks) {
			t.Errorf("%s asks an adviser for nothing", path)
		}
		if _, body := s.as("vera@halden.example").get(path); strings.Contains(body, asks) {
			t.Errorf("%s asks a viewer to check passages", path)
		}
	}
	if _, body := s.as("vera@halden.example").get("/today"); !strings.Contains(body, "Nothing waits for you.") {
		t.Error("Today does not say to a viewer that nothing waits")
	}
}

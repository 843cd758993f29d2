package web

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"parley"
	"parley/internal/app"
)

// families are the texts whose key ends in a value: for each beginning, all that may follow.
var families = map[string][]string{
	"form.": values(parley.Forms), "form.means.": values(parley.Forms), "driver.": values(parley.Drivers), "driver.means.": values(parley.Drivers),
	"perception.": values(parley.Perceptions), "perception.means.": values(parley.Perceptions), "calls.": append(values(parley.Perceptions), "unknown"),
	"subject.": values(parley.Subjects), "subject.means.": values(parley.Subjects), "question.": {"form", "driver", "perception", "subject"},
	"state.": values(parley.ConcernStates), "outcome.": values(parley.Outcomes), "move.": values(parley.ConcernStates), "finding.": values(parley.FindingStates),
	"source.": append(values(parley.Kinds), ""), "part.": values(parley.PartKinds), "role.": values(parley.Roles), "scope.": values(parley.Scopes),
	"settings.": {"members", "tokens", "learning"}, "settings.keys_": {"on", "off"}, "kind.": values(parley.EngagementKinds), "kind.long.": values(parley.EngagementKinds), "side.": {"unknown", "client", "adviser"},
	"sort.": values(concernSorts), "group.": groupings, "flaw.": app.SkipCodes, "place.": places, "power.": {"0", "1", "2", "3", "4"}, "stance.": {"-2", "-1", "0", "1", "2"}, "theme.": {"system", "light", "dark"}, "toast.": toasts, "event.": eventNames(),
	"error.title.": values(parley.Codes), "error.text.": values(parley.Codes),
}

func eventNames() (names []string) {
	for name := range eventKinds {
		names = append(names, name)
	}
	return names
}

// A use is one call of T in the source.
type use struct {
	key    string // or, for a family, its beginning
	params []string
	family bool
	where  string
}

// uses finds all calls of T in the pages, generated code included.
func uses(t *testing.T) (list []use) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			if fn, ok := call.Fun.(*ast.SelectorExpr); !ok || fn.Sel.Name != "T" {
				return true
			}
			u := use{where: set.Position(call.Pos()).String()}
			switch arg := call.Args[0].(type) {
			case *ast.BasicLit:
				u.key, _ = strconv.Unquote(arg.Value)
			case *ast.BinaryExpr:
				begin, ok := arg.X.(*ast.BasicLit)
				if !ok {
					t.Errorf("%s: the key must begin with a literal", u.where)
					return true
				}
				u.key, _ = strconv.Unquote(begin.Value)
				u.family = true
			default:
				t.Errorf("%s: the key must be a literal, or begin with one", u.where)
				return true
			}
			for i := 1; i < len(call.Args); i += 2 {
				p, err := strconv.Unquote(call.Args[i].(*ast.BasicLit).Value)
				if err != nil {
					t.Errorf("%s: parameter %d has no literal name", u.where, i)
				}
				u.params = append(u.params, p)
			}
			list = append(list, u)
			return true
		})
	}
	return list
}

var inBraces = regexp.MustCompile(`\{([a-z]+)\}`)

// own are the texts that the catalogue's own package uses.
var own = []string{"number.", "size.", "date.", "month.", "longmonth.", "weekday.", "list."}

// TestEveryTextIsThereAndUsed holds the catalogue against the source: a text that a page asks for and that
// is missing, one that no page asks for, and one that is given other parameters than it takes.
func TestEveryTextIsThereAndUsed(t *testing.T) {
	t.Parallel()
	w := fixtureWords(parley.English)
	used := map[string]bool{}
	check := func(u use, key string) {
		used[key] = true
		if !w.Has(key) {
			t.Errorf("%s: there is no text %s", u.where, key)
			return
		}
		var takes []string
		for _, m := range inBraces.FindAllStringSubmatch(strings.Join(w.Forms(key), " "), -1) {
			takes = append(takes, m[1])
		}
		for _, p := range takes {
			if !slices.Contains(u.params, p) {
				t.Errorf("%s: %s takes {%s}, and is not given it", u.where, key, p)
			}
		}
		for _, p := range u.params {
			if !slices.Contains(takes, p) && p != "n" && !u.family { // n may decide the form alone
				t.Errorf("%s: %s is given %s, and does not take it", u.where, key, p)
			}
		}
	}
	for _, u := range uses(t) {
		if !u.family {
			check(u, u.key)
			continue
		}
		ends, ok := families[u.key]
		if !ok {
			t.Errorf("%s: %s is no family", u.where, u.key)
		}
		for _, end := range ends {
			check(u, u.key+end)
		}
	}
	for _, key := range w.Keys() {
		if !used[key] && !slices.ContainsFunc(own, func(p string) bool { return strings.HasPrefix(key, p) }) {
			t.Errorf("no page uses the text %s", key)
		}
	}
}

// TestIcons finds an icon that a page shows and the sprite lacks, and one that none shows.
func TestIcons(t *testing.T) {
	t.Parallel()
	var source bytes.Buffer
	files, err := filepath.Glob("*.*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, ".templ") || strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && !strings.HasSuffix(name, "_templ.go") {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			source.Write(data)
		}
	}
	embedded, _ := statics()
	sprite := string(embedded["icons.svg"].plain)
	var have []string
	for _, m := range regexp.MustCompile(`<symbol id="([^"]+)"`).FindAllStringSubmatch(sprite, -1) {
		have = append(have, m[1])
		if !strings.Contains(source.String(), strconv.Quote(m[1])) {
			t.Errorf("no page shows the icon %s", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`(?:Icon\(|Icon: +)"([^"]+)"`).FindAllStringSubmatch(source.String(), -1) {
		if !slices.Contains(have, m[1]) {
			t.Errorf("there is no icon %s", m[1])
		}
	}
	for _, icon := range labelIcons {
		if !slices.Contains(have, icon) {
			t.Errorf("there is no icon %s", icon)
		}
	}
}

// TestSaidInEveryLanguage holds the sentences of the program that are translated against its source: each
// must still be said somewhere, and be known in each language that is not English.
func TestSaidInEveryLanguage(t *testing.T) {
	t.Parallel()
	var source bytes.Buffer
	for _, pattern := range []string{"*.go", "../app/*.go", "../store/*.go", "../../*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			source.Write(data)
		}
	}
	es, fr := fixtureWords(parley.Spanish), fixtureWords(parley.French)
	for _, key := range es.Keys() {
		if said, ok := strings.CutPrefix(key, "said: "); ok {
			if !fr.Has(key) {
				t.Errorf("%q is known in Spanish and not in French", said)
			}
			if !strings.Contains(source.String(), strconv.Quote(said)) && !strings.HasPrefix(said, "there is no such ") {
				t.Errorf("%q is said nowhere", said)
			}
		}
	}
}

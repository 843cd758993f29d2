package parley_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestDependencies reads the import graph and fails on an arrow that points outwards: steps import the
// vocabulary and no other step, no edge, and nothing that reads files, the network or the clock for them;
// only app works with store and jobs (the command line opens the store and hands it over).
func TestDependencies(t *testing.T) {
	t.Parallel()
	allowed := map[string][]string{
		"parley":                        {"parley/internal/swar"},
		"parley/internal/swar":          {},
		"parley/listen":                 {"parley"},
		"parley/diagnose":               {"parley", "parley/diagnose/encode", "parley/diagnose/internal/rows", "parley/diagnose/internal/seal", "parley/diagnose/internal/vec", "parley/internal/swar"},
		"parley/diagnose/encode":        {"parley/diagnose/internal/seal", "parley/diagnose/internal/vec"},
		"parley/diagnose/internal/rows": {},
		"parley/diagnose/internal/seal": {},
		"parley/diagnose/internal/vec":  {},
		"parley/diagnose/train":         {"parley", "parley/diagnose", "parley/diagnose/encode", "parley/diagnose/internal/vec"},
		"parley/internal/store":         {"parley"},
		"parley/internal/llm":           {"parley"},
		"parley/internal/jobs":          {"parley", "parley/internal/store"},
		"parley/internal/app":           {"parley", "parley/listen", "parley/diagnose", "parley/diagnose/train", "parley/internal/store", "parley/internal/jobs"},
		"parley/internal/api":           {"parley", "parley/internal/app"},
		"parley/internal/web":           {"parley", "parley/diagnose", "parley/internal/app", "parley/internal/web/i18n"},
	}
	outside := map[string][]string{ // what the steps may use beside the standard library
		"parley":                        {},
		"parley/internal/swar":          {},
		"parley/listen":                 {"github.com/emersion/go-message", "golang.org/x/net/html", "golang.org/x/text"},
		"parley/diagnose":               {"github.com/clipperhouse/uax29"},
		"parley/diagnose/encode":        {"golang.org/x/text/unicode/norm"},
		"parley/diagnose/internal/rows": {"golang.org/x/sys/cpu"},
		"parley/diagnose/internal/seal": {},
		"parley/diagnose/internal/vec":  {"golang.org/x/sys/cpu", "gonum.org/v1/gonum/blas"},
		"parley/diagnose/train":         {},
	}
	for pkg := range allowed {
		out, err := exec.Command("go", "list", "-f", `{{join .Imports "\n"}}`, pkg).Output()
		if err != nil {
			t.Fatalf("go list %s: %v", pkg, err)
		}
		for imported := range strings.FieldsSeq(string(out)) {
			if _, isStep := outside[pkg]; !isStep && !(imported == "parley" || strings.HasPrefix(imported, "parley/")) {
				continue
			}
			own := imported == "parley" || strings.HasPrefix(imported, "parley/")
			switch {
			case own && !slices.Contains(allowed[pkg], imported):
				t.Errorf("%s imports %s", pkg, imported)
			case !own && strings.Contains(imported, ".") && !slices.ContainsFunc(outside[pkg], func(p string) bool { return strings.HasPrefix(imported, p) }):
				t.Errorf("%s imports %s", pkg, imported)
			case imported == "os" || imported == "net" || imported == "net/http" || imported == "log" || imported == "log/slog" || imported == "database/sql":
				t.Errorf("%s imports %s: a step does no I/O of its own", pkg, imported)
			}
		}
	}
}

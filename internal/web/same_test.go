package web

import (
	"strings"
	"testing"

	"parley"
	"parley/internal/app"
)

// TestSameReasonsWithoutScript says of one pair that it is not the same, and merges another.
func TestSameReasonsWithoutScript(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := newWorked(s)
	v := s.as("tom@halden.example")
	concern := func(title string) parley.Concern {
		c, err := s.app.CreateConcern(t.Context(), w.owner, w.engagement, app.NewConcern{Title: title})
		s.must(err)
		return c
	}
	base := "/engagements/" + string(w.engagement) + "/concerns"
	price := concern("It is far too expensive for us")
	concern("Es demasiado caro, no hay presupuesto")
	_, body := v.get(base)
	if !strings.Contains(body, "These two may be one reason") || !strings.Contains(body, "going by: ") || !strings.Contains(body, "caro") {
		t.Fatal("the register does not put the two forward with their words")
	}
	con := "/concerns/" + string(price.ID)
	if _, body = v.get(con); !strings.Contains(body, "These two may be one reason") {
		t.Error("the page of one of the two does not")
	}
	apart := formOf(t, body, "/apart")
	v.leads(apart.action, apart.values, con)
	if _, body = v.get(con); strings.Contains(body, "These two may be one reason") || !strings.Contains(body, "They stay two reasons.") {
		t.Error("they are put forward again, or nothing says that they are not")
	}

	concern("C’est trop cher, on n’a pas le budget")
	_, body = v.get(base)
	_, after, _ := strings.Cut(body, "These two may be one reason")
	merge := formOf(t, after, "/concerns/merge")
	v.leads(merge.action, merge.values, base)
	if _, body = v.get(base); !strings.Contains(body, "Merged into") {
		t.Error("nothing says that they were merged")
	}
}

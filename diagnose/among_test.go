package diagnose_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"parley"
	"parley/diagnose"
)

// ofOneProject is what people say of one project in three languages: of each reason three in a row.
var ofOneProject = []struct {
	lang parley.Lang
	text string
}{
	{parley.English, "The new robots are far too expensive for a warehouse of our size."},
	{parley.Spanish, "Los robots nuevos nos costarían una fortuna."},
	{parley.French, "Ces robots sont hors de prix pour notre entrepôt."},
	{parley.English, "The robots will cost half of us our jobs."},
	{parley.Spanish, "Con los robots van a despedir a medio almacén."},
	{parley.French, "Les robots vont supprimer nos emplois, voilà tout."},
	{parley.English, "Nobody on this shift has been trained to repair a robot."},
	{parley.Spanish, "Aquí nadie sabe arreglar un robot ni nos han formado."},
	{parley.French, "Personne n'est formé pour réparer ces robots."},
}

func sensesOf(t *testing.T) (list []diagnose.Sense) {
	t.Helper()
	for _, s := range ofOneProject {
		list = append(list, diagnose.SenseOf(s.text, s.lang))
	}
	return list
}

// TestAmongTellsReasonsApart: what is said for one reason is more alike than what is said for others, by more than it is alone.
func TestAmongTellsReasonsApart(t *testing.T) {
	t.Parallel()
	gap := func(list []diagnose.Sense) float64 {
		var same, other float64
		for i := range list {
			for j := range i {
				if like := list[i].Alike(list[j]); i/3 == j/3 {
					same += like / 9
				} else {
					other += like / 27
				}
			}
		}
		t.Logf("%.2f where the reason is the same, %.2f where it is another", same, other)
		return same - other
	}
	alone := sensesOf(t)
	if a, b := gap(alone), gap(diagnose.Among(alone)); b < a+0.1 {
		t.Errorf("the same reason is more alike than another by %.2f, alone by %.2f", b, a)
	}
}

// TestAmongHasNoOrder: where a sense stands does not depend on the order in which they are given, one that says nothing stays like none, and
// what is given is not changed.
func TestAmongHasNoOrder(t *testing.T) {
	t.Parallel()
	list := append(sensesOf(t), diagnose.Sense{})
	before := list[0].Alike(list[1])
	first := diagnose.Among(list)
	order := rand.New(rand.NewPCG(1, 2)).Perm(len(list))
	shuffled := make([]diagnose.Sense, len(list))
	for i, k := range order {
		shuffled[i] = list[k]
	}
	second := diagnose.Among(shuffled)
	for i := range second {
		for j := range i {
			if like, want := second[i].Alike(second[j]), first[order[i]].Alike(first[order[j]]); math.Abs(like-want) > 1e-4 {
				t.Errorf("%d and %d: alike by %v in another order, not by %v", order[i], order[j], like, want)
			}
			if none := len(list) - 1; (order[i] == none || order[j] == none) && second[i].Alike(second[j]) != 0 {
				t.Error("nothing is like something")
			}
		}
	}
	if list[0].Alike(list[1]) != before {
		t.Error("what was given has changed")
	}
}

// TestAmongFew: a sense alone stands where it did; of two that are the same nothing sets them apart.
func TestAmongFew(t *testing.T) {
	t.Parallel()
	price := sensesOf(t)[0]
	if got := diagnose.Among(nil); len(got) != 0 {
		t.Errorf("among none %v", got)
	}
	for n := 1; n <= 10_000; n *= 10 {
		list := make([]diagnose.Sense, n)
		for i := range list {
			list[i] = price
		}
		for _, s := range diagnose.Among(list)[:min(n, 10)] {
			if like := s.Alike(price); like < 0.999 {
				t.Fatalf("%d times the same: alike by %v", n, like)
			}
		}
	}
}

func TestJoint(t *testing.T) {
	t.Parallel()
	list := sensesOf(t)
	if like := diagnose.Joint(list[0]).Alike(list[0]); like < 0.9999 {
		t.Errorf("one alone is like itself by %v", like)
	}
	both := diagnose.Joint(diagnose.Sense{}, list[0], list[4])
	if a, b := both.Alike(list[0]), both.Alike(list[4]); math.Abs(a-b) > 1e-4 || a < 0.5 {
		t.Errorf("both are like the one by %v, the other by %v", a, b)
	}
	prix := diagnose.SenseOf("C'est trop cher.", parley.French)
	known := diagnose.Among([]diagnose.Sense{prix, diagnose.Joint(prix, diagnose.SenseOf("caro", "xx"))})
	apart := diagnose.Among([]diagnose.Sense{prix, diagnose.Joint(prix, diagnose.SenseOf("caro", parley.Spanish))})
	if known[0].Alike(known[1]) == apart[0].Alike(apart[1]) {
		t.Error("a text in no language is taken for one in Spanish")
	}
	if none := diagnose.Joint(diagnose.Sense{}); none.Alike(none) != 0 || diagnose.Joint().Alike(list[0]) != 0 {
		t.Error("nothing is like something")
	}
}

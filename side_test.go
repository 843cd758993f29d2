package parley_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley"
)

func TestWithMovesFromOneSideToTheOther(t *testing.T) {
	t.Parallel()
	s := parley.Sides{Advisers: []string{"Tom Baker", "x.example"}, Clients: []string{"Marta"}}
	moved := s.With("tom baker", parley.ClientSide).With("MARTA", parley.UnknownSide)
	if moved.Of(parley.Person{Name: "Tom Baker"}) != parley.ClientSide || len(moved.Advisers) != 1 || len(moved.Clients) != 1 || len(s.Advisers) != 2 || len(s.Clients) != 1 {
		t.Errorf("%+v became %+v", s, moved)
	}
}

func TestSidesOf(t *testing.T) {
	t.Parallel()
	sides := parley.Sides{
		Advisers: []string{"consult.example", "Priya Raman", "Whitlock", "guest@client.example"},
		Clients:  []string{"@client.example", "Tom Baker", "Mme Benali", "Priya", "ana@consult.example"},
	}
	tests := []struct {
		p    parley.Person
		want parley.Side
	}{
		{parley.Person{}, parley.UnknownSide},
		{parley.Person{Name: "Somebody Else"}, parley.UnknownSide},
		{parley.Person{Address: "x@consult.example"}, parley.AdviserSide},
		{parley.Person{Address: "X@Mail.Consult.Example"}, parley.AdviserSide},
		{parley.Person{Address: "x@notconsult.example"}, parley.UnknownSide},
		{parley.Person{Address: "x@client.example"}, parley.ClientSide},
		{parley.Person{Address: "guest@client.example"}, parley.AdviserSide},                     // an address before a domain
		{parley.Person{Address: "ana@consult.example"}, parley.ClientSide},                       // likewise
		{parley.Person{Name: "Tom Baker", Address: "t@consult.example"}, parley.AdviserSide},     // a domain before a name
		{parley.Person{Name: "Priya Raman", Address: "p@elsewhere.example"}, parley.AdviserSide}, // advisers before clients
		{parley.Person{Name: "priya raman"}, parley.AdviserSide},
		{parley.Person{Name: "Ms Raman"}, parley.AdviserSide},
		{parley.Person{Name: "Raman, Priya"}, parley.AdviserSide},
		{parley.Person{Name: "Mr. Tom Whitlock"}, parley.AdviserSide},
		{parley.Person{Name: "Tom"}, parley.ClientSide},
		{parley.Person{Name: "Baker"}, parley.ClientSide},
		{parley.Person{Name: "Fatima Benali"}, parley.ClientSide},
		{parley.Person{Name: "Tomas"}, parley.UnknownSide},
		{parley.Person{Name: "Tom Cole"}, parley.UnknownSide},
	}
	for _, tt := range tests {
		if got := sides.Of(tt.p); got != tt.want {
			t.Errorf("side of %+v is %q, want %q", tt.p, got, tt.want)
		}
	}
}

func TestSidesWithRemembersOnce(t *testing.T) {
	t.Parallel()
	var none parley.Sides
	got := none.With("Tom Baker", parley.ClientSide).With("tom baker", parley.ClientSide).With("x.example", parley.AdviserSide).
		With("nobody", parley.UnknownSide)
	want := parley.Sides{Advisers: []string{"x.example"}, Clients: []string{"Tom Baker"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(parley.Sides{}, none); diff != "" {
		t.Errorf("With changed its receiver: %s", diff)
	}
}

package parley

import (
	"slices"
	"strings"
)

// A Side is the party that a person speaks for.
type Side string

const (
	UnknownSide Side = ""
	AdviserSide Side = "adviser" // those who advise, propose or ask: ours
	ClientSide  Side = "client"  // those who are advised, in one's own organisation as well
)

// Sides remembers who speaks for which side. An entry is an address (anna@consult.example), a domain
// (consult.example or @consult.example), or a name. The zero value knows nobody.
type Sides struct {
	Advisers []string `json:"advisers,omitempty"`
	Clients  []string `json:"clients,omitempty"`
}

// Of returns the side of p. An address decides before a domain, a domain before a name, and advisers
// before clients. Of names, a single word matches the first or last word of the other; titles do not count.
func (s Sides) Of(p Person) Side {
	for _, match := range []func(entry string, p Person) bool{matchAddress, matchDomain, matchName} {
		if slices.ContainsFunc(s.Advisers, func(e string) bool { return match(e, p) }) {
			return AdviserSide
		}
		if slices.ContainsFunc(s.Clients, func(e string) bool { return match(e, p) }) {
			return ClientSide
		}
	}
	return UnknownSide
}

// With returns s with entry remembered for side, once and for no other; for UnknownSide, for none.
func (s Sides) With(entry string, side Side) Sides {
	same := func(e string) bool { return strings.EqualFold(e, entry) }
	put := func(list []string, here bool) []string {
		switch {
		case here && slices.ContainsFunc(list, same):
			return list
		case here:
			return append(slices.Clip(list), entry)
		case slices.ContainsFunc(list, same):
			return slices.DeleteFunc(slices.Clone(list), same)
		}
		return list
	}
	s.Advisers, s.Clients = put(s.Advisers, side == AdviserSide), put(s.Clients, side == ClientSide)
	return s
}

func matchAddress(entry string, p Person) bool {
	return p.Address != "" && strings.EqualFold(entry, p.Address)
}

func matchDomain(entry string, p Person) bool {
	_, domain, ok := strings.Cut(p.Address, "@")
	entry = strings.TrimPrefix(entry, "@")
	if !ok || strings.ContainsAny(entry, "@ ") || !strings.Contains(entry, ".") {
		return false
	}
	domain, entry = strings.ToLower(domain), strings.ToLower(entry)
	return domain == entry || strings.HasSuffix(domain, "."+entry)
}

// matchName reports whether entry and the name of p are the same words, or one of them is a single word
// that begins or ends the other: "Raman", "Priya" and "Ms Raman" are "Priya Raman".
func matchName(entry string, p Person) bool {
	want, name := nameWords(entry), nameWords(p.Name)
	if len(want) == 0 || len(name) == 0 {
		return false
	}
	if len(want) == 1 || len(name) == 1 {
		if len(want) > 1 {
			want, name = name, want
		}
		return want[0] == name[0] || want[0] == name[len(name)-1]
	}
	return slices.Equal(want, name)
}

// nameWords returns the lower-case words of a name less titles, "Baker, Tom" turned to tom baker.
func nameWords(name string) []string {
	if last, first, ok := strings.Cut(name, ","); ok {
		name = first + " " + last
	}
	words := strings.Fields(strings.ToLower(name))
	return slices.DeleteFunc(words, func(w string) bool {
		switch strings.TrimSuffix(w, ".") {
		case "mr", "mrs", "ms", "miss", "dr", "dra", "prof", "sr", "sra", "srta", "don", "doña", "m", "mme", "mlle", "monsieur", "madame", "señor", "señora":
			return true
		}
		return false
	})
}

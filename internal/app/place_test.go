package app_test

import (
	"testing"

	"parley/internal/app"
	"parley/internal/store/storetest"
)

func TestTheSameWordsElsewhereAreOthers(t *testing.T) {
	t.Parallel()
	w := open(t, storetest.SQLite(t))
	w.run()
	e := w.engagement()
	first := w.imported(e.ID, "monday.txt", "Anna Ruiz: Shall we begin on Monday?\nTom Baker: Yes.\nTom Baker: Yes.\nAnna Ruiz: Good.\n")
	second := w.imported(e.ID, "tuesday.txt", "Anna Ruiz: Did you get the mail?\nTom Baker: Yes.\nAnna Ruiz: Good.\n")
	if first.Known != 0 || second.Known != 0 || second.New != second.Messages {
		t.Errorf("the first meeting says %d new, %d known; the second %d new, %d known", first.New, first.Known, second.New, second.Known)
	}
	if again := w.imported(e.ID, "pasted.txt", "Anna Ruiz: Did you get the mail?\nTom Baker: Yes.\nAnna Ruiz: Good.\n"); again.New != 0 {
		t.Errorf("the second meeting under another name says %d new", again.New)
	}
	list, err := w.Conversations(t.Context(), w.owner, e.ID, "")
	must(t, err)
	if len(list.Conversations) != 2 {
		t.Errorf("there are %d conversations, want 2", len(list.Conversations))
	}
	w.whole()
}

func TestANameAloneIsTheOneWhoHasIt(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := open(t, storetest.SQLite(t))
	w.run()
	e := w.engagement()
	w.imported(e.ID, "meeting.vtt", meeting) // names first, then addresses
	people, err := w.Stakeholders(ctx, w.owner, e.ID)
	must(t, err)
	for _, s := range people {
		s.Title = "said so by hand"
		if s.Name == "Nerea Zubiri" {
			s.Name = "Nerea Z." // a person may call them otherwise
		}
		_, err := w.UpdateStakeholder(ctx, w.owner, s)
		must(t, err)
	}
	w.imported(e.ID, "thread.mbox", mails)
	w.imported(e.ID, "chat.txt", "[13/03/2026, 08:02:11] Nerea Zubiri: Good morning.\n[13/03/2026, 08:03:11] Tom Baker: Morning.\n")
	people, err = w.Stakeholders(ctx, w.owner, e.ID)
	must(t, err)
	var got []string
	for _, s := range people {
		got = append(got, s.Name+" "+s.Address+" "+s.Title)
	}
	same(t, "stakeholders", []string{
		"Anna Ruiz anna@halden.example said so by hand", "Marta Etxeberria marta@ibarra.example ", "Nerea Z.  said so by hand", "Tom Baker tom@ibarra.example said so by hand",
	}, got)
	page, err := w.Findings(ctx, w.owner, e.ID, app.FindingFilter{})
	must(t, err)
	for _, f := range page.Findings {
		if f.Message.Stakeholder == "" {
			t.Errorf("nobody says %q", f.Text())
		}
	}
}

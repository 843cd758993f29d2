package app_test

import (
	"fmt"
	"strings"
	"testing"

	"parley"
	"parley/internal/app"
	"parley/internal/store/storetest"
)

// long is a meeting of n turns in which every tenth resists.
func long(n int) string {
	var b strings.Builder
	for i := range n {
		if i%10 == 5 {
			fmt.Fprintf(&b, "Marta: We tried that in %d and it cost us four months, I do not believe that it will work.\n", 1500+i)
		} else {
			fmt.Fprintf(&b, "Marta: The next item, number %d, is the canteen.\n", i)
		}
	}
	return b.String()
}

func TestAConversationOpensAtAFinding(t *testing.T) {
	t.Parallel()
	storetest.EachDSN(t, func(t *testing.T, dsn string) {
		ctx := t.Context()
		w := open(t, dsn)
		stop := w.run()
		e := w.engagement()
		w.imported(e.ID, "long.txt", long(330))
		stop()
		list, err := w.Findings(ctx, w.owner, e.ID, app.FindingFilter{Limit: 200})
		must(t, err)
		findings := list.Findings
		if len(findings) < 30 {
			t.Fatalf("%d findings", len(findings))
		}
		for i, f := range findings {
			page, err := w.ConversationAt(ctx, w.owner, f.ID)
			must(t, err)
			at := holding(page, f.ID)
			if at < 0 || len(page.Messages) > 100 || page.Cursor != "" && at != 20 || page.Cursor == "" && page.Prev != "" {
				t.Fatalf("finding %d is message %d of %d, of the page at %q", i, at, len(page.Messages), page.Cursor)
			}
			again, err := w.Conversation(ctx, w.owner, f.Conversation, page.Cursor)
			must(t, err)
			same(t, "the page at its cursor", page, again)
			// What stands beside the page is what stands there in the list.
			first, last := i, i
			for first > 0 && holding(page, findings[first-1].ID) >= 0 {
				first--
			}
			for last+1 < len(findings) && holding(page, findings[last+1].ID) >= 0 {
				last++
			}
			var before, after parley.FindingID
			if first > 0 {
				before = findings[first-1].ID
			}
			if last+1 < len(findings) {
				after = findings[last+1].ID
			}
			if page.Before != before || page.After != after {
				t.Errorf("beside the page of finding %d stand %q and %q, want %q and %q", i, page.Before, page.After, before, after)
			}
		}
		// Back from the end to the start, and forth again, every message comes.
		page, err := w.ConversationAt(ctx, w.owner, findings[len(findings)-1].ID)
		must(t, err)
		seen := map[parley.MessageID]bool{}
		see := func() {
			for _, m := range page.Messages {
				seen[m.ID] = true
			}
		}
		for see(); page.Prev != ""; see() {
			page, err = w.Conversation(ctx, w.owner, page.Conversation.ID, page.Prev)
			must(t, err)
		}
		if len(seen) != 330 || page.Cursor != "" {
			t.Errorf("going back one sees %d messages, and ends at %q", len(seen), page.Cursor)
		}
		n := len(page.Messages)
		for page.Next != "" {
			page, err = w.Conversation(ctx, w.owner, page.Conversation.ID, page.Next)
			must(t, err)
			n += len(page.Messages)
		}
		if n != 330 {
			t.Errorf("going on one sees %d messages", n)
		}
	})
}

// holding returns which message of a page has a finding, -1 if none.
func holding(page app.ConversationPage, id parley.FindingID) int {
	for i, m := range page.Messages {
		for _, f := range m.Findings {
			if f.ID == id {
				return i
			}
		}
	}
	return -1
}

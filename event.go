package parley

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// An Event is one entry of the append-only history: who did what when. Each carries the hash of the one
// before it in its workspace, so that a changed or missing entry shows.
type Event struct {
	ID         EventID         `json:"id"`
	Space      WorkspaceID     `json:"-"`
	Seq        int64           `json:"seq"` // 1, 2, 3 … in the workspace
	Time       time.Time       `json:"time"`
	By         MemberID        `json:"by,omitempty"` // empty: Parley itself
	Kind       string          `json:"kind"`         // "finding.accepted", "concern.moved"
	Engagement EngagementID    `json:"engagement,omitempty"`
	Subject    string          `json:"subject,omitempty"` // id of what it is about
	Data       json.RawMessage `json:"data,omitempty"`    // what changed: ids and labels, no words of people
	Prev       string          `json:"prev"`              // Hash of the event before; of the first, ""
	Hash       string          `json:"hash"`
}

// Sum returns the hash that e must carry: SHA-256, in hex, over its other fields, each with its length
// before it so that no two events give the same bytes.
func (e Event) Sum() string {
	h := sha256.New()
	for _, field := range []string{
		string(e.ID), string(e.Space), strconv.FormatInt(e.Seq, 10), e.Time.UTC().Format("2006-01-02T15:04:05.000Z"), string(e.By), e.Kind,
		string(e.Engagement), e.Subject, string(e.Data), e.Prev,
	} {
		fmt.Fprintf(h, "%d:%s", len(field), field)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// After returns e as the entry after prev: with its number, its link and its hash. prev is the zero Event
// for the first.
func (e Event) After(prev Event) Event {
	e.Seq = prev.Seq + 1
	e.Prev = prev.Hash
	e.Hash = e.Sum()
	return e
}

// Follows returns an error that says what is wrong unless e is unchanged and follows prev.
func (e Event) Follows(prev Event) error {
	switch {
	case e.Hash != e.Sum():
		return fmt.Errorf("event %d (%s) was changed after it was written", e.Seq, e.ID)
	case e.Seq != prev.Seq+1:
		return fmt.Errorf("after event %d comes event %d: one is missing or twice there", prev.Seq, e.Seq)
	case e.Prev != prev.Hash:
		return fmt.Errorf("event %d (%s) does not follow from event %d", e.Seq, e.ID, prev.Seq)
	}
	return nil
}

package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"parley"
	"parley/internal/store"
)

// A keyed is a message with the key by which it is known again.
type keyed struct {
	parley.Message
	key string
}

// A keyer gives the messages of one file their keys, in order. A mail is known by its Message-ID. Anything
// else is known by what is said, by whom, when and in which recording; of equals in a file, by which of them
// it is. Where no time tells a "Yes." in one meeting from a "Yes." in another, the two messages before it do.
// The same file gives the same keys, whatever its name.
type keyer struct {
	seen   map[string]int
	before [2]string
}

func newKeyer() *keyer { return &keyer{seen: map[string]int{}} }

func (k *keyer) key(m parley.Message) string {
	if m.Kind == parley.Mail && m.ID != "" && !strings.HasPrefix(m.ID, "#") {
		return digest("id", string(m.Kind), m.ID)
	}
	said := digest("said", string(m.Kind), m.Speaker.Name, m.Speaker.Address, m.Time.UTC().Format(time.RFC3339Nano), m.Offset.String(), m.Topic, m.Text)
	key := said
	if m.Time.IsZero() {
		key = digest(said, k.before[0], k.before[1])
	}
	k.before = [2]string{k.before[1], said}
	k.seen[key]++
	if n := k.seen[key]; n > 1 {
		key = digest(key, fmt.Sprint(n))
	}
	return key
}

// digest returns 160 bits of the SHA-256 of fields, each with its length before it.
func digest(fields ...string) string {
	h := sha256.New()
	for _, f := range fields {
		fmt.Fprintf(h, "%d:%s", len(f), f)
	}
	return hex.EncodeToString(h.Sum(nil)[:20])
}

// sourceID returns a message's id in its source as it is kept: some have no end.
func sourceID(id string) string { return clean(id, 500) }

// A placer says which conversation each message of a file belongs to. Mails are by thread, across files and
// imports. All else in one file is one conversation, a chat one for each channel; where the file begins with
// messages that are known, it is theirs.
type placer struct {
	*importer
	file    int
	byTopic map[string]parley.ConversationID
}

// threads returns the names of the threads that a message may be in, the likeliest first.
func (p *placer) threads(m keyed) []string {
	if m.Kind != parley.Mail {
		return []string{fmt.Sprintf("%s/%d/%s", p.ref.ID, p.file, digest(topicOf(m.Message)))}
	}
	if strings.HasPrefix(m.ID, "#") || m.ID == "" {
		m.ID = m.key
	}
	threads := []string{"mail:" + sourceID(m.ID)}
	if m.ReplyTo != "" {
		threads = append(threads, "mail:"+sourceID(m.ReplyTo))
	}
	return threads
}

// topicOf returns the channel of a chat; elsewhere a topic is an agenda item or a question.
func topicOf(m parley.Message) string {
	if m.Kind == parley.Chat {
		return m.Topic
	}
	return ""
}

// A plan is what is to be stored of a chunk.
type plan struct {
	warm     []parley.Message
	messages []planned
	opened   map[parley.ConversationID]Conversation
	added    int
	found    int
}

// A planned is a message with its place and its findings. It is new unless known.
type planned struct {
	keyed
	conversation parley.ConversationID
	known        bool
	findings     []parley.Finding
}

// plan places the messages of a chunk.
func (p *placer) plan(there place, c chunk) *plan {
	out := &plan{opened: map[parley.ConversationID]Conversation{}}
	for _, m := range c.warm {
		out.warm = append(out.warm, inConversation(m.Message, p.conversation(there, out, m)))
	}
	for _, m := range c.messages {
		_, known := there.known[m.key]
		id := p.conversation(there, out, m)
		if !known {
			there.known[m.key] = id // the same mail again in this chunk
			out.added++
		}
		if m.Kind == parley.Mail && m.ID != "" {
			there.mails[sourceID(m.ID)] = id
		}
		out.messages = append(out.messages, planned{keyed: m, conversation: id, known: known})
	}
	return out
}

// conversation returns where a message belongs, and opens a conversation if there is none.
func (p *placer) conversation(there place, out *plan, m keyed) parley.ConversationID {
	topic := topicOf(m.Message)
	id := there.known[m.key]
	threads := p.threads(m)
	if m.Kind == parley.Mail {
		if id == "" && m.ReplyTo != "" {
			id = there.mails[sourceID(m.ReplyTo)]
		}
	} else {
		id = cmp.Or(id, p.byTopic[topic])
	}
	for _, t := range threads {
		id = cmp.Or(id, there.threads[t])
	}
	if id == "" {
		now := p.now()
		id = newID[parley.ConversationID](p.App, "cnv", now) // ids sort as they are made: conversations are listed as they were read
		thread := threads[len(threads)-1]
		out.opened[id] = Conversation{ID: id, Engagement: p.eng.ID, Thread: thread, Kind: m.Kind, Title: titleOf(m.Message), Source: m.Source, Created: now}
		there.threads[thread] = id
	}
	if m.Kind != parley.Mail {
		p.byTopic[topic] = id
	}
	return id
}

// titleOf returns what a conversation that begins with m is called.
func titleOf(m parley.Message) string {
	title := topicOf(m)
	if m.Kind == parley.Mail {
		title = withoutRe(m.Topic)
	}
	if title == "" {
		title = strings.TrimSuffix(m.Source, path.Ext(m.Source))
	}
	return clean(title, 500)
}

// withoutRe returns a subject line without what answering and forwarding put before it.
func withoutRe(subject string) string {
	for {
		subject = strings.TrimSpace(subject)
		head, rest, ok := strings.Cut(subject, ":")
		if !ok || !slices.Contains([]string{"re", "fw", "fwd", "rv", "tr", "aw", "wg", "ref"}, strings.ToLower(strings.TrimSpace(head))) {
			return subject
		}
		subject = rest
	}
}

// inConversation returns m as the reader is to see it: what was said before is what was said in the same
// conversation, from whichever file.
func inConversation(m parley.Message, id parley.ConversationID) parley.Message {
	m.Source = string(id)
	return m
}

// diagnose reads the i-th message. One that is known is only context.
func (p *plan) diagnose(w *importer, i int) {
	m := &p.messages[i]
	found := w.reader.Read(inConversation(m.Message, m.conversation))
	if !m.known {
		m.findings = found
		p.found += len(found)
	}
}

// save stores what is new, as part of tx.
func (p *plan) save(ctx context.Context, tx *store.Tx, w *importer) error {
	now := w.now()
	people, err := p.people(ctx, tx, w, now)
	if err != nil {
		return err
	}
	conversations, err := p.conversations(ctx, tx, w)
	if err != nil {
		return err
	}
	var messages []StoredMessage
	var findings []StoredFinding
	for _, m := range p.messages {
		if m.known {
			continue
		}
		c := conversations[m.conversation]
		stored := m.stored(w, *c, people, now)
		*c = c.Heard(stored.Speaker, stored.Time)
		messages = append(messages, stored)
		for _, f := range m.findings {
			findings = append(findings, storedFinding(w.App, stored, f, now))
		}
	}
	list := make([]Conversation, 0, len(conversations))
	for _, c := range conversations {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b Conversation) int { return strings.Compare(string(a.ID), string(b.ID)) })
	if err := tx.SaveConversations(ctx, w.ref.Space, list); err != nil {
		return err
	}
	if err := tx.CreateMessages(ctx, w.ref.Space, messages); err != nil {
		return err
	}
	return tx.CreateFindings(ctx, w.ref.Space, findings)
}

// people returns the stakeholders who speak, by speaker, and keeps those who are new.
func (p *plan) people(ctx context.Context, tx *store.Tx, w *importer, now time.Time) (map[parley.Person]parley.StakeholderID, error) {
	var speakers []parley.Person
	said := map[parley.Person]parley.Stakeholder{}
	for _, m := range p.messages {
		person := cleanPerson(m.Speaker)
		if m.known || store.PersonKey(person) == "" {
			continue
		}
		s, met := said[person]
		if !met {
			speakers = append(speakers, person)
			s = parley.Stakeholder{Space: w.ref.Space, Engagement: w.eng.ID, Name: person.Name, Address: strings.ToLower(person.Address), Title: clean(m.Role, 200), Side: m.Side}
		}
		if m.Lang != "" && !slices.Contains(s.Langs, m.Lang) {
			s.Langs = append(s.Langs, m.Lang)
		}
		said[person] = s
	}
	// Those with an address first: a name alone may be theirs.
	slices.SortStableFunc(speakers, func(a, b parley.Person) int {
		return cmp.Compare(min(1, len(b.Address)), min(1, len(a.Address)))
	})
	there, err := tx.StakeholdersLike(ctx, w.ref.Space, w.eng.ID, speakers)
	if err != nil {
		return nil, err
	}
	ids := map[parley.Person]parley.StakeholderID{}
	var added []parley.Stakeholder
	for _, speaker := range speakers {
		i, named := recognize(there, speaker)
		switch {
		case i < 0:
			s := said[speaker]
			s.ID = newID[parley.StakeholderID](w.App, "sta", now)
			there = append(there, store.Known{ID: s.ID, Person: store.PersonKey(speaker), Called: store.PersonKey(parley.Person{Name: s.Name}), Address: s.Address})
			added, i = append(added, s), len(there)-1
		case named && speaker.Address != "":
			there[i].Address = strings.ToLower(speaker.Address)
			there[i].Person = there[i].Address
			if err := tx.SetStakeholderAddress(ctx, w.ref.Space, there[i].ID, there[i].Address); err != nil {
				return nil, err
			}
		}
		ids[speaker] = there[i].ID
	}
	return ids, tx.CreateStakeholders(ctx, added)
}

// recognize returns which of the stakeholders a speaker is, -1 if none: the one who has their address, or,
// of a speaker without one, is known by the name alone; else, by name, the only one called so where one of
// the two has no address.
func recognize(there []store.Known, speaker parley.Person) (i int, named bool) {
	key := store.PersonKey(speaker)
	if i := slices.IndexFunc(there, func(k store.Known) bool { return k.Person == key }); i >= 0 {
		return i, false
	}
	name := store.PersonKey(parley.Person{Name: speaker.Name})
	i = -1
	for j, k := range there {
		if name == "" || k.Called != name || (k.Address != "") == (speaker.Address != "") {
			continue
		}
		if i >= 0 {
			return -1, false // which of the two?
		}
		i = j
	}
	return i, i >= 0
}

// cleanPerson returns a speaker as they are kept.
func cleanPerson(p parley.Person) parley.Person {
	return parley.Person{Name: clean(strings.TrimSpace(p.Name), 200), Address: clean(strings.TrimSpace(p.Address), 254)}
}

// conversations returns those that get new messages.
func (p *plan) conversations(ctx context.Context, tx *store.Tx, w *importer) (map[parley.ConversationID]*Conversation, error) {
	byID := map[parley.ConversationID]*Conversation{}
	var old []parley.ConversationID
	for _, m := range p.messages {
		if m.known || byID[m.conversation] != nil {
			continue
		}
		c, opened := p.opened[m.conversation]
		byID[m.conversation] = &c
		if !opened {
			old = append(old, m.conversation)
		}
	}
	list, err := tx.ConversationsByID(ctx, w.ref.Space, old)
	for _, c := range list {
		byID[c.ID] = &c
	}
	return byID, err
}

// stored returns a new message as it is kept, the next of c.
func (m planned) stored(w *importer, c Conversation, people map[parley.Person]parley.StakeholderID, now time.Time) StoredMessage {
	speaker := cleanPerson(m.Speaker)
	s := StoredMessage{
		ID: newID[parley.MessageID](w.App, "msg", now), Engagement: w.eng.ID, Conversation: c.ID, Stakeholder: people[speaker],
		Import: w.ref.ID, Seq: c.NextSeq + 1, Key: m.key, SourceID: sourceID(m.ID), Source: m.Source, Place: clean(m.Place, 200), Kind: m.Kind,
		Speaker: speaker, Role: clean(m.Role, 200), Side: m.Side, Time: m.Time.UTC().Truncate(time.Microsecond), Offset: m.Offset, Recorded: m.Recorded,
		Topic: clean(m.Topic, 1000), Text: m.Text, ReplyTo: sourceID(m.ReplyTo), Lang: m.Lang,
	}
	if m.Kind == parley.Mail || m.Kind == parley.Chat {
		at := m.Time
		if at.IsZero() {
			at = c.Ended // after what is there
		}
		if !at.IsZero() {
			s.At = at.UnixMicro()
		}
	}
	for _, part := range m.Parts {
		s.Parts = append(s.Parts, store.Part{Start: part.Start, End: part.End, Kind: part.Kind})
	}
	return s
}

// storedFinding returns a new finding as it is kept.
func storedFinding(a *App, m StoredMessage, f parley.Finding, now time.Time) StoredFinding {
	return StoredFinding{
		ID: newID[parley.FindingID](a, "fin", now), Engagement: m.Engagement, Conversation: m.Conversation, Message: m, Span: f.Span,
		Labels: f.Labels, Probability: f.Probability, Confidence: f.Confidence, Second: f.Second, Why: readings(f.Why), State: parley.Open,
	}
}

// readings returns words that weighed as they are kept.
func readings(why []parley.Reading) (list []store.Reading) {
	for _, r := range why {
		list = append(list, store.Reading{Start: r.Start, End: r.End, Text: r.Text, Weight: r.Weight})
	}
	return list
}

package diagnose

import (
	_ "embed"
	"slices"
	"sync"

	"parley"
)

//go:embed model.bin
var shipped []byte

// Shipped returns the model that is compiled in. It is read once.
var Shipped = sync.OnceValue(func() *Model {
	m, err := parseModel(shipped)
	if err != nil {
		panic("the model compiled in is damaged: " + err.Error())
	}
	return m
})

// A Reader finds resistance in the messages of conversations, given in order. It remembers what was
// said lately, so that a sentence is read with what came before it, and is not safe for concurrent use.
// Two readers of one model given the same messages find the same.
type Reader struct {
	// Threshold is the probability from which a sentence is a finding; 0 is the model's own for the kind of conversation.
	Threshold float64

	// AdvisersKnown says that whoever is not known to be an adviser is none, and so speaks for the client.
	AdvisersKnown bool

	model  *Model
	scorer *Scorer
	recent []said // the last messages, oldest first

	// Of the message being read.
	spans     []parley.Span
	sentences []sentence
	window    [4]*Analysis // of the sentences analysed last, by number modulo 4
	analyzed  int          // sentences analysed
	quote     []*Analysis  // of the quote being answered
	spare     []*Analysis  // to be used again
}

// A said is what is remembered of a message.
type said struct {
	source, id, speaker string
	tail                []*Analysis // its last sentences
}

const (
	remembered = 64 // messages that an answer may refer to
	tailMost   = 3  // sentences of a message that are context for the next; as in training
)

// NewReader returns a reader with model m, which must have the taxonomy's heads.
func NewReader(m *Model) *Reader {
	return &Reader{model: m, scorer: m.Scorer()}
}

// Read returns the findings of the next message, in order. Only the speaker's own words are read, and
// an adviser's are context and never findings. The cost is linear in the text; the memory, apart from
// what is returned, in the number of its sentences, 24 bytes each.
func (r *Reader) Read(m parley.Message) []parley.Finding {
	role := m.Side
	if role == parley.UnknownSide && r.AdvisersKnown {
		role = parley.ClientSide
	}
	r.split(m)
	prev, own := r.before(m), r.ownBefore(m)
	quoted := -1 // the part whose sentences are in r.quote
	var findings []parley.Finding
	for i, s := range r.sentences {
		r.ahead(m, i+2)
		if m.Side == parley.AdviserSide {
			continue
		}
		u := Unit{Self: r.at(i), Prev: prev, Own: own, Next: r.at(i + 1), Next2: r.at(i + 2), Role: string(role)}
		if i > 0 {
			u.Own = r.at(i - 1)
		}
		if s.quote >= 0 {
			if int(s.quote) != quoted {
				quoted = int(s.quote)
				r.readQuote(m, m.Parts[quoted])
			}
			u.Prev = r.quote
		}
		if r.scorer.Score(u, r.threshold(m.Kind)) {
			findings = append(findings, r.finding(m, s.span, u.Self))
		}
	}
	r.remember(m)
	return findings
}

func (r *Reader) threshold(kind parley.Kind) float64 {
	if r.Threshold > 0 {
		return r.Threshold
	}
	return r.model.ThresholdOf(string(kind))
}

// A sentence is one sentence of a message.
type sentence struct {
	span  parley.Span
	quote int32 // the part that is the quote just above, −1 if none
}

// split finds the sentences of m's own words.
func (r *Reader) split(m parley.Message) {
	r.sentences = r.sentences[:0]
	for _, own := range m.Own() {
		quote := int32(-1)
		for i, p := range m.Parts {
			if p.Kind == parley.Quoted && p.End == own.Start {
				quote = int32(i)
			}
		}
		r.spans = Sentences(r.spans[:0], m.Text[own.Start:own.End])
		for _, s := range r.spans {
			r.sentences = append(r.sentences, sentence{parley.Span{Start: s.Start + own.Start, End: s.End + own.Start}, quote})
		}
	}
	r.analyzed = 0
	r.ahead(m, 1)
}

// ahead analyses the sentences of m up to number last. Those of the last four are kept.
func (r *Reader) ahead(m parley.Message, last int) {
	for ; r.analyzed <= last && r.analyzed < len(r.sentences); r.analyzed++ {
		a := &r.window[r.analyzed%len(r.window)]
		if *a == nil {
			*a = &Analysis{}
		}
		s := r.sentences[r.analyzed].span
		(*a).Analyze(m.Text[s.Start:s.End])
	}
}

// at returns the analysis of sentence i, which is one of the four analysed last, nil if there is none.
func (r *Reader) at(i int) *Analysis {
	if i < 0 || i >= len(r.sentences) {
		return nil
	}
	return r.window[i%len(r.window)]
}

// readQuote analyses the last sentences of a quote: an answer between the lines of a mail answers it.
func (r *Reader) readQuote(m parley.Message, p parley.Part) {
	r.spare = append(r.spare, r.quote...)
	r.quote = r.quote[:0]
	text := unquote(m.Text[p.Start:p.End])
	spans := Sentences(r.spans[:0], text)
	for _, s := range spans[max(0, len(spans)-tailMost):] {
		a := r.take()
		a.Analyze(text[s.Start:s.End])
		r.quote = append(r.quote, a)
	}
	r.spans = spans[:0]
}

// take returns an analysis to fill, in memory that was used before where there is some.
func (r *Reader) take() *Analysis {
	n := len(r.spare)
	if n == 0 {
		return &Analysis{}
	}
	a := r.spare[n-1]
	r.spare = r.spare[:n-1]
	return a
}

// before returns the sentences that m answers: those of the message it replies to, else of the last one
// by another speaker in the same source.
func (r *Reader) before(m parley.Message) []*Analysis {
	speaker := m.Speaker.String()
	if m.ReplyTo != "" {
		for i := len(r.recent) - 1; i >= 0; i-- {
			if r.recent[i].id == m.ReplyTo && r.recent[i].source == m.Source {
				return r.recent[i].tail
			}
		}
	}
	if m.Kind == parley.Survey || m.Kind == parley.Notes || m.Kind == parley.Mail && m.ReplyTo == "" {
		return nil // nobody answers the row or paragraph above, nor a mail that names no other
	}
	for i := len(r.recent) - 1; i >= 0 && r.recent[i].source == m.Source; i-- {
		if r.recent[i].speaker != speaker {
			return r.recent[i].tail
		}
	}
	return nil
}

// ownBefore returns the speaker's last sentence before m, nil if there is none.
func (r *Reader) ownBefore(m parley.Message) *Analysis {
	speaker := m.Speaker.String()
	for i := len(r.recent) - 1; i >= 0 && r.recent[i].source == m.Source; i-- {
		if said := r.recent[i]; said.speaker == speaker && speaker != "" && len(said.tail) > 0 {
			return said.tail[len(said.tail)-1]
		}
	}
	return nil
}

// remember keeps the end of m as context for what follows.
func (r *Reader) remember(m parley.Message) {
	if len(r.recent) == remembered {
		r.spare = append(r.spare, r.recent[0].tail...)
		copy(r.recent, r.recent[1:])
		r.recent = r.recent[:remembered-1]
	}
	s := said{source: m.Source, id: m.ID, speaker: m.Speaker.String()}
	for i := max(0, len(r.sentences)-tailMost); i < len(r.sentences); i++ {
		s.tail = append(s.tail, r.at(i))
		r.window[i%len(r.window)] = r.take()
	}
	r.recent = append(r.recent, s)
}

// finding makes a finding of the sentence scored last.
func (r *Reader) finding(m parley.Message, span parley.Span, a *Analysis) parley.Finding {
	f := parley.Finding{Message: m, Span: span, Probability: r.scorer.Probs[0][1]}
	f.Labels.Resistance, f.Second.Resistance = true, true
	for h, head := range r.model.Heads {
		if h == 0 {
			continue
		}
		p := r.scorer.Probs[h]
		first, second := best(p)
		setLabel(&f.Labels, &f.Confidence, head, first, p[first])
		setLabel(&f.Second, nil, head, second, 0)
	}
	f.Why = r.why(m.Text, span.Start, a.tokens)
	return f
}

func setLabel(l *parley.Labels, c *parley.Confidence, head Head, label int, p float64) {
	if label < 0 {
		return
	}
	var none parley.Confidence
	if c == nil {
		c = &none
	}
	switch v := head.Labels[label]; head.Name {
	case "form":
		l.Form, c.Form = parley.Form(v), p
	case "driver":
		l.Driver, c.Driver = parley.Driver(v), p
	case "perception":
		l.Perception, c.Perception = parley.Perception(v), p
	case "subject":
		l.Subject, c.Subject = parley.Subject(v), p
	}
}

// whyMost is how many readings a finding gives.
const whyMost = 4

// why returns the words that weighed most for resistance, neighbours joined, of the sentence that starts
// at start in text.
func (r *Reader) why(text string, start int, tokens []token) []parley.Reading {
	shares := r.scorer.gateShares()
	taken := map[int]float64{}
	for _, x := range shares {
		if x.weight <= 0 || len(taken) == 2*whyMost {
			break
		}
		taken[x.token] = x.weight
	}
	var out []parley.Reading
	for i, t := range tokens {
		w, ok := taken[i]
		if !ok {
			continue
		}
		span := parley.Span{Start: start + int(t.start), End: start + int(t.end)}
		if n := len(out); n > 0 && taken[i-1] > 0 && span.Start-out[n-1].End <= 2 {
			out[n-1].End = span.End
			out[n-1].Weight += w
			continue
		}
		out = append(out, parley.Reading{Span: span, Weight: w})
	}
	for i := range out {
		out[i].Text = text[out[i].Start:out[i].End]
	}
	sortReadings(out)
	// A short word by itself ("at", "a") tells a reader nothing, where a longer one is there.
	if len(out) > 1 {
		top := out[0]
		out = slices.DeleteFunc(out, func(w parley.Reading) bool { return w.End-w.Start < 4 })
		if len(out) == 0 {
			out = append(out, top)
		}
	}
	return out[:min(len(out), whyMost)]
}

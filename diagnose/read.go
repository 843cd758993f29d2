package diagnose

import (
	"cmp"
	_ "embed"
	"slices"
	"sync"

	"parley"
)

//go:embed model.bin
var shipped []byte

// Shipped returns the model that is compiled in. It is read once, and what the first sentence needs
// beside it at the same time.
var Shipped = sync.OnceValue(func() *Model {
	var beside sync.WaitGroup
	beside.Go(func() { concepts() })
	beside.Go(func() { cues() })
	m, err := parseModel(shipped)
	beside.Wait()
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
	recent [remembered]said // the last messages, in a ring
	heard  int              // messages so far

	// Of the message being read.
	own   []parley.Span
	spans []parley.Span // of sentences
	tail  []*Analysis   // its last sentences so far
	quote []*Analysis   // of the quote being answered
	spare []*Analysis   // to be used again

	// Of the finding being made.
	top      []int
	readings []parley.Reading
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
// what is returned, in the number of its sentences, 16 bytes each.
func (r *Reader) Read(m parley.Message) []parley.Finding {
	role := m.Side
	if role == parley.UnknownSide && (r.AdvisersKnown || m.Kind == parley.Survey) { // nobody advises in the answers to a survey
		role = parley.ClientSide
	}
	before := r.before(m)
	var findings []parley.Finding
	r.own = m.AppendOwn(r.own[:0])
	for _, own := range r.own {
		u := Unit{Prev: before, Role: string(role), Kind: string(m.Kind)}
		if quote, ok := quoteAbove(m, own); ok {
			u.Prev = r.readQuote(m, quote)
		}
		r.scorer.expect(u.Prev)
		r.spans = Sentences(r.spans[:0], m.Text[own.Start:own.End])
		for i, s := range r.spans {
			if m.Side == parley.AdviserSide && i < len(r.spans)-tailMost {
				continue // neither a finding nor context
			}
			s.Start, s.End = s.Start+own.Start, s.End+own.Start
			u.Self = r.analyze(m.Text[s.Start:s.End])
			if m.Side != parley.AdviserSide && r.scorer.Score(u, r.threshold(u)) {
				findings = append(findings, r.finding(m, s, u.Self))
			}
		}
	}
	r.remember(m)
	return findings
}

// quoteAbove returns the quote that own words follow: they answer it.
func quoteAbove(m parley.Message, own parley.Span) (parley.Part, bool) {
	for _, p := range m.Parts {
		if p.Kind == parley.Quoted && p.End == own.Start {
			return p, true
		}
	}
	return parley.Part{}, false
}

// analyze analyses the next sentence, and keeps it as one of the last.
func (r *Reader) analyze(text string) *Analysis {
	a := r.take()
	r.scorer.Analyze(a, text)
	if len(r.tail) == tailMost {
		r.spare = append(r.spare, r.tail[0])
		copy(r.tail, r.tail[1:])
		r.tail = r.tail[:tailMost-1]
	}
	r.tail = append(r.tail, a)
	return a
}

func (r *Reader) threshold(u Unit) float64 {
	if r.Threshold > 0 {
		return r.Threshold
	}
	return r.model.ThresholdOf(u.Role, u.Kind)
}

// readQuote analyses the last sentences of a quote: an answer between the lines of a mail answers it.
func (r *Reader) readQuote(m parley.Message, p parley.Part) []*Analysis {
	r.spare = append(r.spare, r.quote...)
	r.quote = r.quote[:0]
	text := unquote(m.Text[p.Start:p.End])
	spans := Sentences(r.spans[:0], text)
	for _, s := range spans[max(0, len(spans)-tailMost):] {
		a := r.take()
		r.scorer.Analyze(a, text[s.Start:s.End])
		r.quote = append(r.quote, a)
	}
	r.spans = spans[:0]
	return r.quote
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
		for s := range r.latest {
			if s.id == m.ReplyTo && s.source == m.Source {
				return s.tail
			}
		}
	}
	if m.Kind == parley.Survey || m.Kind == parley.Notes || m.Kind == parley.Mail && m.ReplyTo == "" {
		return nil // nobody answers the row or paragraph above, nor a mail that names no other
	}
	for s := range r.latest {
		if s.source != m.Source {
			break
		}
		if s.speaker != speaker {
			return s.tail
		}
	}
	return nil
}

// latest gives the messages that are remembered, the last one first.
func (r *Reader) latest(yield func(*said) bool) {
	for i := r.heard - 1; i >= max(0, r.heard-remembered); i-- {
		if !yield(&r.recent[i%remembered]) {
			return
		}
	}
}

// remember keeps the end of m as context for what follows.
func (r *Reader) remember(m parley.Message) {
	s := &r.recent[r.heard%remembered]
	r.heard++
	r.spare = append(r.spare, s.tail...)
	*s = said{m.Source, m.ID, m.Speaker.String(), append(s.tail[:0], r.tail...)}
	r.tail = r.tail[:0]
}

// finding makes a finding of the sentence scored last.
func (r *Reader) finding(m parley.Message, span parley.Span, a *Analysis) parley.Finding {
	f := parley.Finding{Message: m, Span: span, Probability: r.scorer.Probs[0][1]}
	f.Labels.Resistance, f.Second.Resistance = true, true
	for h := 1; h < len(r.model.Heads); h++ {
		head, p := &r.model.Heads[h], r.scorer.Probs[h]
		first, second := best(p)
		setLabel(&f.Labels, &f.Confidence, head, first, p[first])
		setLabel(&f.Second, nil, head, second, 0)
	}
	f.Why = r.why(m.Text, span.Start, a.tokens)
	return f
}

func setLabel(l *parley.Labels, c *parley.Confidence, head *Head, label int, p float64) {
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
	weights := r.scorer.gateShares()
	out := r.readings[:0]
	top := heaviest(r.top[:0], weights, 2*whyMost)
	for k, i := range top {
		t := tokens[i]
		span := parley.Span{Start: start + int(t.start), End: start + int(t.end)}
		if n := len(out); n > 0 && top[k-1] == i-1 && span.Start-out[n-1].End <= 2 {
			out[n-1].End = span.End
			out[n-1].Weight += weights[i]
			continue
		}
		out = append(out, parley.Reading{Span: span, Weight: weights[i]})
	}
	for i := range out {
		out[i].Text = text[out[i].Start:out[i].End]
	}
	r.top, r.readings = top, out
	slices.SortStableFunc(out, func(a, b parley.Reading) int { return cmp.Compare(b.Weight, a.Weight) })
	// A short word by itself ("at", "a") tells a reader nothing, where a longer one is there.
	if len(out) > 1 {
		top := out[0]
		out = slices.DeleteFunc(out, func(w parley.Reading) bool { return w.End-w.Start < 4 })
		if len(out) == 0 {
			out = append(out, top)
		}
	}
	return append([]parley.Reading(nil), out[:min(len(out), whyMost)]...)
}

// heaviest appends the indexes of the n largest weights to dst, in order, without those that are not positive. Of equal
// weights the first come first.
func heaviest(dst []int, weights []float64, n int) []int {
	for i, w := range weights {
		if w <= 0 || len(dst) == n && w <= weights[dst[n-1]] {
			continue
		}
		if len(dst) < n {
			dst = append(dst, i)
		}
		at := len(dst) - 1
		for ; at > 0 && weights[dst[at-1]] < w; at-- {
			dst[at] = dst[at-1]
		}
		dst[at] = i
	}
	slices.Sort(dst)
	return dst
}

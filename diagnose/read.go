package diagnose

import (
	_ "embed"
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
	// Threshold is the probability from which a sentence is a finding; 0 is the model's own.
	Threshold float64

	model  *Model
	scorer *Scorer
	spans  []parley.Span
	recent []said // the last messages, oldest first
	found  []sentence
	spare  []*Analysis // to be used again
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
// an adviser's are context and never findings. The cost is linear in the text.
func (r *Reader) Read(m parley.Message) []parley.Finding {
	var findings []parley.Finding
	prev := r.before(m)
	sentences := r.analyze(m)
	for i := range sentences {
		if m.Side == parley.AdviserSide {
			break
		}
		u := Unit{Self: sentences[i].analysis, Prev: prev, Role: string(m.Side)}
		if q := sentences[i].quote; q != nil {
			u.Prev = q
		}
		if i > 0 {
			u.Own = sentences[i-1].analysis
		} else {
			u.Own = r.ownBefore(m)
		}
		if i+1 < len(sentences) {
			u.Next = sentences[i+1].analysis
		}
		if i+2 < len(sentences) {
			u.Next2 = sentences[i+2].analysis
		}
		least := r.threshold()
		if !r.scorer.Score(u, least) {
			continue
		}
		findings = append(findings, r.finding(m, sentences[i]))
	}
	r.remember(m, sentences)
	return findings
}

// analyzed returns an analysis of text, in memory that was used before where there is some.
func (r *Reader) analyzed(text string) *Analysis {
	a := &Analysis{}
	if n := len(r.spare); n > 0 {
		a, r.spare = r.spare[n-1], r.spare[:n-1]
	}
	a.Analyze(text)
	return a
}

func (r *Reader) threshold() float64 {
	if r.Threshold > 0 {
		return r.Threshold
	}
	return r.model.Threshold
}

// A sentence is one sentence of a message.
type sentence struct {
	span     parley.Span
	analysis *Analysis
	quote    []*Analysis // the quoted words just above it, if it answers some
}

// analyze splits the own words of m into sentences and looks at each. What it returns holds until the
// next call.
func (r *Reader) analyze(m parley.Message) []sentence {
	out := r.found[:0]
	for _, own := range m.Own() {
		r.spans = Sentences(r.spans[:0], m.Text[own.Start:own.End])
		quote := r.quoteAbove(m, own.Start)
		for _, s := range r.spans {
			span := parley.Span{Start: s.Start + own.Start, End: s.End + own.Start}
			out = append(out, sentence{span, r.analyzed(m.Text[span.Start:span.End]), quote})
		}
	}
	r.found = out
	return out
}

// quoteAbove returns the last sentences of the quote that ends at start, nil if none does: an answer
// between the lines of a mail answers that quote.
func (r *Reader) quoteAbove(m parley.Message, start int) []*Analysis {
	for _, p := range m.Parts {
		if p.Kind != parley.Quoted || p.End != start {
			continue
		}
		text := unquote(m.Text[p.Start:p.End])
		spans := Sentences(nil, text)
		var out []*Analysis
		for _, s := range spans[max(0, len(spans)-tailMost):] {
			out = append(out, r.analyzed(text[s.Start:s.End]))
		}
		return out
	}
	return nil
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

// remember keeps the end of m as context for what follows, and takes back the memory of the rest.
func (r *Reader) remember(m parley.Message, sentences []sentence) {
	if len(r.recent) == remembered {
		r.spare = append(r.spare, r.recent[0].tail...)
		copy(r.recent, r.recent[1:])
		r.recent = r.recent[:remembered-1]
	}
	s := said{source: m.Source, id: m.ID, speaker: m.Speaker.String()}
	kept := max(0, len(sentences)-tailMost)
	for i, x := range sentences {
		if i < kept {
			r.spare = append(r.spare, x.analysis)
		} else {
			s.tail = append(s.tail, x.analysis)
		}
		if x.quote != nil && (i+1 == len(sentences) || len(sentences[i+1].quote) == 0 || &sentences[i+1].quote[0] != &x.quote[0]) {
			r.spare = append(r.spare, x.quote...)
		}
	}
	r.recent = append(r.recent, s)
}

// finding makes a finding of the sentence scored last.
func (r *Reader) finding(m parley.Message, s sentence) parley.Finding {
	f := parley.Finding{Message: m, Span: s.span, Probability: r.scorer.Probs[0][1]}
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
	f.Why = r.why(m.Text, s)
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

// why returns the words of the sentence that weighed most for resistance, neighbours joined.
func (r *Reader) why(text string, s sentence) []parley.Reading {
	shares := r.scorer.gateShares(len(s.analysis.tokens))
	taken := map[int]float64{}
	for _, x := range shares {
		if x.weight <= 0 || len(taken) == 2*whyMost {
			break
		}
		taken[x.token] = x.weight
	}
	var out []parley.Reading
	for i, t := range s.analysis.tokens {
		w, ok := taken[i]
		if !ok {
			continue
		}
		span := parley.Span{Start: s.span.Start + int(t.start), End: s.span.Start + int(t.end)}
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
	return out[:min(len(out), whyMost)]
}

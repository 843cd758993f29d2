package parley

// A Finding is what was seen in a Message: a span, how likely it is resistance, and which kind.
type Finding struct {
	Message     Message
	Span        Span
	Labels      Labels
	Probability float64    // that the speaker resists, 0…1
	Confidence  Confidence // in each of the labels, 0…1
	Second      Labels     // the next likeliest label of each question, offered where the first is not sure
	Why         []Reading  // the words that weighed most, heaviest first
}

// Text returns the words of the finding.
func (f Finding) Text() string { return f.Message.Text[f.Span.Start:f.Span.End] }

// Confidence is the probability of each label given, 0…1, taking resistance for granted.
type Confidence struct {
	Form       float64 `json:"form"`
	Driver     float64 `json:"driver"`
	Perception float64 `json:"perception"`
	Subject    float64 `json:"subject"`
}

// Sure is the probability from which a label is stated without its second.
const Sure = 0.6

// A Reading is words of a message that weighed in its diagnosis.
type Reading struct {
	Span
	Text   string  // the words as they stand in the message
	Weight float64 // their share of the evidence for resistance, in log-odds; negative speaks against
}

// A Reason is one reason to resist: the findings that say the same thing, and who holds it.
type Reason struct {
	Labels   Labels   // the labels most of its findings share, weighted by probability
	Findings []int    // indexes of its findings, strongest first
	Holders  []Person // who holds it, by number of findings, then by name
}

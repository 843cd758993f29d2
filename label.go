package parley

import "slices"

// Labels is the diagnosis of one sentence: the five questions of the taxonomy. When Resistance is
// false the other four are empty.
type Labels struct {
	Resistance bool       `json:"resistance"`
	Form       Form       `json:"form,omitempty"`
	Driver     Driver     `json:"driver,omitempty"`
	Perception Perception `json:"perception,omitempty"`
	Subject    Subject    `json:"subject,omitempty"`
}

// A Form is how resistance shows.
type Form string

const (
	Objection     Form = "objection"     // said openly: an objection, a refusal, a doubt, a condition
	Noncompliance Form = "noncompliance" // not doing, or announcing not to do, what was agreed or asked
	Passive       Form = "passive"       // indirect: deferral, vague assent, sarcasm, deflection
)

// Forms lists every Form, in the taxonomy's order.
var Forms = []Form{Objection, Noncompliance, Passive}

// A Driver is the main root of resistance.
type Driver string

const (
	Uncertainty Driver = "uncertainty" // fear of the unknown, of loss or effort; comfort with how things are
	Trust       Driver = "trust"       // doubts the people or the company behind the advice
	Value       Driver = "value"       // does not see what it is worth, or sees a loss
	Experience  Driver = "experience"  // it went badly before
	Culture     Driver = "culture"     // policy, politics, values, ownership, others who must agree
	Capacity    Driver = "capacity"    // cannot, for now: time, money, people, skills, a technical obstacle
)

// Drivers lists every Driver, in the taxonomy's order.
var Drivers = []Driver{Uncertainty, Trust, Value, Experience, Culture, Capacity}

// A Perception is the state of what a person who resists believes. It decides what the resistance calls for.
type Perception string

const (
	Missing    Perception = "missing"    // they lack the information
	Incomplete Perception = "incomplete" // they judge by a part of the picture
	Incorrect  Perception = "incorrect"  // what they believe is, by what is known, not so
	Skeptical  Perception = "skeptical"  // they know the claim and do not believe it
	Accurate   Perception = "accurate"   // they see it right: it costs or threatens something that matters
)

// Perceptions lists every Perception, in the taxonomy's order.
var Perceptions = []Perception{Missing, Incomplete, Incorrect, Skeptical, Accurate}

// CallsFor says in English what a perception calls for, as the method has it.
func (p Perception) CallsFor() string {
	switch p {
	case Missing:
		return "give the information"
	case Incomplete:
		return "fill the gap"
	case Incorrect:
		return "show a checkable example, without making them wrong"
	case Skeptical:
		return "assure in proportion: references, proof"
	case Accurate:
		return "step back, clarify, resolve"
	}
	return "ask an open question"
}

// A Subject is what resistance is about.
type Subject string

const (
	Adviser    Subject = "adviser"    // the person who advises
	Company    Subject = "company"    // the organisation behind the advice
	Product    Subject = "product"    // what is delivered
	Technology Subject = "technology" // what it is built on
	Plan       Subject = "plan"       // how, when and for how much it is done
)

// Subjects lists every Subject, in the taxonomy's order.
var Subjects = []Subject{Adviser, Company, Product, Technology, Plan}

// Valid reports whether every label is one of the taxonomy's, and whether the four that hang on
// Resistance are empty when it is false. With resistance they may be empty: not yet known.
func (l Labels) Valid() bool {
	if !l.Resistance {
		return l == Labels{}
	}
	return (l.Form == "" || slices.Contains(Forms, l.Form)) &&
		(l.Driver == "" || slices.Contains(Drivers, l.Driver)) &&
		(l.Perception == "" || slices.Contains(Perceptions, l.Perception)) &&
		(l.Subject == "" || slices.Contains(Subjects, l.Subject))
}

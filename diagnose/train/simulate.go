package train

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"parley"
	"parley/diagnose"
)

// A Twist is a way in which a simulated workspace differs from what a model was trained on.
type Twist string

// The twists.
const (
	AsIs    Twist = "as-it-is"
	Open    Twist = "passive-is-none" // only what is said or done openly is resistance here
	Renamed Twist = "drivers-renamed" // value, about the plan, is called capacity here; trust, in the company, experience
	Jargon  Twist = "own-words"       // there are words of its own for the hundred most telling of each label
)

// Twists lists every Twist.
var Twists = []Twist{AsIs, Open, Renamed, Jargon}

// SimOptions say how to simulate.
type SimOptions struct {
	Decisions []int // how many findings are decided about; nil is 0, 10, 30, 100, 300
	Seeds     int   // how often the dialogues are dealt anew; 0 is 10
	Twist     Twist // "" is AsIs
	Adapt     AdaptOptions
}

// A SimPoint is how good a model is after some decisions.
type SimPoint struct {
	Decisions int               `json:"decisions"`
	Seeds     int               `json:"seeds"`   // in which there was as much to decide about
	Figures   map[string]Spread `json:"figures"` // "f1", "precision", "recall" and "ece" of the gate; macro-F1 of the other heads by name, accuracy by "name accuracy"
}

// A Spread is a figure over the seeds: mean, standard deviation, and the same of its difference to the
// model without decisions on the same dialogues.
type Spread struct {
	Mean   float64 `json:"mean"`
	SD     float64 `json:"sd"`
	Gain   float64 `json:"gain"`
	GainSD float64 `json:"gain_sd"`
}

// Simulate deals the dialogues of set in two parts. In two thirds of them a careful person decides, dialogue
// after dialogue, about what base finds, and never sees what it missed; on the others the adapted model is
// measured, on what is not said by advisers. set's labels are those of the taxonomy.
func Simulate(base *diagnose.Model, set *Set, o SimOptions) ([]SimPoint, error) {
	if o.Decisions == nil {
		o.Decisions = []int{0, 10, 30, 100, 300}
	}
	if o.Seeds == 0 {
		o.Seeds = 10
	}
	if !base.Gate || o.Twist != "" && !slices.Contains(Twists, o.Twist) {
		return nil, &parley.Error{Code: parley.Invalid, Message: fmt.Sprintf("only a model of the taxonomy can be simulated, as one of %v", Twists)}
	}
	lines := twisted(set, o.Twist)
	preds := Predict(base, lines)
	figures := map[int][]map[string]float64{} // by decisions, by seed
	gains := map[int][]map[string]float64{}
	for seed := range uint64(o.Seeds) {
		learn, test := deal(lines, seed)
		rest := pick(lines, test)
		zero, err := measure(base, rest)
		if err != nil {
			return nil, err
		}
		for _, n := range o.Decisions {
			decided := decide(base, lines, preds, learn, n)
			if len(decided) < n {
				continue
			}
			now, err := measureAdapted(base, decided, rest, o.Adapt)
			if err != nil {
				return nil, err
			}
			figures[n], gains[n] = append(figures[n], now), append(gains[n], minus(now, zero))
		}
	}
	var out []SimPoint
	for _, n := range o.Decisions {
		if len(figures[n]) > 0 {
			out = append(out, point(n, figures[n], gains[n]))
		}
	}
	return out, nil
}

func minus(a, b map[string]float64) map[string]float64 {
	out := maps.Clone(a)
	for name := range out {
		out[name] -= b[name]
	}
	return out
}

func point(n int, figures, gains []map[string]float64) SimPoint {
	p := SimPoint{Decisions: n, Seeds: len(figures), Figures: map[string]Spread{}}
	for name := range figures[0] {
		var s Spread
		s.Mean, s.SD = spread(figures, name)
		s.Gain, s.GainSD = spread(gains, name)
		p.Figures[name] = s
	}
	return p
}

func spread(list []map[string]float64, name string) (mean, sd float64) {
	for _, m := range list {
		mean += m[name] / float64(len(list))
	}
	for _, m := range list {
		sd += (m[name] - mean) * (m[name] - mean)
	}
	if len(list) > 1 {
		sd = math.Sqrt(sd / float64(len(list)-1))
	}
	return mean, sd
}

// deal returns the dialogues to decide about, in the order in which they come, and those to measure on.
func deal(lines []Line, seed uint64) (learn, test []string) {
	seen := map[string]bool{}
	for _, l := range lines {
		seen[l.Dialogue] = true
	}
	ids := slices.Sorted(maps.Keys(seen))
	rng := rand.New(rand.NewPCG(seed, 0xDEA1))
	rng.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	cut := len(ids) * 2 / 3
	return ids[:cut], ids[cut:]
}

// pick returns the lines of the dialogues, those of advisers without labels.
func pick(lines []Line, dialogues []string) []Line {
	var out []Line
	for _, l := range lines {
		if !slices.Contains(dialogues, l.Dialogue) {
			continue
		}
		if l.Role == string(parley.AdviserSide) {
			l.Labels = nil
		}
		out = append(out, l)
	}
	return out
}

// decide returns the first n lines of the dialogues, in their order, that base finds, with their labels;
// fewer if there are no more.
func decide(base *diagnose.Model, lines []Line, preds []Prediction, dialogues []string, n int) (out []Line) {
	for _, id := range dialogues {
		for i, l := range lines {
			if l.Dialogue == id && l.Role != string(parley.AdviserSide) && preds[i][0][1] >= base.ThresholdOf(l.Role, l.Kind) && len(out) < n {
				out = append(out, l)
			}
		}
	}
	return out
}

func measureAdapted(base *diagnose.Model, decided, test []Line, o AdaptOptions) (map[string]float64, error) {
	if len(decided) == 0 {
		return measure(base, test)
	}
	a, err := Adapt(base, decided, o)
	if err != nil {
		return nil, err
	}
	m, err := base.With(a)
	if err != nil {
		return nil, err
	}
	return measure(m, test)
}

func measure(m *diagnose.Model, lines []Line) (map[string]float64, error) {
	r, err := Evaluate(m, &Set{Lines: lines})
	if err != nil {
		return nil, err
	}
	gate := r.Heads[GateHead]
	f := gate.PerLabel["true"]
	out := map[string]float64{"f1": f.F1, "precision": f.Precision, "recall": f.Recall, "ece": gate.ECE}
	for name, s := range r.Heads {
		if name != GateHead {
			out[name], out[name+" accuracy"] = s.MacroF1, s.Accuracy
		}
	}
	return out, nil
}

// twisted returns the lines of set as the workspace has them.
func twisted(set *Set, t Twist) []Line {
	lines := slices.Clone(set.Lines)
	own := map[string]string{}
	if t == Jargon {
		own = ownWords(set)
	}
	for i, l := range lines {
		driver := ""
		switch {
		case t == Open && l.Labels["form"] == string(parley.Passive):
			lines[i].Labels = map[string]string{GateHead: "false"}
		case t == Renamed && l.Labels["driver"] == string(parley.Value) && l.Labels["subject"] == string(parley.Plan):
			driver = string(parley.Capacity)
		case t == Renamed && l.Labels["driver"] == string(parley.Trust) && l.Labels["subject"] == string(parley.Company):
			driver = string(parley.Experience)
		case t == Jargon:
			lines[i].Text = replaceWords(l.Text, own)
		}
		if driver != "" {
			lines[i].Labels = maps.Clone(l.Labels)
			lines[i].Labels["driver"] = driver
		}
	}
	return lines
}

// ownWords returns a word that nobody knows for each that tells most about a label.
func ownWords(set *Set) map[string]string {
	own := map[string]string{}
	for _, head := range set.Heads {
		for _, label := range labelsOf(set.Lines, head) {
			for w := range keywordsOf(set.Lines, head, label) {
				h := fnv.New32a()
				h.Write([]byte(w))
				own[w] = fmt.Sprintf("zu%xo", h.Sum32()&0xFFFFF)
			}
		}
	}
	return own
}

func replaceWords(text string, own map[string]string) string {
	words := strings.Fields(text)
	for i, w := range words {
		lower := strings.ToLower(w)
		bare := strings.Trim(lower, ".,;:!?\"()«»¿¡…")
		if x, ok := own[bare]; ok {
			words[i] = strings.Replace(lower, bare, x, 1)
		}
	}
	return strings.Join(words, " ")
}

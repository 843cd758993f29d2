package train

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"parley"
	"parley/diagnose"
	"parley/diagnose/encode"
	"parley/diagnose/internal/vec"
)

// Recipe is the version of the way models are made; it goes into their header.
const Recipe = "3"

// Options says how to train. The zero value is the recipe that docs/engine.md measures.
type Options struct {
	Seed    uint64             // of the order of examples and the inner folds
	Bits    int                // 2^Bits buckets; 0 is 18
	Spaces  map[string]float32 // weight of each namespace; nil is DefaultSpaces
	C       float64            // cost of a wrong example; 0 is 0.3 for a head of two labels, 0.1 for one of more, 0.15 for a single "label", with Encoder 0.065 for that
	NBPower float64            // power of the columns' log-count ratio; 0 is 0.5, for a single "label" none
	Encoder bool               // sentences are encoded as well (parley/diagnose/encode): English only, some 6 ms for each
	Folds   int                // inner folds for calibration; 0 is 5. Of more than 200,000 rows one is enough

	// Progress, if not nil, is called as work is done, from several goroutines, one call at a time.
	Progress func(done, total int)

	encoded encoded // of the data's texts, where Encoder is set
}

// DefaultSpaces returns the weights of the namespaces that a model is trained with unless told otherwise.
func DefaultSpaces() map[string]float32 {
	return map[string]float32{
		"words": 1, "chars": 1, "shape": 0.5, "cues": 0.7, "concepts": 0.7, "prev": 0.5, "prev_cues": 0.3, "role": 0.5,
	}
}

func (o Options) withDefaults() (Options, error) {
	if o.Bits == 0 {
		o.Bits = 18
	}
	if o.Spaces == nil {
		o.Spaces = DefaultSpaces()
	}
	if o.Folds == 0 {
		o.Folds = 5
	}
	if o.Bits < diagnose.MinBits || o.Bits > diagnose.MaxBits || o.C < 0 || o.Folds < 2 || o.Folds > 100 {
		return o, &parley.Error{Code: parley.Invalid, Message: "training options out of range"}
	}
	return o, nil
}

// A task is one head's examples.
type task struct {
	name    string
	client  bool // it makes the client's gate
	labels  []string
	matrix  *matrix // of the examples
	rows    []row
	class   []int     // by row in rows
	fold    []int     // by row in rows
	kind    []string  // of conversation, by row in rows
	worth   []float64 // by row in rows: how much it counts in learning
	beside  []bool    // by row in rows: said by somebody else than those whom the task is about
	margins [][]float64
	weights [][]float32 // by class: trained on all rows
	encoded [][]float32 // by class: of what the encoded vectors expand to
}

// models is how many separators the task has: one for two labels.
func (t *task) models() int {
	if len(t.labels) == 2 {
		return 1
	}
	return len(t.labels)
}

// Train makes a model from set: for each head one-vs-rest separators, calibrated on margins of inner
// folds that are split by dialogue. The same set and options give the same model on any number of cores.
// It takes time and memory linear in the features of the set, and stops early when ctx is done.
func Train(ctx context.Context, set *Set, o Options) (*diagnose.Model, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	examples := examplesOf(set.Lines)
	if len(examples) == 0 {
		return nil, &parley.Error{Code: parley.Invalid, Message: "the data has no labelled lines"}
	}
	o.Spaces = maps.Clone(o.Spaces)
	roles := rolesTell(set.Lines)
	sides := roles && sidesTell(set.Lines)
	if !roles || sides {
		delete(o.Spaces, diagnose.SpaceNames[diagnose.Role])
	}
	tasks, err := tasksOf(set, examples, sides, o)
	if err != nil {
		return nil, err
	}
	if o, err = o.withEncoded(ctx, set.Lines); err != nil {
		return nil, err
	}
	fine := 0
	if gated(tasks) {
		fine = min(gateFine, diagnose.MaxBits-o.Bits)
	}
	m, sp := vectorize(set.Lines, examples, fine, o)
	finer := m.fine(fine)
	for _, t := range tasks {
		if t.matrix = m; t.name == GateHead {
			t.matrix = finer
		}
	}
	if err := run(ctx, tasks, o); err != nil {
		return nil, err
	}
	return assemble(set, tasks, sp, o)
}

// examplesOf returns the indexes of the lines that have a label.
func examplesOf(lines []Line) []int {
	var out []int
	for i, l := range lines {
		if l.labelled() {
			out = append(out, i)
		}
	}
	return out
}

// gateFine is how many bits more the gates tell buckets apart by. Of a hundred thousand sentences a million buckets hold what 2^18 mix up; the other
// heads learn from too few to tell.
const gateFine = 2

// gated reports whether the first task is the gate of the others.
func gated(tasks []*task) bool {
	return tasks[0].name == GateHead && slices.Equal(tasks[0].labels, taxonomyOrder[GateHead])
}

// tasksOf returns the tasks of the set's heads; with sides the gate's is followed by the client's.
func tasksOf(set *Set, examples []int, sides bool, o Options) ([]*task, error) {
	rows := rowsOf(set, examples, o.Spaces[diagnose.SpaceNames[diagnose.Role]] > 0)
	folds := foldsOf(set.Lines, examples, rows, o.Folds, o.Seed)
	var tasks []*task
	for _, head := range set.Heads {
		t := &task{name: head, labels: labelsOf(set.Lines, head)}
		if len(t.labels) < 2 {
			return nil, &parley.Error{Code: parley.Invalid, Message: fmt.Sprintf("the data has only one value of %q: there is nothing to tell apart", head)}
		}
		tasks = append(tasks, t)
		if head == GateHead && sides {
			tasks = append(tasks, &task{name: head, labels: t.labels, client: true})
		}
	}
	for _, t := range tasks {
		for n, r := range rows {
			l := set.Lines[examples[r.example]]
			beside := t.client && l.Role != string(parley.ClientSide)
			if v, ok := l.Labels[t.name]; ok && !(beside && l.Hard) {
				t.rows = append(t.rows, r)
				t.class = append(t.class, slices.Index(t.labels, v))
				t.fold = append(t.fold, folds[n])
				t.kind = append(t.kind, l.Kind)
				t.worth = append(t.worth, t.worthOf(l, beside))
				t.beside = append(t.beside, beside)
			}
		}
		t.margins = make([][]float64, len(t.rows))
		for k, all := 0, make([]float64, len(t.rows)*t.models()); k < len(t.margins); k++ {
			t.margins[k] = all[k*t.models():][:t.models()]
		}
		t.weights, t.encoded = make([][]float32, t.models()), make([][]float32, t.models())
	}
	return tasks, nil
}

// foldsOf deals whole dialogues to n folds so that the folds have about the same size, and returns the
// fold of each row.
func foldsOf(lines []Line, examples []int, rows []row, n int, seed uint64) []int {
	type group struct{ rows []int }
	index := map[string]int{}
	var groups []group
	for at, r := range rows {
		id := lines[examples[r.example]].Dialogue
		if id == "" {
			id = fmt.Sprint("line ", r.example)
		}
		g, ok := index[id]
		if !ok {
			g = len(groups)
			index[id] = g
			groups = append(groups, group{})
		}
		groups[g].rows = append(groups[g].rows, at)
	}
	rng := rand.New(rand.NewPCG(seed, 0xF01D))
	rng.Shuffle(len(groups), func(i, j int) { groups[i], groups[j] = groups[j], groups[i] })
	out := make([]int, len(rows))
	size := make([]int, n)
	for _, g := range groups {
		least := 0
		for f := range size {
			if size[f] < size[least] {
				least = f
			}
		}
		for _, at := range g.rows {
			out[at] = least
		}
		size[least] += len(g.rows)
	}
	return out
}

// run trains every separator of every task: one on all rows, and one for each fold on the rows outside
// it, which gives the margins of the rows in it.
func run(ctx context.Context, tasks []*task, o Options) error {
	type job struct {
		t    *task
		fold int // -1: all rows
	}
	var jobs []job
	total := 0
	for _, t := range tasks {
		for f := -1; f < t.used(o); f++ {
			jobs = append(jobs, job{t, f})
			total += t.models()
		}
	}
	step := counter(total, o.Progress)
	return inParallel(ctx, len(jobs), func(n int) { jobs[n].t.train(jobs[n].fold, o, step) })
}

// inParallel calls do with each number below n, in order but on all processors, and stops early when ctx is done.
func inParallel(ctx context.Context, n int, do func(i int)) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				do(i)
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}

// counter returns what counts one step of total and tells progress, which may be nil; it may be called by several at once.
func counter(total int, progress func(done, total int)) (step func()) {
	var mu sync.Mutex
	done := 0
	return func() {
		mu.Lock()
		defer mu.Unlock()
		if done++; progress != nil {
			progress(done, total)
		}
	}
}

// used returns how many of the folds give margins.
func (t *task) used(o Options) int {
	const many = 200_000
	if len(t.rows) > many {
		return 1
	}
	return o.Folds
}

// keepUsed forgets the rows that have no margins, and those that the task is not about.
func (t *task) keepUsed(o Options) {
	n := 0
	for k := range t.rows {
		if t.fold[k] < t.used(o) && !t.beside[k] {
			t.class[n], t.kind[n], t.margins[n] = t.class[k], t.kind[k], t.margins[k]
			n++
		}
	}
	t.class, t.kind, t.margins = t.class[:n], t.kind[:n], t.margins[:n]
}

// train trains the task's separators on the rows outside fold; with fold -1 on all, and keeps them.
func (t *task) train(fold int, o Options, step func()) {
	m := t.matrix
	var rows []row
	var class []int
	var worth []float64
	counts := make([]int, len(t.labels))
	for k, row := range t.rows {
		if t.fold[k] != fold {
			rows = append(rows, row)
			class = append(class, t.class[k])
			worth = append(worth, t.worth[k])
			counts[t.class[k]]++
		}
	}
	scale := columnScale(m, rows, class, len(t.labels), t.power(o))
	cost := make([]float64, len(rows))
	for k := range rows {
		// A rare class counts more, by the root of what would even it out.
		cost[k] = worth[k] * t.cost(o) * math.Sqrt(float64(len(rows))/float64(len(t.labels)*counts[class[k]]))
	}
	y := make([]int8, len(rows))
	for c := range t.models() {
		positive := c
		if t.models() == 1 {
			positive = 1
		}
		for k := range rows {
			y[k] = -1
			if class[k] == positive {
				y[k] = 1
			}
		}
		w, dense := svm(m, rows, y, cost, scale, o.Seed+uint64(c))
		if fold < 0 {
			t.weights[c], t.encoded[c] = w, dense
		} else {
			for k, row := range t.rows {
				if t.fold[k] == fold {
					t.margins[k][c] = margin(m, row, w) + float64(vec.Dot(dense, m.encodedOf(row)))
				}
			}
		}
		step()
	}
}

// worthOf returns how much a line counts in learning. What advisers say shows the client's gate what people talk of without resisting; in
// full it would drown what sets a client's sentences apart. Hard negatives are there many times as often as in life.
func (t *task) worthOf(l Line, beside bool) float64 {
	switch {
	case beside:
		return 0.3
	case l.Hard && t.name == GateHead && l.Labels[GateHead] == "false":
		return 0.5
	}
	return 1
}

// cost returns what a wrong example of the task costs.
func (t *task) cost(o Options) float64 {
	switch {
	case o.C > 0:
		return o.C
	case t.name == SingleHead && o.Encoder:
		return 0.065
	case t.name == SingleHead:
		return 0.15
	case t.models() == 1:
		return 0.3
	}
	return 0.1
}

// power returns the power of the columns' log-count ratio.
func (t *task) power(o Options) float64 {
	switch {
	case o.NBPower > 0:
		return o.NBPower
	case t.name == SingleHead:
		return 0
	}
	return 0.5
}

func margin(m *matrix, r row, w []float32) float64 {
	buckets, pieces := m.of(r)
	var sum float64
	at := uint32(0)
	for _, r := range pieces {
		for _, b := range buckets[at:r.end] {
			b >>= m.shift
			sum += float64(r.scale * m.idf[b] * w[b])
		}
		at = r.end
	}
	return sum
}

// assemble calibrates the tasks and packs them into a model.
func assemble(set *Set, tasks []*task, sp space, o Options) (*diagnose.Model, error) {
	examples := examplesOf(set.Lines)
	info := diagnose.Info{
		Version: Recipe, Single: set.Single, Setting: diagnose.Setting{Threshold: 0.5}, Bits: o.Bits, Spaces: sp.weights, IDFScale: sp.idfScale,
		Seed: o.Seed, Lexicon: diagnose.LexiconHash(), Data: set.Hash(), Examples: len(examples), Dialogues: dialogues(set.Lines, examples),
	}
	var encoded *diagnose.Encoded
	if o.Encoder {
		info.Encoder = encode.Name
		encoded = &diagnose.Encoded{Mean: sp.mean}
	}
	info.Gate, info.Fine = gated(tasks), sp.fine
	buckets := 1 << o.Bits
	isGate := func(i int) bool { return info.Gate && (i == 0 || tasks[i].client) }
	rows := 0
	for i, t := range tasks {
		if !isGate(i) {
			rows += t.models()
		}
	}
	var gate, client []int8
	rest := make([]int8, buckets*rows)
	at := 0
	for i, t := range tasks {
		t.keepUsed(o)
		head := t.calibrate()
		if isGate(i) {
			codes := make([]int8, len(t.weights[0]))
			head.Unit = []float32{quantize(t.weights[0], codes, 1, 0, 0)}
			if t.client {
				client, info.Client = codes, &diagnose.Gate{Head: head, Setting: t.setting(head)}
			} else {
				gate, info.Setting = codes, t.setting(head)
			}
		} else {
			for _, w := range t.weights {
				head.Unit = append(head.Unit, quantize(w, rest, rows, at, pruned))
				at++
			}
		}
		if o.Encoder {
			encoded.Weights = append(encoded.Weights, t.encodedRows(head.Unit)...)
		}
		if !t.client {
			info.Heads = append(info.Heads, head)
		}
	}
	return diagnose.NewModel(info, sp.idf, gate, client, rest, encoded)
}

func dialogues(lines []Line, examples []int) int {
	seen := map[string]bool{}
	for _, i := range examples {
		seen[lines[i].Dialogue] = true
	}
	return len(seen)
}

// pruned is the least byte that is kept of the rows but the gate's: two thirds of them are smaller, and
// without those held-out figures are the same and the rest is scored twice as fast.
const pruned = 12

// quantize writes w into column col of out, which has cols of them, and returns the unit: a weight is
// the unit times diagnose.Decode of its byte. Bytes go by the root of the weight, since few weights are
// large; those below least are left at 0.
func quantize(w []float32, out []int8, cols, col int, least float64) float32 {
	var top float64
	for _, x := range w {
		top = max(top, math.Abs(float64(x)))
	}
	if top == 0 {
		return 1
	}
	for b, x := range w {
		if code := math.Round(127 * math.Sqrt(math.Abs(float64(x))/top)); code >= least {
			out[b*cols+col] = int8(math.Copysign(code, float64(x)))
		}
	}
	return float32(top / (127 * 127))
}

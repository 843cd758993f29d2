package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/clipperhouse/uax29/v2/words"

	"parley"
	"parley/diagnose"
	"parley/diagnose/train"
	"parley/listen"
)

// An utterance is one line of the held-out corpus.
type utterance struct {
	text    string
	resists bool
}

// diagnosing prints how fast sentences are split and diagnosed, beside the limit, splitting alone, and the
// tools that one would otherwise take, on the same texts in the same run.
func diagnosing(ctx context.Context, dir string) error {
	if err := startUp(); err != nil {
		return err
	}
	utterances, err := heldOut()
	if err != nil {
		return err
	}
	short := make([]string, len(utterances))
	for i, u := range utterances {
		short[i] = u.text
	}
	long, err := exampleTexts()
	if err != nil {
		return err
	}
	fmt.Println("| one goroutine | short utterances/s | MB/s | longer messages/s | MB/s | times the limit |")
	fmt.Println("|---|---:|---:|---:|---:|---:|")
	limit := speeds("limit: sentences and words (UAX 29)", short, long, 0, splitter)
	speeds("language of each text", short, long, 0, func() func(string) {
		return func(text string) { parley.LangOf(text) }
	})
	speeds("sentences, as Parley reads them", short, long, 0, func() func(string) {
		var spans []parley.Span
		return func(text string) { spans = diagnose.Sentences(spans[:0], text) }
	})
	reader := func() func(string) { return reading(0) }
	speeds("Parley: sentences, language, findings", short, long, limit, reader)
	speeds("Parley, where nothing resists", short, long, limit, func() func(string) { return reading(2) })
	fmt.Println()
	one, two := parallel(short, 1, reader), parallel(short, 2, reader)
	fmt.Printf("On two cores %.0f utterances/s, %.2f times one core (%.0f).\n\n", two, two/one, one)
	return peers(ctx, dir, utterances)
}

// splitter does what cannot be saved: find the sentences and the words.
func splitter() func(string) {
	var spans []parley.Span
	return func(text string) {
		spans = diagnose.Sentences(spans[:0], text)
		for w := words.FromString(text); w.Next(); {
		}
	}
}

// reading reads texts as messages that follow one another, each by another speaker.
func reading(threshold float64) func(string) {
	r := diagnose.NewReader(diagnose.Shipped())
	r.AdvisersKnown, r.Threshold = true, threshold
	n := 0
	return func(text string) {
		n++
		r.Read(parley.Message{Source: "bench", Kind: parley.Chat, Speaker: parley.Person{Name: strconv.Itoa(n % 8)}, Text: text, Lang: parley.LangOf(text)})
	}
}

// speeds prints a row, and returns how many seconds a byte of the short texts took. limit is that of the row
// to compare with, 0 for none.
func speeds(name string, short, long []string, limit float64, start func() func(string)) float64 {
	s, l := fastest(short, start), fastest(long, start)
	times := ""
	if limit > 0 {
		times = fmt.Sprintf("%.1f", s.Seconds()/float64(size(short))/limit)
	}
	fmt.Printf("| %s | %.0f | %.1f | %.0f | %.1f | %s |\n", name, float64(len(short))/s.Seconds(), float64(size(short))/s.Seconds()/1e6,
		float64(len(long))/l.Seconds(), float64(size(long))/l.Seconds()/1e6, times)
	return s.Seconds() / float64(size(short))
}

// fastest goes over texts for about two seconds and returns how long the fastest round took.
func fastest(texts []string, start func() func(string)) (best time.Duration) {
	f := start()
	for began := time.Now(); time.Since(began) < 2*time.Second; {
		round := time.Now()
		for _, t := range texts {
			f(t)
		}
		if d := time.Since(round); best == 0 || d < best {
			best = d
		}
	}
	return best
}

// parallel returns how many texts a second n goroutines read.
func parallel(texts []string, n int, start func() func(string)) float64 {
	const rounds = 20
	var wg sync.WaitGroup
	began := time.Now()
	for range n {
		f := start()
		wg.Go(func() {
			for range rounds {
				for _, t := range texts {
					f(t)
				}
			}
		})
	}
	wg.Wait()
	return float64(n*rounds*len(texts)) / time.Since(began).Seconds()
}

func size(texts []string) (n int) {
	for _, t := range texts {
		n += len(t)
	}
	return n
}

// startUp prints what it costs before the first sentence is read: the model, and what is read beside it.
func startUp() error {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := time.Now()
	r := diagnose.NewReader(diagnose.Shipped())
	took := time.Since(began)
	runtime.GC()
	runtime.ReadMemStats(&after)
	fmt.Printf("Model, concepts, cues and a reader are there in %.1f ms, and take %.1f MB.\n\n", ms(took), float64(after.HeapAlloc-before.HeapAlloc)/1e6)
	runtime.KeepAlive(r)
	return nil
}

// heldOut returns the sentences of the held-out corpus, without those that advisers say.
func heldOut() ([]utterance, error) { return labelled("diagnose/corpus/heldout/*.jsonl") }

func labelled(pattern string) (out []utterance, err error) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		return nil, errors.Join(err, fmt.Errorf("no files %s; run this in the root of the repository", pattern))
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		set, err := train.ReadData(name, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		for _, l := range set.Lines {
			if v := l.Labels[train.GateHead]; v != "" && l.Role != "adviser" {
				out = append(out, utterance{l.Text, v == "true"})
			}
		}
	}
	return out, nil
}

// exampleTexts returns the messages of the example documents.
func exampleTexts() (texts []string, err error) {
	for _, name := range []string{"en/thread.mbox", "en/meeting.vtt", "en/notes.md", "es/thread.mbox", "es/meeting.vtt", "fr/thread.mbox", "fr/meeting.vtt"} {
		f, err := os.Open(filepath.Join("examples", name))
		if err != nil {
			return nil, err
		}
		for m, err := range listen.Read(name, f, listen.Options{}) {
			if err == nil {
				texts = append(texts, m.Text)
			}
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

//go:embed scikit.py
var scikit string

// peers prints how fast and how well other tools tell resistance, trained on the same sentences.
func peers(ctx context.Context, dir string, test []utterance) error {
	training, err := labelled("diagnose/corpus/train/*.jsonl")
	if err != nil {
		return err
	}
	trainFile, testFile, manyFile := filepath.Join(dir, "train.txt"), filepath.Join(dir, "test.txt"), filepath.Join(dir, "many.txt")
	const rounds = 40
	err = errors.Join(writeFastText(trainFile, training, 1), writeFastText(testFile, test, 1), writeFastText(manyFile, test, rounds))
	if err != nil {
		return err
	}
	fmt.Println("| resistance alone, one thread | utterances/s | MB/s | F1 |")
	fmt.Println("|---|---:|---:|---:|")
	bytes := 0
	for _, u := range test {
		bytes += len(u.text)
	}
	row := func(name string, seconds float64, f1 float64) {
		fmt.Printf("| %s | %.0f | %.1f | %.3f |\n", name, rounds*float64(len(test))/seconds, rounds*float64(bytes)/seconds/1e6, f1)
	}
	texts := make([]string, len(test))
	said := make([]bool, len(test))
	for i, u := range test {
		texts[i] = u.text
	}
	m := diagnose.Shipped()
	scorer := m.Scorer()
	var a diagnose.Analysis
	took := fastest(texts, func() func(string) {
		return func(text string) { scorer.Analyze(&a, text); scorer.Score(diagnose.Unit{Self: &a, Role: "client"}, 2) }
	})
	for i, text := range texts {
		scorer.Analyze(&a, text)
		scorer.Score(diagnose.Unit{Self: &a, Role: "client"}, 2)
		said[i] = scorer.Probs[0][1] >= m.Threshold
	}
	row("Parley, each sentence by itself", took.Seconds()*rounds, f1(test, said))
	if err := fastText(ctx, dir, trainFile, testFile, manyFile, test, row); err != nil {
		return err
	}
	return scikitLearn(ctx, trainFile, manyFile, len(test), test, row)
}

func writeFastText(name string, list []utterance, times int) error {
	var out bytes.Buffer
	for range times {
		for _, u := range list {
			fmt.Fprintf(&out, "__label__%t %s\n", u.resists, strings.Join(strings.Fields(u.text), " "))
		}
	}
	return os.WriteFile(name, out.Bytes(), 0o600)
}

// fastText trains the Debian package's program with words, pairs and letters as here, and times its
// predictions, less what it takes to load the model.
func fastText(ctx context.Context, dir, trainFile, testFile, manyFile string, test []utterance, row func(string, float64, float64)) error {
	if _, err := exec.LookPath("fasttext"); err != nil {
		fmt.Println("| fastText: not installed (Debian package fasttext) | | | |")
		return nil
	}
	model := filepath.Join(dir, "fasttext")
	if out, err := exec.CommandContext(ctx, "fasttext", "supervised", "-input", trainFile, "-output", model, "-wordNgrams", "2",
		"-minn", "3", "-maxn", "5", "-bucket", "262144", "-epoch", "25", "-lr", "0.3", "-thread", "1", "-verbose", "0").CombinedOutput(); err != nil {
		return fmt.Errorf("fasttext supervised: %w\n%s", err, out)
	}
	predict := func(file string) (string, float64, error) {
		began := time.Now()
		out, err := exec.CommandContext(ctx, "fasttext", "predict", model+".bin", file).Output()
		return string(out), time.Since(began).Seconds(), err
	}
	few, fewSeconds, err := predict(testFile)
	if err != nil {
		return err
	}
	_, seconds, err := predict(manyFile)
	if err != nil {
		return err
	}
	said := make([]bool, len(test))
	for i, line := range strings.Split(strings.TrimSpace(few), "\n") {
		said[i] = line == "__label__true"
	}
	row("fastText 0.9.2, words 1–2, letters 3–5", (seconds-fewSeconds)*40/39, f1(test, said))
	return nil
}

// scikitLearn runs scikit.py, which prints the seconds to predict the file and its first labels.
func scikitLearn(ctx context.Context, trainFile, manyFile string, n int, test []utterance, row func(string, float64, float64)) error {
	cmd := exec.CommandContext(ctx, "/usr/bin/python3", "-c", scikit, trainFile, manyFile, strconv.Itoa(n))
	cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1")
	out, err := cmd.Output()
	if err != nil {
		fmt.Println("| scikit-learn: not installed (Debian package python3-sklearn) | | | |")
		return nil
	}
	var result struct {
		Version string
		Seconds float64
		Said    []bool
	}
	if err := json.Unmarshal(out, &result); err != nil {
		return fmt.Errorf("scikit.py: %w", err)
	}
	row("scikit-learn "+result.Version+", TF-IDF and linear SVM", result.Seconds, f1(test, result.Said))
	return nil
}

// f1 returns the F1 of resistance.
func f1(test []utterance, said []bool) float64 {
	var hits, all int
	for i, u := range test {
		if u.resists && said[i] {
			hits++
		}
		if u.resists {
			all++
		}
		if said[i] {
			all++
		}
	}
	return 2 * float64(hits) / float64(all)
}

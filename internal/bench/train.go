package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"parley/diagnose/train"
)

// training prints how long it takes to train on as many utterances as a small study has, and on a million,
// and the memory of that. One label of four for each utterance.
func training(ctx context.Context, dir string) error {
	binary := filepath.Join(dir, "parley-train")
	if err := build(ctx, ".", binary, "./cmd/parley"); err != nil {
		return err
	}
	fmt.Println("| labelled utterances | MB | seconds | peak resident MB |")
	fmt.Println("|---:|---:|---:|---:|")
	for _, n := range []int{4800, 100_000, 1_000_000} {
		data := filepath.Join(dir, "utterances.jsonl")
		size, err := writeUtterances(data, n)
		if err != nil {
			return err
		}
		cmd := exec.CommandContext(ctx, binary, "model", "train", "--data", data, "--out", filepath.Join(dir, "trained.bin"))
		began := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("train: %w\n%s", err, out)
		}
		rss := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss // kB on Linux
		fmt.Printf("| %d | %.1f | %.0f | %.0f |\n", n, float64(size)/1e6, time.Since(began).Seconds(), float64(rss)/1e3)
	}
	fmt.Println()
	return nil
}

// writeUtterances writes n utterances in dialogues of twenty: halves of sentences of the corpus, joined by
// chance, with the label of the first.
func writeUtterances(name string, n int) (size int64, err error) {
	var heads, tails, labels []string
	for _, lang := range []string{"en", "es", "fr"} {
		file := "diagnose/corpus/train/" + lang + ".jsonl"
		f, err := os.Open(file)
		if err != nil {
			return 0, err
		}
		set, err := train.ReadData(file, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return 0, err
		}
		for _, l := range set.Lines {
			if l.Labels[train.GateHead] == "" {
				continue
			}
			words := strings.Fields(l.Text)
			heads = append(heads, strings.Join(words[:(len(words)+1)/2], " "))
			tails = append(tails, strings.Join(words[(len(words)+1)/2:], " "))
			label := l.Labels["form"]
			if label == "" {
				label = "none"
			}
			labels = append(labels, label)
		}
	}
	out, err := os.Create(name)
	if err != nil {
		return 0, err
	}
	defer out.Close()
	w := bufio.NewWriterSize(out, 1<<20)
	enc := json.NewEncoder(w)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range n {
		a, b := rng.IntN(len(heads)), rng.IntN(len(tails))
		err := enc.Encode(map[string]any{"dialogue": i / 20, "turn": i % 20, "role": [...]string{"client", "adviser"}[i%2], "text": strings.TrimSpace(heads[a] + " " + tails[b]), "label": labels[a]})
		if err != nil {
			return 0, err
		}
	}
	if err := w.Flush(); err != nil {
		return 0, err
	}
	info, err := out.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

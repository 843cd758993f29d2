package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"parley"
	"parley/diagnose/train"
	"parley/internal/app"
)

// ownLeast is how many decisions a model of one's own takes, if nothing is there beside them: of each kind, and
// of both together. With fewer, what it says is chance.
const (
	ownLeast      = 300
	ownLeastOfOne = 50
)

// set reads what to train from.
func (c *modelTrainCmd) set(ctx context.Context, s std) (*train.Set, error) {
	files := append(c.Data, c.More...)
	if !c.FromWorkspace {
		return readData(files, s)
	}
	var lines []train.Line
	if err := c.with(ctx, func(a *app.App, by parley.Actor) (err error) {
		lines, err = a.Labelled(ctx, by)
		return err
	}); err != nil {
		return nil, err
	}
	data, err := asJSON(lines)
	if err != nil {
		return nil, err
	}
	if c.Keep != "" {
		if err := os.WriteFile(c.Keep, data, 0o600); err != nil { // what people said is nobody else's
			return nil, cannotBe("written", c.Keep, err)
		}
	}
	resists, rests := 0, 0
	for _, l := range lines {
		switch l.Labels[train.GateHead] {
		case "true":
			resists++
		case "false":
			rests++
		}
	}
	if len(files) == 0 && (resists+rests < ownLeast || min(resists, rests) < ownLeastOfOne) {
		return nil, &parley.Error{Code: parley.Invalid, Field: "from-workspace", Message: fmt.Sprintf(
			"the workspace has %d decisions, %d that it is resistance and %d that it is none; a model of its own takes at least %d, and %d of each. Add the corpus with --data, or let Parley go on adapting its model, which takes 10",
			resists+rests, resists, rests, ownLeast, ownLeastOfOne)}
	}
	own, err := train.ReadData("the workspace", bytes.NewReader(data))
	if err != nil || len(files) == 0 {
		return own, err
	}
	rest, err := readData(files, s)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(s.err, "%s of the workspace, beside %s of data\n", counted(resists+rests, "decision", "decisions"), counted(len(rest.Lines), "line", "lines"))
	return train.Merge(rest, own)
}

// asJSON writes lines as labelled data.
func asJSON(lines []train.Line) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, l := range lines {
		labels := map[string]any{}
		for head, v := range l.Labels {
			labels[head] = v
			if head == train.GateHead {
				labels[head] = v == "true"
			}
		}
		if err := enc.Encode(struct {
			Dialogue string         `json:"dialogue"`
			Turn     string         `json:"turn"`
			Role     string         `json:"role"`
			Speaker  string         `json:"speaker"`
			Lang     string         `json:"lang,omitempty"`
			Kind     string         `json:"kind,omitempty"`
			Text     string         `json:"text"`
			Labels   map[string]any `json:"labels,omitempty"`
		}{l.Dialogue, l.Turn, l.Role, l.Speaker, l.Lang, l.Kind, l.Text, labels}); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

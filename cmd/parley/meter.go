package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// A meter shows on a terminal how much of a long work is done. It is an io.Writer that counts bytes.
type meter struct {
	out   io.Writer
	on    bool
	total int64 // 0: not known
	done  int64
	start time.Time
	shown time.Time
	width int // of what is shown now
}

// Work shorter than this shows no bar.
const meterAfter = 400 * time.Millisecond

func (m *meter) Write(p []byte) (int, error) {
	m.set(m.done+int64(len(p)), m.total)
	return len(p), nil
}

// set says that done of total is done, and draws at most ten times a second.
func (m *meter) set(done, total int64) {
	m.done, m.total = done, total
	if !m.on {
		return
	}
	now := time.Now()
	if m.start.IsZero() {
		m.start = now
	}
	if now.Sub(m.start) < meterAfter || now.Sub(m.shown) < 100*time.Millisecond {
		return
	}
	m.shown = now
	var text string
	if total > 0 {
		const cells = 30
		share := min(float64(done)/float64(total), 1)
		full := int(share * cells)
		text = fmt.Sprintf("  %s%s %3.0f %%", strings.Repeat("█", full), strings.Repeat("░", cells-full), share*100)
	} else {
		text = fmt.Sprintf("  %d MB", done>>20)
	}
	fmt.Fprintf(m.out, "\r%s", text)
	m.width = len(text)
}

// clear takes the bar off the terminal.
func (m *meter) clear() {
	if m.width > 0 {
		fmt.Fprintf(m.out, "\r%s\r", strings.Repeat(" ", m.width))
		m.width = 0
	}
}

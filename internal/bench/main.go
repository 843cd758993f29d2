// Bench measures how fast conversations are read, imported and served, and how much memory it takes, and
// prints the tables of docs/benchmarks.md. It makes its inputs itself, from the examples, in a temporary folder.
//
//	go run ./internal/bench
//	go run ./internal/bench -only serve -messages 5000 -concerns 200
package main

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"parley"
	"parley/diagnose"
	"parley/listen"
)

func main() {
	log.SetFlags(0)
	gb := flag.Float64("gb", 2, "size of the mailbox whose memory is measured, in GB; 0 leaves it out")
	mb := flag.Int("mb", 8, "size of the input of each kind, in MB")
	only := flag.String("only", "", "one part alone: read, diagnose, reasons, train, mailbox, import or serve")
	imported := flag.Int("import", 5000, "messages that are imported, of each kind")
	var s serving
	flag.IntVar(&s.messages, "messages", 50_000, "messages that are stored while requests are served")
	flag.IntVar(&s.concerns, "concerns", 2000, "concerns that are stored while requests are served")
	flag.IntVar(&s.requests, "requests", 800, "requests of each kind, to each server, for each number of connections")
	flag.StringVar(&s.data, "data", "", "folder to keep what is stored for serving, and to find it in the next time")
	flag.Parse()
	dir, err := os.MkdirTemp("", "parley-bench")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	machine()
	for _, part := range []struct {
		name string
		run  func() error
	}{
		{"read", func() error { return kinds(*mb << 20) }},
		{"diagnose", func() error { return diagnosing(ctx, dir) }},
		{"reasons", func() error { return gathering(ctx) }},
		{"train", func() error { return training(ctx, dir) }},
		{"mailbox", func() error { return mailbox(dir, int64(*gb*1e9)) }},
		{"import", func() error { return importing(ctx, dir, *imported) }},
		{"serve", func() error { return s.measure(ctx, dir) }},
	} {
		if *only != "" && *only != part.name || part.name == "mailbox" && *gb == 0 {
			continue
		}
		if err := part.run(); err != nil {
			_ = os.RemoveAll(dir) // log.Fatal runs nothing that is deferred
			log.Fatalf("%s: %v", part.name, err)
		}
	}
}

// machine prints what the figures were measured on.
func machine() {
	cpu := "unknown processor"
	if data, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(data)) {
			if name, ok := strings.CutPrefix(line, "model name\t: "); ok {
				cpu = strings.TrimSpace(name)
				break
			}
		}
	}
	fmt.Printf("%s, %d cores, %s, %s. %s\n\n", cpu, runtime.NumCPU(), runtime.Version(), time.Now().UTC().Format("2006-01-02"), load())
}

// load says how busy the machine was in the last minute, where the system tells.
func load() string {
	data, _ := os.ReadFile("/proc/loadavg")
	if one, _, ok := strings.Cut(string(data), " "); ok {
		return "Load " + one + "."
	}
	return ""
}

// A kind is one row of the table: how to make an input of it.
type kind struct {
	name, example string
	grow          func(example []byte, n int) []byte
}

// kinds measures, for each kind of file, parsing alone and reading with diagnosis, in one goroutine.
func kinds(size int) error {
	rows := []kind{
		{"mail (mbox)", "thread.mbox", growMBox},
		{"transcript (vtt)", "meeting.vtt", growCues},
		{"subtitles (srt)", "call.srt", growCues},
		{"turns (txt)", "transcript.txt", repeat},
		{"minutes (md)", "minutes.md", repeat},
		{"chat (txt)", "chat.txt", repeat},
		{"chat (json)", "slack.json", growJSON},
		{"survey (csv)", "survey.csv", growTable},
	}
	fmt.Println("| kind | input MB | messages | parse MB/s | parse messages/s | read MB/s | read messages/s | findings |")
	fmt.Println("|---|---:|---:|---:|---:|---:|---:|---:|")
	for _, k := range rows {
		example, err := os.ReadFile(filepath.Join("examples/en", k.example))
		if err != nil {
			return err
		}
		data := k.grow(example, size)
		parse, messages, _ := measure(data, nil)
		read, _, findings := measure(data, diagnose.NewReader(diagnose.Shipped()))
		mb := float64(len(data)) / 1e6
		fmt.Printf("| %s | %.1f | %d | %.1f | %.0f | %.1f | %.0f | %d |\n", k.name, mb, messages,
			mb/parse.Seconds(), float64(messages)/parse.Seconds(), mb/read.Seconds(), float64(messages)/read.Seconds(), findings)
	}
	fmt.Println()
	return nil
}

// measure reads data three times and returns the fastest.
func measure(data []byte, r *diagnose.Reader) (best time.Duration, messages, findings int) {
	for range 3 {
		messages, findings = 0, 0
		start := time.Now()
		for m, err := range listen.Read("bench", bytes.NewReader(data), listen.Options{Sides: parley.Sides{Advisers: []string{"fernhill.example"}}}) {
			if err != nil {
				continue
			}
			messages++
			if r != nil {
				findings += len(r.Read(m))
			}
		}
		if d := time.Since(start); best == 0 || d < best {
			best = d
		}
	}
	return best, messages, findings
}

func repeat(example []byte, n int) []byte {
	return bytes.Repeat(append(example, '\n'), n/len(example)+1)
}

// growMBox repeats a mailbox with message ids of its own each time.
func growMBox(example []byte, n int) []byte {
	var out bytes.Buffer
	for i := 0; out.Len() < n; i++ {
		out.Write(bytes.ReplaceAll(example, []byte(".example>"), fmt.Appendf(nil, ".%d.example>", i)))
		out.WriteByte('\n')
	}
	return out.Bytes()
}

func growCues(example []byte, n int) []byte {
	header, cues, _ := bytes.Cut(example, []byte("\n\n"))
	if !bytes.HasPrefix(header, []byte("WEBVTT")) {
		return repeat(example, n)
	}
	return append(append(header, "\n\n"...), repeat(cues, n)...)
}

func growJSON(example []byte, n int) []byte {
	list := bytes.TrimSpace(example)
	inner := append(list[1:len(list)-1:len(list)-1], ',')
	all := bytes.Repeat(inner, n/len(inner)+1)
	return append(append([]byte{'['}, all[:len(all)-1]...), ']')
}

func growTable(example []byte, n int) []byte {
	header, rows, _ := bytes.Cut(example, []byte("\n"))
	return append(append(header, '\n'), repeat(rows, n)...)
}

// mailbox writes a mailbox of the given size and measures reading it from end to end as a process.
func mailbox(dir string, size int64) error {
	box := filepath.Join(dir, "big.mbox")
	mails, err := writeMailbox(box, size)
	if err != nil {
		return err
	}
	binary := filepath.Join(dir, "parley")
	if err := build(context.Background(), ".", binary, "./cmd/parley"); err != nil {
		return err
	}
	cmd := exec.Command(binary, "read", box, "--format", "jsonl", "--adviser", "fernhill.example")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = os.Stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	out, err := io.Copy(io.Discard, stdout)
	if err != nil {
		return err
	}
	if err := cmd.Wait(); err != nil {
		return err
	}
	took := time.Since(start)
	rss := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss // kB on Linux
	fmt.Println("| mailbox GB | mails | seconds | MB/s | mails/s | peak resident MB | output MB |")
	fmt.Println("|---:|---:|---:|---:|---:|---:|---:|")
	fmt.Printf("| %.2f | %d | %.0f | %.1f | %.0f | %.0f | %.0f |\n", float64(size)/1e9, mails, took.Seconds(), float64(size)/1e6/took.Seconds(), float64(mails)/took.Seconds(), float64(rss)/1e3, float64(out)/1e6)
	return nil
}

// writeMailbox repeats the example thread; every fortieth round a mail carries a picture of 3 MB.
func writeMailbox(name string, size int64) (mails int, err error) {
	example, err := os.ReadFile("examples/en/thread.mbox")
	if err != nil {
		return 0, err
	}
	f, err := os.Create(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	picture := strings.Repeat(strings.Repeat("QUJD", 19)+"\n", 3<<20/77)
	var written int64
	for i := 0; written < size; i++ {
		round := bytes.ReplaceAll(example, []byte(".example>"), fmt.Appendf(nil, ".%d.example>", i))
		mails += bytes.Count(round, []byte("\nFrom ")) + 1
		if i%40 == 0 {
			round = fmt.Appendf(round, "\nFrom x Thu Jan  1 00:00:00 2026\nFrom: Bisi Adeyemi <b@calder.example>\nMessage-ID: <p%d@calder.example>\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nWe cannot approve this before March.\n--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=p.png\n\n%s\n--b--\n", i, picture)
			mails++
		}
		n, err := w.Write(append(round, '\n'))
		if err != nil {
			return 0, err
		}
		written += int64(n)
	}
	return mails, w.Flush()
}

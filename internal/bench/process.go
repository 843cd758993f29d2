package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// A process is a server that is started, asked, and stopped.
type process struct {
	name  string
	ready string                     // path that answers 200 once it serves
	args  func(addr string) []string // its command line, to listen at addr
	url   string
	cmd   *exec.Cmd
	said  bytes.Buffer // what it said, for when it does not start

	starts []time.Duration
	idle   float64 // MB resident after it started
}

// start starts the server on a free port of loopback, and waits until it is ready, at most a minute.
func (p *process) start(ctx context.Context) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	addr := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return err
	}
	p.url = "http://" + addr
	p.said.Reset()
	args := p.args(addr)
	p.cmd = exec.CommandContext(ctx, args[0], args[1:]...)
	p.cmd.Stdout, p.cmd.Stderr = &p.said, &p.said
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		p.cmd = nil
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for ctx.Err() == nil {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+p.ready, nil)
		if err != nil {
			return err
		}
		if w, err := client.Do(r); err == nil {
			_ = w.Body.Close() // only that it answers counts
			if w.StatusCode == http.StatusOK {
				p.starts = append(p.starts, time.Since(began))
				return nil
			}
		}
		time.Sleep(2 * time.Millisecond) // another process: there is no event to wait for
	}
	return errors.Join(fmt.Errorf("%s does not start\n%s", p.name, p.said.String()), p.stop())
}

// stop ends the server, kindly for ten seconds.
func (p *process) stop() error {
	if p.cmd == nil {
		return nil
	}
	cmd := p.cmd
	p.cmd = nil
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	late := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) { // how it says that it was ended is its own
		return err
	}
	return nil
}

// resident returns how much memory the server has, in MB; 0 where the system does not say.
func (p *process) resident() float64 { return p.status("VmRSS:") }

// peak returns how much it had at most.
func (p *process) peak() float64 { return p.status("VmHWM:") }

func (p *process) status(name string) float64 {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	for line := range strings.Lines(string(data)) {
		if value, ok := strings.CutPrefix(line, name); ok {
			kB, _ := strconv.ParseFloat(strings.Fields(value)[0], 64)
			return kB * 1024 / 1e6
		}
	}
	return 0
}

// output runs a program to its end and returns the last line that it printed.
func output(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var failed bytes.Buffer
	cmd.Stderr = &failed
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s%s", name, err, out, failed.String())
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1], nil
}

// An asking is requests of one kind to one server, and how long each took.
type asking struct {
	base        string
	paths       []string // asked one after the other, over and over
	header      http.Header
	connections int

	took  []time.Duration
	all   time.Duration // from the first request to the last answer, over all turns
	bytes int64         // of the last answer
	mu    sync.Mutex
}

// turnLong is how long one turn of requests may take, and answerLong one of them.
const (
	turnLong   = 2 * time.Second
	answerLong = 30 * time.Second
)

// ask sends n requests over as many connections as there are to be, or fewer where they take long.
func (a *asking) ask(ctx context.Context, n int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	transport := &http.Transport{MaxIdleConnsPerHost: a.connections, MaxConnsPerHost: a.connections, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: answerLong, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	var next atomic.Int64
	var working sync.WaitGroup
	began := time.Now()
	for range a.connections {
		working.Go(func() {
			for time.Since(began) < turnLong && ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := a.one(ctx, client, a.paths[i%len(a.paths)]); err != nil {
					cancel(err)
				}
			}
		})
	}
	working.Wait()
	a.all += time.Since(began)
	return context.Cause(ctx)
}

// one sends one request and reads the answer.
func (a *asking) one(ctx context.Context, client *http.Client, path string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.base+path, nil)
	if err != nil {
		return err
	}
	r.Header = a.header.Clone()
	began := time.Now()
	w, err := client.Do(r)
	if err != nil {
		return err
	}
	defer w.Body.Close()
	size, err := io.Copy(io.Discard, w.Body)
	took := time.Since(began)
	if err != nil {
		return err
	}
	if w.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s%s: %s", a.base, path, w.Status)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.took, a.bytes = append(a.took, took), size
	return nil
}

// rate is how many requests were answered in a second.
func (a *asking) rate() float64 { return float64(len(a.took)) / a.all.Seconds() }

// String returns four cells of the table: median, 99th percentile, requests in a second, size.
func (a *asking) String() string {
	return fmt.Sprintf("%.2f | %.2f | %.0f | %.1f", ms(percentile(a.took, 50)), ms(percentile(a.took, 99)), a.rate(), float64(a.bytes)/1e3)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }

// percentile returns the value that p in a hundred are not above.
func percentile(list []time.Duration, p int) time.Duration {
	if len(list) == 0 {
		return 0
	}
	list = slices.Sorted(slices.Values(list))
	return list[min(len(list)-1, (len(list)*p+99)/100-1)]
}

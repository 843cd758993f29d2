package api

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// Metrics counts requests, and serves the counts as /metrics in the text format of Prometheus. Its own two
// kinds of series do not earn the fifteen packages of the client library.
type Metrics struct {
	started time.Time

	mu       sync.Mutex
	requests map[series]*latency
}

// A series is the requests that are counted together.
type series struct {
	route  string // the pattern of the mux, "none" where nothing served it
	method string
	class  string // of the status: 2xx
}

// A latency is how long requests took.
type latency struct {
	counts [len(bounds)]uint64 // up to each bound, each counted once
	count  uint64
	sum    float64 // seconds
}

// bounds are in seconds.
var bounds = [...]float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}

// NewMetrics returns metrics without counts.
func NewMetrics() *Metrics {
	return &Metrics{started: time.Now(), requests: map[series]*latency{}}
}

// Observe returns a handler that counts the requests of mux by its patterns. Nothing that copies the
// request may stand between the two.
func (m *Metrics) Observe(mux http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		out := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			if cause := recover(); cause != nil {
				m.count(r, http.StatusInternalServerError, time.Since(start))
				panic(cause)
			}
			m.count(r, out.status, time.Since(start))
		}()
		mux.ServeHTTP(out, r)
	})
}

func (m *Metrics) count(r *http.Request, status int, took time.Duration) {
	_, route, ok := strings.Cut(r.Pattern, " ") // "GET /api/v1/me"
	if !ok {
		route = cmp.Or(r.Pattern, "none")
	}
	method := r.Method
	if !slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, method) {
		method = "other" // clients must not make series
	}
	key := series{route, method, fmt.Sprintf("%dxx", status/100)}
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.requests[key]
	if l == nil {
		l = &latency{}
		m.requests[key] = l
	}
	l.count++
	l.sum += took.Seconds()
	if i, _ := slices.BinarySearch(bounds[:], took.Seconds()); i < len(bounds) {
		l.counts[i]++
	}
}

// ServeHTTP writes what was counted.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	var out bytes.Buffer
	m.mu.Lock()
	keys := slices.SortedFunc(maps.Keys(m.requests), func(a, b series) int {
		return cmp.Or(cmp.Compare(a.route, b.route), cmp.Compare(a.method, b.method), cmp.Compare(a.class, b.class))
	})
	out.WriteString("# HELP parley_http_request_seconds How long requests took.\n# TYPE parley_http_request_seconds histogram\n")
	for _, key := range keys {
		m.requests[key].write(&out, fmt.Sprintf("route=%q,method=%q,status=%q", key.route, key.method, key.class))
	}
	m.mu.Unlock()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	gauge(&out, "process_start_time_seconds", "When the process started, since 1970.", float64(m.started.UnixMilli())/1000)
	gauge(&out, "go_goroutines", "Goroutines.", float64(runtime.NumGoroutine()))
	gauge(&out, "go_memstats_heap_inuse_bytes", "Memory of the heap in use.", float64(memory.HeapInuse))
	gauge(&out, "go_memstats_sys_bytes", "Memory taken from the system.", float64(memory.Sys))
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(out.Bytes())
}

func (l *latency) write(out *bytes.Buffer, labels string) {
	const name = "parley_http_request_seconds"
	var upTo uint64
	for i, bound := range bounds {
		upTo += l.counts[i]
		fmt.Fprintf(out, "%s_bucket{%s,le=\"%g\"} %d\n", name, labels, bound, upTo)
	}
	fmt.Fprintf(out, "%s_bucket{%s,le=\"+Inf\"} %d\n", name, labels, l.count)
	fmt.Fprintf(out, "%s_sum{%s} %g\n%s_count{%s} %d\n", name, labels, l.sum, name, labels, l.count)
}

func gauge(out *bytes.Buffer, name, help string, value float64) {
	fmt.Fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n%s %g\n", name, help, name, name, value)
}

// A statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader sends the status.
func (w *statusWriter) WriteHeader(status int) {
	if status >= 200 { // those below are not the last
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

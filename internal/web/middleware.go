package web

import (
	"compress/gzip"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
)

// policy is what a page may load: our own files, and nothing inline.
const policy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// secured sets the headers that every answer carries.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// recovered answers a panic, which is a bug of ours, like any other failure, and logs it.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				s.o.Log.Error("panic", "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
				http.Error(w, "Something went wrong here. It has been written to the log.", http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

var gzips = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is one
	return z
}}

// compress sends pages compressed to whoever takes them so.
func compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept-Encoding")
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") || r.Method == http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		cw := &compressed{ResponseWriter: w}
		defer cw.close()
		next.ServeHTTP(cw, r)
	})
}

// compressed writes a body compressed once it turns out to have one of some size.
type compressed struct {
	http.ResponseWriter
	z       *gzip.Writer
	started bool
}

// leastCompressed is the size of a body from which compressing pays, in bytes.
const leastCompressed = 1400

func (w *compressed) Write(p []byte) (int, error) {
	if !w.started {
		w.begin(len(p))
	}
	if w.z != nil {
		return w.z.Write(p)
	}
	return w.ResponseWriter.Write(p)
}

// WriteHeader waits until the size of the body is known; an answer without one goes at once.
func (w *compressed) WriteHeader(status int) {
	if w.started {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	if w.Header().Get("Content-Type") == "" || status == http.StatusNoContent || status == http.StatusNotModified || status >= 300 && status < 400 {
		w.started = true
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.start(status)
}

// start begins an answer whose body is a page: those are never small.
func (w *compressed) start(status int) {
	w.started = true
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Del("Content-Length")
	w.ResponseWriter.WriteHeader(status)
	w.z = gzips.Get().(*gzip.Writer)
	w.z.Reset(w.ResponseWriter)
}

func (w *compressed) begin(size int) {
	if size < leastCompressed || w.Header().Get("Content-Encoding") != "" {
		w.started = true
		return
	}
	w.start(http.StatusOK)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *compressed) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *compressed) close() {
	if w.z != nil {
		_ = w.z.Close() // the browser has gone
		gzips.Put(w.z)
	}
}

package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:generate go run ./gen
//go:generate go tool templ generate

//go:embed static
var staticFiles embed.FS

// A staticFile is one file as it is sent.
type staticFile struct {
	kind  string
	plain []byte
	gzip  func() []byte // compressed when it is first asked for; nil where that does not help
}

// statics returns the static files by name, and a hash over all of them. It is part of every address, so that
// a browser keeps a file for good and asks for another when one has changed.
var statics = sync.OnceValues(func() (map[string]staticFile, string) {
	files := map[string]staticFile{}
	sum := sha256.New()
	entries, err := fs.ReadDir(staticFiles, "static") // sorted by name
	if err != nil {
		panic(err) // embedded
	}
	for _, e := range entries {
		data, err := fs.ReadFile(staticFiles, "static/"+e.Name())
		if err != nil {
			panic(err) // embedded
		}
		sum.Write([]byte(e.Name()))
		sum.Write(data)
		f := staticFile{kind: mime.TypeByExtension(path.Ext(e.Name())), plain: data}
		if path.Ext(e.Name()) == ".woff2" { // is compressed
			f.kind = "font/woff2"
		} else {
			f.gzip = sync.OnceValue(func() []byte { return compressWell(data) })
		}
		files[e.Name()] = f
	}
	return files, hex.EncodeToString(sum.Sum(nil))[:12]
})

func compressWell(data []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is one
	_, _ = w.Write(data)                                  // to memory
	_ = w.Close()
	return b.Bytes()
}

// asset returns the address of a static file.
func asset(name string) string {
	_, hash := statics()
	return "/static/" + hash + "/" + name
}

// serveStatic serves GET /static/{hash}/{name}.
func serveStatic(w http.ResponseWriter, r *http.Request) {
	files, hash := statics()
	f, ok := files[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	if r.PathValue("hash") == hash {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else { // a page from before an upgrade: serve it what there is
		h.Set("Cache-Control", "no-cache")
	}
	tag := `"` + hash + `"`
	h.Set("ETag", tag)
	h.Set("Content-Type", f.kind)
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.plain
	if f.gzip != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.gzip()
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the browser has gone
	}
}

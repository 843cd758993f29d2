package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"parley"
	"parley/internal/app"
)

// imports serves GET /api/v1/engagements/{id}/imports.
func (s *Server) imports(ctx context.Context, in *InEngagement) (*body[List[app.Import]], error) {
	imports, err := s.app.Imports(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return page(imports, in.Paged, func(i app.Import) parley.ImportID { return i.ID })
}

type uploadInput struct {
	One[parley.EngagementID]
	Keyed
	RawBody huma.MultipartFormFiles[struct {
		Files []huma.FormFile `form:"files" required:"true" doc:"Mail, transcripts, chats, minutes, notes and surveys, one part each, with their file names. Pasted text is a file as well."`
	}]
}

// startImport serves POST /api/v1/engagements/{id}/imports. The files are on disk: see receive.
func (s *Server) startImport(ctx context.Context, in *uploadInput) (*made[app.Import], error) {
	if err := onlyFiles(in.RawBody.Form); err != nil {
		return nil, err
	}
	var uploads []app.Upload
	for _, f := range in.RawBody.Data().Files {
		defer f.Close()
		uploads = append(uploads, app.Upload{Name: f.Filename, Body: f})
	}
	var request []string
	if in.Key != "" {
		var err error
		if request, err = sums(in.RawBody.Data().Files); err != nil {
			return nil, err
		}
	}
	i, err := once(ctx, s, in.Key, request, func(a *app.App) (app.Import, error) {
		for _, f := range in.RawBody.Data().Files { // it may be called again
			if _, err := f.Seek(0, io.SeekStart); err != nil {
				return app.Import{}, fmt.Errorf("read an upload: %w", err)
			}
		}
		return a.StartImport(ctx, actor(ctx), in.ID, uploads)
	})
	return &made[app.Import]{"/api/v1/imports/" + string(i.ID), i}, err
}

// onlyFiles refuses parts of a form that are not read.
func onlyFiles(form *multipart.Form) error {
	for name := range form.File {
		if name != "files" {
			return &parley.Error{Code: parley.Invalid, Field: name, Message: "the only parts taken are files"}
		}
	}
	for name := range form.Value {
		return &parley.Error{Code: parley.Invalid, Field: name, Message: "the only parts taken are files, with a file name each"}
	}
	return nil
}

// sums returns the names and hashes of files.
func sums(files []huma.FormFile) (all []string, err error) {
	for _, f := range files {
		h := sha256.New()
		if _, err := io.Copy(h, f); err != nil {
			return nil, fmt.Errorf("hash an upload: %w", err)
		}
		all = append(all, f.Filename, hex.EncodeToString(h.Sum(nil)))
	}
	return all, nil
}

// receive reads an upload to disk, within the limit, and takes it away again after the request. huma would
// read it without one, and leave it.
func (s *Server) receive(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	// The limit of the server is for requests that fit into memory.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Hour))
	r.Body = http.MaxBytesReader(w, r.Body, s.maxUpload)
	err := r.ParseMultipartForm(1 << 20) // in memory; the rest is on disk
	if r.MultipartForm != nil {
		defer r.MultipartForm.RemoveAll()
	}
	if err == nil {
		next(ctx)
		return
	}
	p := statusProblem(http.StatusBadRequest)
	p.Detail = "the upload is broken off, or is no multipart form"
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		p = statusProblem(http.StatusRequestEntityTooLarge)
		p.Detail = fmt.Sprintf("an upload has at most %d bytes", tooLarge.Limit)
	case errors.Is(err, http.ErrNotMultipart), errors.Is(err, http.ErrMissingBoundary):
		p = statusProblem(http.StatusUnsupportedMediaType)
		p.Detail = "send the files as multipart/form-data"
	}
	p.write(w)
}

// importOf serves GET /api/v1/imports/{id}.
func (s *Server) importOf(ctx context.Context, in *One[parley.ImportID]) (*body[app.Import], error) {
	i, err := s.app.Import(ctx, actor(ctx), in.ID)
	return &body[app.Import]{i}, err
}

// undoImport serves POST /api/v1/imports/{id}/undo.
func (s *Server) undoImport(ctx context.Context, in *KeyedOne[parley.ImportID]) (*struct{}, error) {
	return onceOnly(ctx, s, in.Key, in, func(a *app.App) error {
		return a.UndoImport(ctx, actor(ctx), in.ID)
	})
}

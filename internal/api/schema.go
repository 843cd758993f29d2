package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"parley"
	"parley/internal/app"
)

const about = `What Parley hears, and what becomes of it.

**Who asks.** Send an API token as ` + "`Authorization: Bearer …`" + `. The session of the pages works too, from the same site.

**Lists** come in pages: ` + "`next`" + `, where it is there, is the ` + "`cursor`" + ` of the next page. Cursors are opaque.

**Writes** take an ` + "`Idempotency-Key`" + `: sending a request again with its key gives the first answer again and does nothing more.
Making the sample case needs none: while there is one, another is a 409.
Those that change a thing which others may have changed ask for its version as ` + "`If-Match`" + `. It is the ` + "`ETag`" + ` of the thing,
which is its ` + "`version`" + ` in quotes: ` + "`\"3\"`" + `. Without one the answer is 428, with one that is stale 412.

**Errors** are problem documents (RFC 9457) with a ` + "`code`" + ` that says what to do about them and, where input is at fault, its ` + "`field`" + `.

Times are UTC (RFC 3339). Spans are half-open ranges of bytes of a message's text in UTF-8.`

// config returns what huma is to do: describe everything, refuse what is not described, add nothing.
func config() huma.Config {
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "Parley", Version: "1", Description: about},
			Components: &huma.Components{
				Schemas:   newRegistry(),
				Responses: map[string]*huma.Response{},
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"token": {Type: "http", Scheme: "bearer", Description: "An API token; see /api/v1/tokens, and parley token."},
				},
			},
			Security:       []map[string][]string{{"token": {}}},
			OnAddOperation: []huma.AddOpFunc{finish},
		},
		Formats:                      map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{new(filler).transform},
	}
}

// transform is the last step before an answer is written.
func (f *filler) transform(_ huma.Context, _ string, v any) (any, error) {
	switch v := v.(type) {
	case *huma.ErrorModel:
		return refused(v), nil
	case *problem:
		return v, nil
	}
	out := reflect.New(reflect.TypeOf(v))
	out.Elem().Set(reflect.ValueOf(v))
	f.fill(out.Elem())
	return out.Interface(), nil
}

// A filler makes nil slices empty ones, so that a list without items is sent as [] and never as null.
type filler struct {
	spots sync.Map // []spot by reflect.Type
}

// A spot is a field of a struct with slices in it.
type spot struct {
	field    int
	omitZero bool
}

func (f *filler) fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for _, s := range f.spotsOf(v.Type()) {
			if field := v.Field(s.field); !s.omitZero || !field.IsZero() { // else it must stay so, to be left out
				f.fill(field)
			}
		}
	case reflect.Slice:
		if v.IsNil() && v.CanSet() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		if f.hasLists(v.Type().Elem()) {
			for i := range v.Len() {
				f.fill(v.Index(i))
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			f.fill(v.Elem())
		}
	}
}

func (f *filler) spotsOf(t reflect.Type) []spot {
	if known, ok := f.spots.Load(t); ok {
		return known.([]spot)
	}
	var spots []spot
	for i := range t.NumField() {
		field := t.Field(i)
		if f.hasLists(field.Type) {
			_, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			spots = append(spots, spot{i, options == "omitzero"})
		}
	}
	f.spots.Store(t, spots)
	return spots
}

// hasLists reports whether a value of type t has slices that are sent as lists. Bytes are not, nor is a
// time's zone.
func (f *filler) hasLists(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice:
		return t.Elem().Kind() != reflect.Uint8
	case reflect.Pointer:
		return f.hasLists(t.Elem())
	case reflect.Struct:
		return t != reflect.TypeFor[time.Time]() && len(f.spotsOf(t)) > 0
	}
	return false
}

// A described is an operation as its input describes it.
type described struct {
	huma.Operation
	upload    bool // takes files
	versioned bool // asks for a version
}

// operation returns an operation whose documented errors follow from its input.
func operation[I any](method, path string) described {
	in := reflect.TypeFor[I]()
	has := func(field string) bool { _, ok := in.FieldByName(field); return ok }
	op := described{Operation: huma.Operation{Method: method, Path: path}, upload: has("RawBody"), versioned: has("IfMatch")}
	op.BodyReadTimeout = 30 * time.Second
	op.Errors = []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity, http.StatusServiceUnavailable}
	if strings.Contains(path, "{id}") || has("Cursor") {
		op.Errors = append(op.Errors, http.StatusNotFound)
	}
	if method != http.MethodGet {
		op.Errors = append(op.Errors, http.StatusConflict)
	}
	if has("Body") || op.upload {
		op.Errors = append(op.Errors, http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	if op.versioned {
		op.Errors = append(op.Errors, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	}
	resource, _, _ := strings.Cut(strings.TrimPrefix(path, "/api/v1/"), "/")
	op.Tags = []string{resource}
	return op
}

// finish completes the description of an operation with what huma cannot know: that a version must be sent,
// though its lack is no failed validation; that an upload must; and that all errors look alike.
func finish(document *huma.OpenAPI, op *huma.Operation) {
	for _, p := range op.Parameters {
		p.Required = p.Required || p.Name == fieldIfMatch
	}
	if op.RequestBody != nil {
		op.RequestBody.Required = true
	}
	for status, response := range op.Responses {
		if status >= "400" {
			document.Components.Responses[status] = response
			op.Responses[status] = &huma.Response{Ref: "#/components/responses/" + status}
		}
	}
}

// A registry describes types. The closed sets and ids of the vocabulary it knows by their values.
type registry struct {
	schemas map[string]*huma.Schema
	types   map[string]reflect.Type
	aliases map[reflect.Type]reflect.Type
	sets    map[reflect.Type]func() *huma.Schema
}

func newRegistry() *registry {
	r := &registry{
		schemas: map[string]*huma.Schema{}, types: map[string]reflect.Type{},
		aliases: map[reflect.Type]reflect.Type{reflect.TypeFor[huma.ErrorModel](): reflect.TypeFor[problem]()},
		sets:    map[reflect.Type]func() *huma.Schema{},
	}
	r.sets[reflect.TypeFor[huma.FormFile]()] = func() *huma.Schema { return &huma.Schema{Type: huma.TypeString, Format: "binary"} }
	anID[parley.MemberID](r, "mem")
	anID[parley.TokenID](r, "tok")
	anID[parley.WorkspaceID](r, "wsp")
	anID[parley.EngagementID](r, "eng")
	anID[parley.StakeholderID](r, "sta")
	anID[parley.ConversationID](r, "cnv")
	anID[parley.MessageID](r, "msg")
	anID[parley.FindingID](r, "fin")
	anID[parley.ConcernID](r, "con")
	anID[parley.MergeID](r, "mrg")
	anID[parley.ViewID](r, "vew")
	anID[parley.ImportID](r, "imp")
	anID[parley.EventID](r, "evt")
	oneOf(r, parley.Codes...)
	oneOf(r, parley.Roles...)
	oneOf(r, parley.Scopes...)
	oneOf(r, parley.Langs...)
	oneOf(r, parley.EngagementKinds...)
	oneOf(r, parley.Kinds...)
	oneOf(r, parley.PartKinds...)
	oneOf(r, parley.FindingStates...)
	oneOf(r, parley.ConcernStates...)
	oneOf(r, parley.Outcomes...)
	oneOf(r, "receiving", app.Queued, app.Running, app.Done, app.Failed, app.Undone)
	oneOf(r, app.ByUpdated, app.ByCreated, app.ByTitle, app.ByDriver, app.ByState)
	// Of these, the empty one is a value: not known, or not yet.
	oneOf(r, parley.UnknownSide, parley.AdviserSide, parley.ClientSide)
	oneOf(r, slices.Concat([]parley.Form{""}, parley.Forms)...)
	oneOf(r, slices.Concat([]parley.Driver{""}, parley.Drivers)...)
	oneOf(r, slices.Concat([]parley.Perception{""}, parley.Perceptions)...)
	oneOf(r, slices.Concat([]parley.Subject{""}, parley.Subjects)...)
	return r
}

func oneOf[T ~string](r *registry, values ...T) {
	r.sets[reflect.TypeFor[T]()] = func() *huma.Schema {
		s := &huma.Schema{Type: huma.TypeString}
		for _, v := range values {
			s.Enum = append(s.Enum, string(v))
		}
		return s
	}
}

func anID[T ~string](r *registry, prefix string) {
	r.sets[reflect.TypeFor[T]()] = func() *huma.Schema {
		return &huma.Schema{Type: huma.TypeString, Pattern: "^" + prefix + "_[0-9a-hjkmnp-tv-z]{26}$", PatternDescription: prefix + "_ and 26 letters and digits"}
	}
}

// Schema returns the schema of a type, where allowed as a reference to its definition.
func (r *registry) Schema(t reflect.Type, allowRef bool, hint string) *huma.Schema {
	plain := t
	for plain.Kind() == reflect.Pointer {
		plain = plain.Elem()
	}
	if alias, ok := r.aliases[plain]; ok {
		plain, t = alias, alias
	}
	if set, ok := r.sets[plain]; ok {
		s := set()
		s.PrecomputeMessages()
		return s
	}
	if plain.Kind() == reflect.Slice {
		s := huma.SchemaFromType(r, plain)
		s.Nullable = false // see filler
		return s
	}
	if plain.Kind() != reflect.Struct || plain == reflect.TypeFor[time.Time]() {
		return huma.SchemaFromType(r, t)
	}
	name := huma.DefaultSchemaNamer(plain, hint)
	if known, ok := r.types[name]; ok && known != plain {
		panic(fmt.Sprintf("two types are described as %s: %s and %s", name, known, plain))
	} else if !ok {
		r.types[name] = plain
		r.schemas[name] = &huma.Schema{} // where the type refers to itself
		r.schemas[name] = huma.SchemaFromType(r, plain)
	}
	if allowRef {
		return &huma.Schema{Ref: schemaPrefix + name}
	}
	return r.schemas[name]
}

const schemaPrefix = "#/components/schemas/"

// SchemaFromRef returns the definition that a reference names, nil if there is none.
func (r *registry) SchemaFromRef(ref string) *huma.Schema {
	return r.schemas[strings.TrimPrefix(ref, schemaPrefix)]
}

// TypeFromRef returns the type whose definition a reference names.
func (r *registry) TypeFromRef(ref string) reflect.Type {
	return r.types[strings.TrimPrefix(ref, schemaPrefix)]
}

// Map returns the definitions by name.
func (r *registry) Map() map[string]*huma.Schema { return r.schemas }

// RegisterTypeAlias makes alias describe t.
func (r *registry) RegisterTypeAlias(t, alias reflect.Type) { r.aliases[t] = alias }

// MarshalJSON writes the definitions.
func (r *registry) MarshalJSON() ([]byte, error) { return json.Marshal(r.schemas) }

// quoted returns a version as an ETag (RFC 9110 §8.8.3).
func quoted(version int) string { return strconv.Quote(strconv.Itoa(version)) }

package api_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/api"
)

var update = flag.Bool("update", false, "write testdata/openapi.json anew")

// TestDocumentIsAsKept shows every change of what outsiders rely on as a change of a file.
func TestDocumentIsAsKept(t *testing.T) {
	t.Parallel()
	const golden = "testdata/openapi.json"
	w := httptest.NewRecorder()
	api.New(nil, api.Options{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/openapi.json", nil))
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/openapi+json" {
		t.Fatalf("GET /openapi.json: %d %s", w.Code, w.Header().Get("Content-Type"))
	}
	if *update {
		if err := os.WriteFile(golden, w.Body.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), w.Body.String()); diff != "" {
		t.Errorf("the document changed; if it should, run go test ./internal/api -update (-kept +served):\n%s", diff)
	}
}

// An object is an object in JSON.
type object = map[string]any

// A document is what a server says of itself.
type document struct{ object object }

// documentOf asks a server for its document.
func documentOf(tb testing.TB, server http.Handler) document {
	tb.Helper()
	w := httptest.NewRecorder()
	server.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/openapi.json", nil))
	var d document
	if err := json.Unmarshal(w.Body.Bytes(), &d.object); err != nil {
		tb.Fatal(err)
	}
	return d
}

// An operation is one of a document.
type operation struct {
	id, method, path string
	object           object
}

// operations returns all of them, by address and method.
func (d document) operations() (all []operation) {
	paths := d.object["paths"].(object)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		item := paths[path].(object)
		for _, method := range slices.Sorted(maps.Keys(item)) {
			op := item[method].(object)
			all = append(all, operation{op["operationId"].(string), strings.ToUpper(method), path, op})
		}
	}
	return all
}

// resolve follows references.
func (d document) resolve(o object) object {
	for {
		ref, ok := o["$ref"].(string)
		if !ok {
			return o
		}
		at := d.object
		for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
			at = at[part].(object)
		}
		o = at
	}
}

// parameters returns those of an operation in path, query or header.
func (op operation) parameters(in string) (all []object) {
	list, _ := op.object["parameters"].([]any)
	for _, p := range list {
		if p := p.(object); p["in"] == in {
			all = append(all, p)
		}
	}
	return all
}

// takes reports whether an operation has a header parameter.
func (op operation) takes(header string) bool {
	return slices.ContainsFunc(op.parameters("header"), func(p object) bool { return p["name"] == header })
}

// bodySchema returns the media type and schema of the body that an operation asks for, "" for none.
func (d document) bodySchema(op operation) (mediaType string, schema object) {
	body, ok := op.object["requestBody"].(object)
	if !ok {
		return "", nil
	}
	for mediaType, content := range body["content"].(object) {
		return mediaType, d.resolve(content.(object)["schema"].(object))
	}
	return "", nil
}

// check fails unless an answer is one that the operation documents: its status, its headers, its body.
func (d document) check(tb testing.TB, op operation, answer *http.Response, body []byte) {
	tb.Helper()
	response, ok := op.object["responses"].(object)[fmt.Sprint(answer.StatusCode)].(object)
	if !ok {
		tb.Errorf("%s answers %d, which it does not document: %s", op.id, answer.StatusCode, body)
		return
	}
	response = d.resolve(response)
	headers, _ := response["headers"].(object)
	for name := range headers {
		if answer.Header.Get(name) == "" {
			tb.Errorf("%s answers %d without the header %s", op.id, answer.StatusCode, name)
		}
	}
	content, ok := response["content"].(object)
	if !ok {
		if len(body) > 0 {
			tb.Errorf("%s answers %d with a body, and documents none: %s", op.id, answer.StatusCode, body)
		}
		return
	}
	media, ok := content[answer.Header.Get("Content-Type")].(object)
	if !ok {
		tb.Errorf("%s answers %d as %q, which it does not document", op.id, answer.StatusCode, answer.Header.Get("Content-Type"))
		return
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		tb.Errorf("%s answers %d with what is no JSON: %v", op.id, answer.StatusCode, err)
		return
	}
	if problems := d.validate(media["schema"].(object), value, "body"); len(problems) > 0 {
		tb.Errorf("%s answers %d, not as it documents:\n%s\n%.1000s", op.id, answer.StatusCode, strings.Join(problems[:min(len(problems), 20)], "\n"), body)
	}
}

// validate says where a value is not as a schema has it. It knows the words that the document uses, and
// fails on others.
func (d document) validate(schema object, value any, at string) (problems []string) {
	schema = d.resolve(schema)
	say := func(format string, args ...any) { problems = append(problems, at+": "+fmt.Sprintf(format, args...)) }
	for word := range schema {
		switch word {
		case "type", "format", "enum", "pattern", "items", "properties", "required", "additionalProperties", "minimum", "maximum",
			"minLength", "maxLength", "maxItems", "description", "patternDescription", "default", "examples":
		default:
			say("the schema says %q, which the test does not know", word)
		}
	}
	switch schema["type"] {
	case nil: // anything
	case "object":
		o, ok := value.(object)
		if !ok {
			say("%v is no object", value)
			return problems
		}
		properties, _ := schema["properties"].(object)
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, ok := o[name.(string)]; !ok {
				say("%s is missing", name)
			}
		}
		for name, v := range o {
			switch property, ok := properties[name].(object); {
			case ok:
				problems = append(problems, d.validate(property, v, at+"."+name)...)
			case schema["additionalProperties"] == false:
				say("%s is not documented", name)
			default:
				problems = append(problems, d.validate(schema["additionalProperties"].(object), v, at+"."+name)...)
			}
		}
	case "array":
		list, ok := value.([]any)
		if !ok {
			say("%v is no list", value)
		}
		for i, v := range list {
			problems = append(problems, d.validate(schema["items"].(object), v, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case "string":
		s, ok := value.(string)
		if !ok {
			say("%v is no string", value)
		}
		if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, value) {
			say("%q is none of %v", s, enum)
		}
		if pattern, ok := schema["pattern"].(string); ok && !regexp.MustCompile(pattern).MatchString(s) {
			say("%q does not match %s", s, pattern)
		}
		if schema["format"] == "date-time" {
			if at, err := time.Parse(time.RFC3339, s); err != nil || at.IsZero() || !strings.HasSuffix(s, "Z") {
				say("%q is no time in UTC", s)
			}
		}
	case "integer", "number":
		n, ok := value.(float64)
		if !ok || schema["type"] == "integer" && n != float64(int64(n)) {
			say("%v is no %s", value, schema["type"])
		}
		if least, ok := schema["minimum"].(float64); ok && n < least {
			say("%v is less than %v", n, least)
		}
		if most, ok := schema["maximum"].(float64); ok && n > most {
			say("%v is more than %v", n, most)
		}
	case "boolean":
		if _, ok := value.(bool); !ok {
			say("%v is no boolean", value)
		}
	default:
		say("the schema has the type %v, which the test does not know", schema["type"])
	}
	return problems
}

// sample returns a value that a schema allows, with only what it requires.
func (d document) sample(schema object) any {
	schema = d.resolve(schema)
	switch schema["type"] {
	case "object":
		o := object{}
		required, _ := schema["required"].([]any)
		for _, name := range required {
			o[name.(string)] = d.sample(schema["properties"].(object)[name.(string)].(object))
		}
		return o
	case "array":
		return []any{}
	case "integer", "number":
		if least, ok := schema["minimum"].(float64); ok {
			return least
		}
		return 1
	case "boolean":
		return true
	}
	if enum, ok := schema["enum"].([]any); ok {
		return enum[len(enum)-1]
	}
	if pattern, ok := schema["pattern"].(string); ok {
		return strings.TrimPrefix(pattern, "^")[:4] + "00000000000000000000000000"
	}
	return "text"
}

// wrong returns a value that a schema does not allow.
func (d document) wrong(schema object) any {
	schema = d.resolve(schema)
	if schema["type"] == "string" {
		if schema["enum"] != nil || schema["pattern"] != nil || schema["format"] != nil {
			return "wrong"
		}
		return 1
	}
	return "wrong"
}

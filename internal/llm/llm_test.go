package llm_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parley"
	"parley/internal/llm"
)

func answer(w http.ResponseWriter, content string) {
	_ = json.NewEncoder(w).Encode(map[string]any{"choices": []any{map[string]any{"message": map[string]any{"role": "assistant", "content": content}}}})
}

func TestAskSendsWhatTheProtocolSays(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method != http.MethodPost || r.URL.Path != "/v1/chat/completions" || r.Header.Get("Authorization") != "Bearer secret" {
			t.Errorf("%s %s with %q", r.Method, r.URL.Path, r.Header.Get("Authorization"))
		}
		if want := `{"model":"m","messages":[{"role":"system","content":"be brief"},{"role":"user","content":"hello"}],"temperature":0,"response_format":{"type":"json_object"}}`; string(body) != want {
			t.Errorf("sent %s, want %s", body, want)
		}
		answer(w, `{"x":1}`)
	}))
	defer server.Close()
	got, err := llm.Client{URL: server.URL + "/v1/", Model: "m", Key: "secret"}.Ask(t.Context(), "be brief", "hello")
	if err != nil || got != `{"x":1}` {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestAskWaitsForABusyServer(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		var asked atomic.Int32
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if asked.Add(1) < 3 {
				w.WriteHeader(status)
				return
			}
			answer(w, "{}")
		}))
		client := llm.Client{URL: server.URL, Model: "m", Pause: time.Millisecond}
		if _, err := client.Ask(t.Context(), "", ""); err != nil || asked.Load() != 3 {
			t.Errorf("status %d: asked %d times: %v", status, asked.Load(), err)
		}
		asked.Store(-100)
		client.Tries = 4
		if _, err := client.Ask(t.Context(), "", ""); parley.CodeOf(err) != parley.Unavailable || asked.Load() != -96 {
			t.Errorf("status %d: asked %d times: %v", status, asked.Load()+100, err)
		}
		server.Close()
	}
}

func TestAskGivesUp(t *testing.T) {
	t.Parallel()
	status, location := http.StatusOK, ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow/chat/completions" {
			_, _ = io.Copy(io.Discard, r.Body) // only then does the server see that the client goes
			<-r.Context().Done()
			return
		}
		w.Header().Set("Location", location)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"choices":[]}`)
	}))
	defer server.Close()
	client := llm.Client{URL: server.URL, Model: "m", Pause: time.Millisecond}
	for _, tt := range []struct {
		status int
		want   parley.Code
	}{{http.StatusOK, parley.Invalid}, {http.StatusUnauthorized, parley.Unauthenticated}, {http.StatusNotFound, parley.Invalid}, {http.StatusTemporaryRedirect, parley.Invalid}} {
		status, location = tt.status, "http://elsewhere.example/"
		if _, err := client.Ask(t.Context(), "", ""); parley.CodeOf(err) != tt.want {
			t.Errorf("status %d: %v", tt.status, err)
		}
	}
	slow := llm.Client{URL: server.URL + "/slow", Model: "m", Timeout: 10 * time.Millisecond, Tries: 2, Pause: time.Millisecond}
	if _, err := slow.Ask(t.Context(), "", ""); parley.CodeOf(err) != parley.Unavailable {
		t.Errorf("a server that does not answer: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.Ask(ctx, "", ""); err == nil {
		t.Error("asked though told to stop")
	}
	for _, c := range []llm.Client{{}, {URL: "ftp://x", Model: "m"}, {URL: "http://x"}} {
		if _, err := c.Ask(t.Context(), "", ""); parley.CodeOf(err) != parley.Invalid {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestMaskHidesNames(t *testing.T) {
	t.Parallel()
	m := llm.NewMask("Joseba Uriarte", "a.ruiz@halden.example")
	for _, tt := range []struct{ text, want string }{
		{"Joseba says that Uriarte said no.", "[NAME1] says that [NAME2] said no."},
		{"Nobody asked Nerea, I think, and JOSEBA left in March.", "Nobody asked [NAME3], I think, and [NAME1] left in March."},
		{"We tried SAP and the ERP failed.", "We tried SAP and the ERP failed."},
		{"Write to nerea@ibarra.example or call +34 600 123 456, see https://ibarra.example/plan.", "Write to [NAME4] or call [NAME5], see [NAME6]"},
		{"Why? Because. ¿Quién? « Non »", "Why? Because. ¿Quién? « Non »"},
		{"", ""},
	} {
		got := m.Hide(tt.text)
		if got != tt.want {
			t.Errorf("%q became %q, want %q", tt.text, got, tt.want)
		}
		if again := m.Hide(got); again != got {
			t.Errorf("%q, hidden again, became %q", got, again)
		}
		if shown := m.Show(got); !strings.EqualFold(shown, tt.text) {
			t.Errorf("%q was shown as %q", tt.text, shown)
		}
	}
	m.Learn("We talked to Aitor.")
	if got := m.Hide("Aitor refuses."); strings.Contains(got, "Aitor") {
		t.Errorf("a name that is known from within a sentence stays at the start of another: %q", got)
	}
	if got := m.Show("[NAME99] and [NAME1]"); got != "[NAME99] and Joseba" {
		t.Errorf("shown %q", got)
	}
}

func FuzzMask(f *testing.F) {
	f.Add("Joseba says that nerea@ibarra.example [NAME1] said no. Éric?")
	f.Fuzz(func(t *testing.T, text string) {
		m := llm.NewMask("Joseba Uriarte")
		m.Learn(text)
		hidden := m.Hide(text)
		if strings.Contains(hidden, "Joseba") && !strings.Contains(text, "NAME") {
			for _, word := range strings.Fields(text) {
				if word == "Joseba" {
					t.Errorf("%q became %q", text, hidden)
				}
			}
		}
		m.Show(hidden)
	})
}

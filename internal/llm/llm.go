// Package llm asks a language model that somebody else runs, by the protocol that OpenAI's and most local
// servers speak. Nothing of it is used unless an address is configured, and what is asked goes through a
// [Mask] first, so that names stay here.
//
//	mask := llm.NewMask("Joseba Uriarte")
//	client := llm.Client{URL: "http://127.0.0.1:11434/v1", Model: "qwen3"}
//	answer, err := client.Ask(ctx, "Answer in JSON.", mask.Hide("Joseba says no."))
//	answer = mask.Show(answer)
package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"parley"
)

// A Client asks one model of one server. It is safe for concurrent use.
type Client struct {
	URL     string        // of the API: what stands before /chat/completions
	Model   string        // its name at the server
	Key     string        // sent as a bearer token; empty: none is sent
	Timeout time.Duration // of one try; 0 is 2 min
	Tries   int           // of one question, where the server is busy; 0 is 6
	Pause   time.Duration // before the second try, doubled before each further one unless the server says how long; 0 is 1 s
}

// Bounds of a question.
const (
	answerMost = 4 << 20 // bytes
	pauseMost  = time.Minute
)

// Check returns an Invalid error unless the client can be used.
func (c Client) Check() error {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return &parley.Error{Code: parley.Invalid, Field: "llm-url", Message: "give the address of a model server, such as http://127.0.0.1:11434/v1", Err: err}
	}
	if c.Model == "" {
		return &parley.Error{Code: parley.Invalid, Field: "llm-model", Message: "say which of the server's models to ask"}
	}
	return nil
}

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

type question struct {
	Model       string            `json:"model"`
	Messages    []message         `json:"messages"`
	Temperature float64           `json:"temperature"`
	Format      map[string]string `json:"response_format"`
}

type reply struct {
	Choices []struct {
		Message message `json:"message"`
	} `json:"choices"`
}

// errBusy is in the chain of errors after which the same question may be asked again.
var errBusy = errors.New("the model server is busy")

// Ask asks the model and returns its answer, which it is told to give as one JSON object. It asks again while
// the server is busy or cannot be reached.
func (c Client) Ask(ctx context.Context, system, user string) (string, error) {
	if err := c.Check(); err != nil {
		return "", err
	}
	body, err := json.Marshal(question{
		Model: c.Model, Messages: []message{{"system", system}, {"user", user}}, Format: map[string]string{"type": "json_object"},
	})
	if err != nil {
		return "", err
	}
	tries, pause := c.Tries, c.Pause
	if tries <= 0 {
		tries = 6
	}
	if pause <= 0 {
		pause = time.Second
	}
	for try := 1; ; try++ {
		answer, wait, err := c.try(ctx, body)
		if err == nil || !errors.Is(err, errBusy) {
			return answer, err
		}
		if try == tries {
			return "", &parley.Error{Code: parley.Unavailable, Message: fmt.Sprintf("the model server did not answer in %d tries", tries), Err: err}
		}
		if wait == 0 {
			wait = pause << (try - 1)
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(min(wait, pauseMost)):
		}
	}
}

// direct follows no redirect: what is asked goes to the address that was configured, and to no other.
var direct = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// try asks once. With errBusy, wait is how long the server asks to wait, 0 if it does not say.
func (c Client) try(ctx context.Context, body []byte) (answer string, wait time.Duration, err error) {
	timeout := c.Timeout
	if timeout <= 0 {
		timeout = 2 * time.Minute
	}
	once, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(once, http.MethodPost, strings.TrimRight(c.URL, "/")+"/chat/completions", bytes.NewReader(body))
	if err != nil {
		return "", 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	if c.Key != "" {
		r.Header.Set("Authorization", "Bearer "+c.Key)
	}
	in, err := direct.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return "", 0, ctx.Err()
		}
		return "", 0, fmt.Errorf("%w: %w", errBusy, err)
	}
	defer in.Body.Close()
	switch in.StatusCode {
	case http.StatusOK:
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return "", retryAfter(in.Header.Get("Retry-After")), fmt.Errorf("%w: it answers %s", errBusy, in.Status)
	case http.StatusUnauthorized, http.StatusForbidden:
		return "", 0, &parley.Error{Code: parley.Unauthenticated, Message: "the model server does not take the key"}
	default:
		return "", 0, &parley.Error{Code: parley.Invalid, Field: "llm-url", Message: "the model server answers " + in.Status}
	}
	data, err := io.ReadAll(io.LimitReader(in.Body, answerMost+1))
	if err != nil {
		if ctx.Err() != nil {
			return "", 0, ctx.Err()
		}
		return "", 0, fmt.Errorf("%w: %w", errBusy, err)
	}
	var out reply
	if len(data) > answerMost || json.Unmarshal(data, &out) != nil || len(out.Choices) == 0 {
		return "", 0, &parley.Error{Code: parley.Invalid, Field: "llm-url", Message: "that server's answer is not one of a chat model"}
	}
	return out.Choices[0].Message.Content, 0, nil
}

// retryAfter reads the seconds of a Retry-After header; a date is too far off to matter.
func retryAfter(value string) time.Duration {
	seconds, err := strconv.Atoi(value)
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, pauseMost)
}

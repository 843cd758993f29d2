package listen

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"
	"time"

	"parley"
)

// readJSON reads a chat export: objects with a text and a sender, in an array, in an array inside an
// object ("messages"), or one a line. Each is cut out and read by itself, so that a broken one costs
// only itself. An object at the depth of messages that has no text is passed over.
func (s *source) readJSON(in *bufio.Reader) {
	in = decoded(in)
	x := &objectSplitter{in: in, max: s.o.maxPart(), line: 1}
	users := map[string]string{}
	for !s.stopped {
		raw, line, err := x.next()
		place := fmt.Sprintf("line %d", line)
		switch {
		case err == io.EOF:
			return
		case errors.Is(err, errObject):
			s.fail(place, err)
			continue
		case err != nil:
			s.fail(place, err)
			return
		}
		s.jsonObject(raw, place, users, "", 0)
	}
}

var errObject = flaw(FlawObject, "an object here is too long or does not end; it was not read")

// An objectSplitter cuts the outermost objects out of JSON; of an object that holds a list of objects it
// gives the inner ones.
type objectSplitter struct {
	in   *bufio.Reader
	max  int
	line int
	last byte // that was read
}

func (x *objectSplitter) readByte() (byte, error) {
	c, err := x.in.ReadByte()
	if c == '\n' {
		x.line++
	}
	x.last = c
	return c, err
}

// next returns the next object, and the line it starts on. An object is entered instead of returned
// where a list of objects opens in it, so that an export of any size streams.
func (x *objectSplitter) next() ([]byte, int, error) {
	for {
		first := x.last == 0 || x.last == '\n'
		c, err := x.readByte()
		if err != nil {
			return nil, x.line, err
		}
		if c == '"' { // a key or value of an object that was entered
			if err := x.skipString(); err != nil {
				return nil, x.line, err
			}
			continue
		}
		if c != '{' {
			continue
		}
		line := x.line
		raw, entered, err := x.object(first)
		if err != nil {
			return nil, line, err
		}
		if !entered {
			return raw, line, nil
		}
	}
}

func (x *objectSplitter) skipString() error {
	for escaped := false; ; {
		c, err := x.readByte()
		if err != nil {
			return err
		}
		if !escaped && (c == '"' || c == '\n') {
			return nil
		}
		escaped = !escaped && c == '\\'
	}
}

// object reads an object whose brace was just read, first on its line or not. It stops early, with
// entered, inside the list that holds an export's messages. An object is broken, and reading goes on below
// it, where a line ends inside a string, or where another begins a line as this one did: a record of JSON
// lines that was cut off.
func (x *objectSplitter) object(first bool) (raw []byte, entered bool, err error) {
	raw = append(raw, '{')
	depth := 1
	inString, escaped := false, false
	key := ""
	start := 0 // of the last string
	tooLong := false
	for {
		before := x.last
		c, err := x.readByte()
		if err == io.EOF {
			return nil, false, fmt.Errorf("%w (the file ends in it)", errObject)
		}
		if err != nil {
			return nil, false, err
		}
		if first && before == '\n' && c == '{' && !inString {
			x.last = before
			return nil, false, errors.Join(errObject, x.in.UnreadByte())
		}
		if inString && c == '\n' {
			return nil, false, errObject
		}
		if tooLong = tooLong || len(raw) >= x.max; tooLong {
			raw, start = raw[:1], 0
		}
		raw = append(raw, c)
		if inString {
			switch {
			case escaped:
				escaped = false
			case c == '\\':
				escaped = true
			case c == '"':
				inString = false
				if depth == 1 && !tooLong {
					key = string(raw[start : len(raw)-1])
				}
			}
			continue
		}
		switch c {
		case '"':
			inString, start = true, len(raw)
		case '{', '[':
			if c == '[' && depth == 1 && messageLists[strings.ToLower(key)] {
				return nil, true, nil
			}
			depth++
		case '}', ']':
			if depth--; depth == 0 && tooLong {
				return nil, false, errObject
			} else if depth == 0 {
				return raw, false, nil
			}
		}
	}
}

// holders are the keys under which exports keep their messages, in the order in which they are looked into where
// one export has several.
var holders = strings.Fields(`data conversation conversation_parts messages items turns utterances entries comments value results transcript
	transcription sentences segments chat mensajes`)

// messageLists are the holders, to look one up.
var messageLists = func() map[string]bool {
	m := map[string]bool{}
	for _, k := range holders {
		m[k] = true
	}
	return m
}()

var (
	slackEmoji = pattern(`\B:(?:[a-z][a-z0-9_'-]+|[+-]1):\B`) // ":see_no_evil:", which are nobody's words
	mention    = pattern(`<@([A-Z0-9]+)(?:\|([^>]*))?>`)
	slackLink  = pattern(`<((?:https?|mailto):[^|>]+)(?:\|([^>]*))?>`)
	slackTag   = pattern(`<([!#])([^|>]+)(?:\|([^>]*))?>`)
)

var (
	textKeys   = []string{"text", "message", "body", "content", "utterance", "comment", "msg", "sentence", "texto", "mensaje", "texte"}
	senderKeys = []string{"user_profile", "real_name", "display_name", "from", "author", "sender", "speaker", "user_name", "username", "name", "user", "from_name", "speaker_name", "sender_name", "participant", "actor", "creator", "role", "autor", "auteur", "nombre", "nom", "author_id", "from_id"}
	timeKeys   = []string{"ts", "timestamp", "time", "date", "datetime", "created_at", "createdat", "createddatetime", "sent_at", "sent", "created", "created_date", "timestamp_ms", "start", "fecha", "hora", "heure", "date_unixtime"}
	idKeys     = []string{"id", "client_msg_id", "message_id", "guid"}
	replyKeys  = []string{"thread_ts", "reply_to_message_id", "replytoid", "in_reply_to", "parent_id"}
)

// jsonObject yields the message of one object, and those inside it. parent is the ID of what it answers.
func (s *source) jsonObject(raw []byte, place string, users map[string]string, parent string, depth int) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		s.fail(place, flaw(FlawJSON, "not a JSON object (%w); it was not read", err))
		return
	}
	lower := make(map[string]json.RawMessage, len(fields))
	for k, v := range fields {
		if _, taken := lower[strings.ToLower(k)]; !taken || k == strings.ToLower(k) {
			lower[strings.ToLower(k)] = v
		}
	}
	if kind := jsonText(lower["type"]); kind != "" && kind != "message" && jsonText(lower["subtype"]) == "" && isServiceType(kind) {
		return
	}
	id := clean(cmp.Or(jsonText(lower["ts"]), firstText(lower, idKeys)))
	text, quoted := jsonWords(lower, users)
	subtype := jsonText(lower["subtype"])
	who := fieldOf(firstText(lower, senderKeys))
	if id := jsonText(lower["user"]); id != "" && who != id && who != "" {
		users[id] = who
	} else if users[id] != "" {
		who = users[id]
	}
	if text != "" && (subtype == "" || saidSubtypes[subtype]) {
		m := parley.Message{Kind: parley.Chat, Place: place, Text: text, Parts: chatQuotes(text, quoted)}
		name, role := nameAndRole(who)
		m.Speaker, m.Role = parley.Person{Name: name}, role
		if a := senderAddress(lower); strings.Contains(a, "@") {
			m.Speaker.Address = strings.ToLower(clean(a))
		} else if strings.Contains(name, "@") && !strings.Contains(name, " ") {
			m.Speaker = parley.Person{Address: strings.ToLower(strings.TrimPrefix(name, "@"))}
			if strings.HasPrefix(name, "@") {
				m.Speaker = parley.Person{Name: name}
			}
		}
		if m.Offset, m.Recorded = jsonOffset(lower, text); m.Recorded {
			m.Kind = parley.Transcript
		} else {
			m.Time = jsonTime(lower)
		}
		m.ID, m.ReplyTo = id, cmp.Or(jsonReplyTo(lower), parent)
		if !s.send(m) {
			return
		}
	}
	inner := []string{"replies", "thread", "children"}
	if text == "" { // it is no message, and nothing answers it
		inner, id = append(append(inner, "source"), holders...), ""
	}
	if depth == maxDepth {
		return
	}
	for _, k := range inner {
		switch list := []json.RawMessage{}; {
		case json.Unmarshal(lower[k], &list) == nil:
			for _, r := range list {
				if len(r) > 0 && r[0] == '{' {
					s.jsonObject(r, place, users, id, depth+1)
				}
			}
		case len(lower[k]) > 0 && lower[k][0] == '{':
			s.jsonObject(lower[k], place, users, id, depth+1)
		}
	}
}

// saidSubtypes are those of Slack's messages that people or bots write, and not Slack itself.
var saidSubtypes = map[string]bool{"thread_broadcast": true, "reply_broadcast": true, "me_message": true, "bot_message": true, "file_share": true, "file_comment": true}

// jsonWords returns what an object says, with the spans of it that quote, by its HTML.
func jsonWords(fields map[string]json.RawMessage, users map[string]string) (string, []parley.Span) {
	for _, k := range textKeys {
		text, isHTML := jsonText(fields[k]), false
		if text == "" {
			continue
		}
		var body struct{ ContentType string }
		if fields[k][0] == '{' && json.Unmarshal(fields[k], &body) == nil {
			isHTML = strings.EqualFold(body.ContentType, "html")
		}
		if !isHTML && !htmlStart().MatchString(text) {
			return strings.TrimSpace(clean(slackText(text, users))), nil
		}
		text, quoted := htmlText(text)
		text, quoted = cleanWithSpans(text, quoted)
		return strings.TrimRight(text, " \n"), quoted
	}
	return "", nil
}

// htmlStart opens a text that is HTML, although nothing says so.
var htmlStart = pattern(`(?i)^\s*<(!doctype|html|body|div|p|span|br|blockquote|table|ul|ol|h[1-6]|strong|em|at)\b[^>]*>`)

// jsonReplyTo returns the id of the message that one answers; the first of a Slack thread names itself.
func jsonReplyTo(fields map[string]json.RawMessage) string {
	id := clean(firstText(fields, replyKeys))
	var reference struct{ MessageID string }
	if id == "" && json.Unmarshal(fields["reference"], &reference) == nil {
		id = clean(reference.MessageID)
	}
	if id == jsonText(fields["ts"]) {
		return ""
	}
	return id
}

// jsonOffset reads the start of a segment of a recording: a clock, seconds, or milliseconds, where nobody could
// speak as slowly as it would be in seconds.
func jsonOffset(fields map[string]json.RawMessage, text string) (time.Duration, bool) {
	at := func(keys ...string) (time.Duration, bool) {
		value := firstText(fields, keys)
		if sec, err := strconv.ParseFloat(value, 64); err == nil && sec >= 0 && sec < 1e9 {
			return time.Duration(sec * float64(time.Second)).Round(time.Millisecond), true
		}
		d, err := cueTime(value)
		return d, err == nil && value != ""
	}
	start, ok := at("start", "start_time", "starttime")
	end, okEnd := at("end", "end_time", "endtime")
	if !ok || !okEnd {
		return 0, false
	}
	const slowest = 2 * time.Second // for a letter
	if start%time.Second == 0 && end%time.Second == 0 && end-start > slowest*time.Duration(len(text)) {
		start /= 1000
	}
	return start, start < 1e7*time.Second
}

// isServiceType reports whether an object's type says that it is no message.
func isServiceType(kind string) bool {
	switch strings.ToLower(kind) {
	case "service", "event", "system", "systemeventmessage", "channel_join", "channel_leave", "reaction", "file",
		"guildmemberjoin", "channelpinnedmessage", "recipientadd", "recipientremove", "channelnamechange", "channeliconchange", "call", "threadcreated":
		return true
	}
	return false
}

// firstText returns the first of the fields that holds text, without white space around it.
func firstText(fields map[string]json.RawMessage, keys []string) string {
	for _, k := range keys {
		if t := strings.TrimSpace(jsonText(fields[k])); t != "" {
			return t
		}
	}
	return ""
}

// jsonText returns a string or number as text; of an object its name, text or content; of a list the
// texts of its elements. What lies deeper than maxDepth is passed over: each level is read once more.
func jsonText(raw json.RawMessage) string { return jsonTextAt(raw, 0) }

func jsonTextAt(raw json.RawMessage, depth int) string {
	if len(raw) == 0 || depth > maxDepth {
		return ""
	}
	switch raw[0] {
	case '"':
		var t string
		_ = json.Unmarshal(raw, &t)
		return t
	case '{':
		var o map[string]json.RawMessage
		if json.Unmarshal(raw, &o) != nil {
			return ""
		}
		for _, k := range []string{"content", "real_name", "nickname", "display_name", "displayName", "name", "text", "first_name", "username", "user", "application"} {
			if t := jsonTextAt(o[k], depth+1); t != "" {
				return t
			}
		}
	case '[':
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil {
			return ""
		}
		var b strings.Builder
		for _, e := range list {
			b.WriteString(jsonTextAt(e, depth+1))
		}
		return b.String()
	case 'n', 't', 'f':
	default:
		return string(raw)
	}
	return ""
}

// senderAddress returns the address in an object, or in that of its sender.
func senderAddress(fields map[string]json.RawMessage) string {
	if a := jsonText(fields["email"]); a != "" {
		return a
	}
	for _, k := range senderKeys {
		var who struct{ Email string }
		if json.Unmarshal(fields[k], &who) == nil && who.Email != "" {
			return who.Email
		}
	}
	return ""
}

// jsonTime reads seconds or milliseconds since 1970, or a date as text.
func jsonTime(fields map[string]json.RawMessage) time.Time {
	for _, k := range timeKeys {
		text := jsonText(fields[k])
		if text == "" {
			continue
		}
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			switch {
			case f > 1e8 && f < 1e10:
				return plausible(time.UnixMilli(int64(f * 1000)))
			case f >= 1e11 && f < 1e13:
				return plausible(time.UnixMilli(int64(f)))
			}
			continue
		}
		if t, err := time.Parse(time.RFC3339, text); err == nil {
			return plausible(t)
		}
		if t := tableTime(text, true); !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// slackText turns Slack's marks into what a reader sees.
func slackText(text string, users map[string]string) string {
	text = mention().ReplaceAllStringFunc(text, func(m string) string {
		part := mention().FindStringSubmatch(m)
		if part[2] != "" {
			return "@" + part[2]
		}
		if name := users[part[1]]; name != "" {
			return "@" + shorten(name, 100) // a long text may mention somebody again and again
		}
		return "@" + part[1]
	})
	text = slackLink().ReplaceAllStringFunc(text, func(m string) string {
		part := slackLink().FindStringSubmatch(m)
		return cmp.Or(part[2], part[1])
	})
	text = slackTag().ReplaceAllStringFunc(text, func(m string) string {
		part := slackTag().FindStringSubmatch(m)
		return strings.Replace(part[1], "!", "@", 1) + strings.TrimLeft(cmp.Or(part[3], part[2]), "@#")
	})
	return html.UnescapeString(slackEmoji().ReplaceAllString(text, ""))
}

package listen_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"parley/listen"
)

// TestFlawsHaveCodes reads broken inputs: each error has a code of the list, with the arguments that its sentence names.
func TestFlawsHaveCodes(t *testing.T) {
	t.Parallel()
	part := "From: a@b.example\nContent-Type: multipart/mixed"
	for _, tt := range []struct {
		name, text string
		o          listen.Options
		code       listen.FlawCode
		args       int
	}{
		{"empty.txt", "", listen.Options{}, listen.FlawNothing, 0},
		{"x.bin", "\x00\x01\x02\x03\x04\x05\x06\x07\x00\x00\x00\x00\x00\x00", listen.Options{}, listen.FlawFormat, 0},
		{"long.eml", "From: a@b.example\nSubject: x\n\n" + strings.Repeat("word ", 200), listen.Options{Format: listen.EML, MaxPart: 100}, listen.FlawLong, 1},
		{"long.txt", "Tom: " + strings.Repeat("A sentence of words.\n", 50), listen.Options{Format: listen.Text, MaxPart: 200}, listen.FlawSplit, 1},
		{"open.json", `{"messages": [{"text": "hello", "user": "Tom"}, {"text": "and`, listen.Options{Format: listen.JSON}, listen.FlawObject, 0},
		{"bad.json", `[{"user": "Tom", "text": oops}]`, listen.Options{Format: listen.JSON}, listen.FlawJSON, 1},
		{"time.vtt", "WEBVTT\n\n00:00:99.000 --> 00:00:03.000\nTom: Hello there.\n", listen.Options{Format: listen.VTT}, listen.FlawTime, 1},
		{"stray.vtt", "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\nTom: Hello.\n\nnobody knows\nwhat this is\n", listen.Options{Format: listen.VTT}, listen.FlawStray, 1},
		{"row.csv", "author,time,text\nTom,2026-03-02,We would rather keep our sheets as they are\nMarta\nLuc,2026-03-02,And so would we all here\n", listen.Options{Format: listen.CSV}, listen.FlawRow, 2},
		{"quote.csv", "author,text\nTom,We would rather keep our sheets as they are\nMarta,\"and this is open\nLuc,And so would we all here\n", listen.Options{Format: listen.CSV, MaxPart: 64}, listen.FlawQuote, 0},
		{"column.csv", "author,text\nTom,We would rather keep our sheets as they are\n", listen.Options{Format: listen.CSV, Columns: listen.Columns{Time: "when"}}, listen.FlawColumn, 2},
		{"empty.eml", "  \n", listen.Options{Format: listen.EML}, listen.FlawEmptyMail, 0},
		{"bound.eml", part + "\n\nno boundary at all\n", listen.Options{Format: listen.EML}, listen.FlawBoundary, 1},
		{"end.eml", part + "; boundary=x\n\n--x\nContent-Type: text/plain\n\nHello\n", listen.Options{Format: listen.EML}, "", -1},
	} {
		var codes []listen.FlawCode
		for _, err := range listen.Read(tt.name, strings.NewReader(tt.text), tt.o) {
			if err == nil {
				continue
			}
			var flaw *listen.Flaw
			if !errors.As(err, &flaw) || !slices.Contains(listen.FlawCodes, flaw.Code) {
				t.Errorf("%s: %v has no code of the list", tt.name, err)
				continue
			}
			codes = append(codes, flaw.Code)
			if flaw.Code == tt.code && len(flaw.Args) != tt.args {
				t.Errorf("%s: %v names %q, want %d of them", tt.name, err, flaw.Args, tt.args)
			}
		}
		if tt.code != "" && !slices.Contains(codes, tt.code) {
			t.Errorf("%s: its flaws are %q, want %s", tt.name, codes, tt.code)
		}
	}
}

// TestWhatIsNoTextIsNotRead offers files that are not conversations, under names that say so and that do not.
func TestWhatIsNoTextIsNotRead(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 4096)
	for i := range noise {
		noise[i] = byte(i*i*7 + i>>3)
	}
	for _, begin := range []string{"\x89PNG\r\n\x1a\n", "%PDF-1.7\n", "PK\x03\x04", "\xD0\xCF\x11\xE0", "\xFF\xD8\xFF\xE0", ""} {
		for _, name := range []string{"picture.png", "minutes.docx", "notes.txt", "table.csv"} {
			n := 0
			for m, err := range listen.Read(name, strings.NewReader(begin+string(noise)), listen.Options{}) {
				var flaw *listen.Flaw
				want := listen.FlawFormat
				if begin == "PK\x03\x04" && name == "minutes.docx" {
					want = listen.FlawDocument
				}
				if n++; !errors.As(err, &flaw) || flaw.Code != want || n > 1 {
					t.Errorf("%s that begins %q gives %q, %v", name, begin, m.Text, err)
				}
			}
			if n == 0 {
				t.Errorf("%s that begins %q gives nothing at all", name, begin)
			}
		}
	}
	for _, text := range []string{"Tom: We tried that in 2021.\x00\n", "\xFF\xFET\x00o\x00m\x00:\x00 \x00N\x00o\x00.\x00"} {
		if got := listen.Detect("chat.txt", []byte(text+strings.Repeat("Marta: And so did we, all of us here.\n", 5))); got == "" {
			t.Errorf("%q is taken for no text", text)
		}
	}
}

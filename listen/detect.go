package listen

import (
	"bytes"
	"path"
	"strings"
)

// A Format is how an input is written.
type Format string

const (
	EML  Format = "eml"  // one mail, RFC 5322 and MIME
	MBox Format = "mbox" // a mailbox of them, mboxrd or mboxo
	VTT  Format = "vtt"  // WebVTT cues
	SRT  Format = "srt"  // SubRip cues
	JSON Format = "json" // a chat export: an array or object of messages, or JSON lines
	CSV  Format = "csv"  // a table
	Text Format = "text" // turns, chat lines, minutes or notes, plain, Markdown or HTML
	DOCX Format = "docx" // the same in a document of a word processor
	XLSX Format = "xlsx" // tables of a spreadsheet
)

// Formats lists every Format.
var Formats = []Format{EML, MBox, VTT, SRT, JSON, CSV, Text, DOCX, XLSX}

// machineHeaders are what programs that send mail put into its header, and programs that show it leave out.
const machineHeaders = `return-path|received|delivered-to|message-id|mime-version|content-type|dkim-signature|in-reply-to|references|x-[a-z0-9-]+`

var (
	mboxStart   = pattern(`^From \S+.*\d{2}:\d{2}.*\d{4}`)
	mboxDate    = pattern(`^From \S+ +[A-Z][a-z]{2},? [A-Z][a-z]{2} +\d{1,2} \d{2}:\d{2}(:\d{2})? .{0,12}\d{4}`)
	mailHeader  = pattern(`(?i)^(` + machineHeaders + `|from|to|subject|date|reply-to|sender|authentication-results|arc-[a-z-]+|cc):`)
	forMachines = pattern(`(?im)^(` + machineHeaders + `):`)
	cueTimes    = pattern(`(?m)^\s*(\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}\s*-->\s*(\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}`)
	headerLine  = pattern(`^[!-9;-~]+:`)
)

// Detect tells the format of an input from its first bytes, "" if they are no text: a picture, an archive, a
// document of a program that is not read. The name decides only where the content leaves it open.
func Detect(name string, head []byte) Format {
	text := bytes.TrimLeft(decodedHead(head), " \t\r\n")
	ext := strings.ToLower(path.Ext(strings.ReplaceAll(name, "\\", "/")))
	switch {
	case mboxStart().Match(firstLine(text)):
		return MBox
	case bytes.HasPrefix(text, []byte("WEBVTT")):
		return VTT
	case looksLikeMail(text):
		if ext != ".eml" && isCopied(text) {
			return Text
		}
		return EML
	case cueTimes().Match(text) && (ext == ".vtt" || ext == ".srt" || len(cueTimes().FindAll(text, 3)) >= 2):
		if ext == ".vtt" {
			return VTT
		}
		return SRT
	case officeFormat(text, ext) != "":
		return officeFormat(text, ext)
	case isBinary(text):
		return ""
	case isHTML(text):
		return Text
	case looksLikeJSON(text, ext):
		return JSON
	case looksLikeTable(text, ext):
		return CSV
	}
	return Text
}

// magics begin files that people take for conversations, and that are not read: PDF, archives, old documents,
// pictures.
var magics = []string{"%PDF-", "PK\x03\x04", "\xD0\xCF\x11\xE0", "\x1F\x8B", "\x89PNG", "\xFF\xD8\xFF", "GIF8", "{\\rtf", "RIFF", "ID3", "OggS"}

// isBinary reports whether an input that begins so is no text: as such a file does, or with zero bytes among more
// than one control character in fifty.
func isBinary(text []byte) bool {
	for _, m := range magics {
		if bytes.HasPrefix(text, []byte(m)) {
			return true
		}
	}
	controls := 0
	for _, c := range text {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\f' {
			controls++
		}
	}
	return controls*50 > len(text) && bytes.IndexByte(text, 0) >= 0
}

var pageStart = pattern(`(?i)^\s*(<\?xml[^>]*>\s*)?(<!--[^>]*-->\s*)?<(!doctype html|html)\b`)

// isHTML reports whether an input that begins so is a page.
func isHTML(text []byte) bool { return pageStart().Match(text[:min(len(text), 1024)]) }

func firstLine(text []byte) []byte {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return line
}

// looksLikeMail reports whether text opens with header lines of a mail: at least two known ones, one of
// them From, Received, Subject or Message-ID, before anything else.
func looksLikeMail(text []byte) bool {
	known, telling := 0, false
	for n := 0; n < 40; n++ {
		line, rest, more := bytes.Cut(text, []byte("\n"))
		trimmed := bytes.TrimRight(line, "\r ")
		if len(trimmed) == 0 {
			break
		}
		if mailHeader().Match(trimmed) {
			known++
			switch name, _, _ := strings.Cut(strings.ToLower(string(trimmed)), ":"); name {
			case "from", "received", "subject", "message-id", "return-path":
				telling = true
			}
		} else if n == 0 && !headerLine().Match(trimmed) || bytes.HasPrefix(trimmed, []byte("Sent:")) {
			return false // a header as a mail program shows it, in a text
		}
		if !more {
			break
		}
		text = rest
	}
	return telling && known >= 2
}

// isCopied reports whether text that opens as a mail is one that somebody copied from a program and not one that was
// sent: nothing in its header is for machines, and there are headers of others in it.
func isCopied(text []byte) bool {
	header, _, _ := bytes.Cut(bytes.ReplaceAll(text[:min(len(text), 4096)], []byte("\r"), nil), []byte("\n\n"))
	return !forMachines().Match(header) && headerBlocks(string(text)) > 1
}

func looksLikeJSON(text []byte, ext string) bool {
	if len(text) == 0 || text[0] != '{' && text[0] != '[' {
		return false
	}
	if ext == ".json" || ext == ".jsonl" || ext == ".ndjson" {
		return true
	}
	// "[12/03/2026, 09:14] Ana: hola" opens with a bracket as well.
	rest := bytes.TrimLeft(text[1:], " \t\r\n")
	return len(rest) > 0 && (text[0] == '{' && (rest[0] == '"' || rest[0] == '}') || text[0] == '[' && (rest[0] == '{' || rest[0] == ']'))
}

// looksLikeTable reports whether the first lines split into the same number of cells, two or more, by
// one delimiter; an extension that says so is believed.
func looksLikeTable(text []byte, ext string) bool {
	if d, _ := namedDelimiter(text); d != 0 || ext == ".csv" || ext == ".tsv" {
		return true
	}
	d, cells := sniffDelimiter(text)
	if d == 0 {
		return false
	}
	return cells >= 3 && ext != ".txt" && ext != ".md" || cells >= 2 && looksLikeHeader(splitRecord(firstLine(text), d))
}

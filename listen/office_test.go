package listen_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/listen"
)

// archive returns an office document of files, each its name and its content in turn.
func archive(t testing.TB, files ...string) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for pair := range slices.Chunk(files, 2) {
		f, err := w.Create(pair[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(pair[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

const (
	// As Teams writes a transcript, and a person minutes.
	wordTranscript = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>
<w:p><w:r><w:t>Steering group-20260312_100211-Meeting Recording</w:t></w:r></w:p>
<w:p><w:r><w:t>March 12, 2026, 9:02AM</w:t></w:r></w:p>
<w:p/>
<w:p><w:pPr><w:tabs><w:tab w:val="left" w:pos="720"/></w:tabs></w:pPr><w:r><w:rPr><w:b/></w:rPr><w:t>Dan Cole</w:t></w:r><w:r><w:t xml:space="preserve">   0:03</w:t><w:br/><w:t>I have ten minutes &amp; no more.</w:t></w:r></w:p>
<w:p><w:r><w:t>Priya Raman</w:t></w:r><w:r><w:t xml:space="preserve">   0:07</w:t><w:br/><w:t>That </w:t></w:r><w:del><w:r><w:delText>won't</w:delText></w:r></w:del><w:r><w:t>will do.</w:t></w:r></w:p>
</w:body></w:document>`
	wordMinutes = `<w:document xmlns:w="w"><w:body>
<w:p><w:pPr><w:pStyle w:val="Ttulo1"/></w:pPr><w:r><w:t>Acta</w:t></w:r></w:p>
<w:p><w:r><w:t>Asistentes: Begoña Urrutia (BU), Toni Cuesta (TC)</w:t></w:r></w:p>
<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/></w:numPr></w:pPr><w:r><w:t>BU: no hay dinero</w:t></w:r></w:p>
<w:p><w:pPr><w:numPr/></w:pPr><w:r><w:t>TC: no lo veo</w:t></w:r></w:p>
<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Quién</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>Qué dice</w:t></w:r></w:p></w:tc></w:tr>
<w:tr><w:tc><w:p><w:r><w:t>TC</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>El plazo</w:t></w:r></w:p><w:p><w:r><w:t>no vale.</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
</w:body></w:document>`
	sharedStrings = `<sst><si><t>Hora de inicio</t></si><si><t>Nombre</t></si><si><r><t>¿Qué le </t></r><r><t>preocupa?</t></r></si><si><t>Toni Cuesta</t></si><si><t>Nadie nos ha preguntado
y es caro</t></si></sst>`
	styles = `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="m/d/yy h:mm:ss"/></numFmts><cellStyleXfs><xf numFmtId="0"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>`
	sheet  = `<worksheet><sheetData>
<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="D1" t="s"><v>2</v></c></row>
<row r="2"><c r="A2" s="1"><v>46093.425</v></c><c r="B2" t="s"><v>3</v></c><c r="C2"><v>4</v></c><c r="D2" t="s"><v>4</v></c></row>
<row r="4"><c r="A4" s="1"><v>46094</v></c><c r="B4" t="inlineStr"><is><t>Sonia Marco</t></is></c><c r="D4" t="str"><v>Me parece bien, si funciona</v></c></row>
</sheetData></worksheet>`
)

// row returns a row of a sheet with texts in its first cells.
func row(cells ...string) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteString(`<c t="str"><v>` + c + `</v></c>`)
	}
	return "<row>" + b.String() + "</row>"
}

func TestOfficeDocumentsAreRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, input string
		want        string
	}{
		{"call.docx", archive(t, "[Content_Types].xml", "<Types/>", "word/document.xml", wordTranscript), `#1, transcript, call.docx, line 5, Dan Cole, 3s, en
own        "I have ten minutes & no more."

#2, transcript, call.docx, line 8, Priya Raman, 7s, en
own        "That will do."

`},
		{"without a name", archive(t, "word/document.xml", wordMinutes), `#1, minutes, without a name, line 5, Begoña Urrutia, es
topic      "Acta"
own        "no hay dinero"

#2, minutes, without a name, line 6, Toni Cuesta, es
topic      "Acta"
own        "no lo veo"

#3, minutes, without a name, line 9, Toni Cuesta, es
topic      "Acta"
own        "El plazo no vale."

`},
		{"answers.xlsx", archive(t, "xl/workbook.xml", "<workbook/>", "xl/sharedStrings.xml", sharedStrings, "xl/styles.xml", styles,
			"xl/worksheets/sheet1.xml", `<worksheet><sheetData><row r="1"><c r="A1"><v>5</v></c></row></sheetData></worksheet>`, "xl/worksheets/sheet2.xml", sheet),
			`#1, survey, answers.xlsx, line 2, Toni Cuesta, 2026-03-12T10:12:00Z, es
own        "Nadie nos ha preguntado"
own        "y es caro"

#2, survey, answers.xlsx, line 4, Sonia Marco, 2026-03-13T00:00:00Z, es
own        "Me parece bien, si funciona"

`},
		{"bars.xlsx", archive(t, "xl/worksheets/sheet1.xml", `<worksheet><sheetData>`+row("Name", "Site", "Comment")+row("Tom", "North", "cost | time | work | risk | nobody asked")+
			row("Ana")+row("Kim", "South", "money | need | time | tools | no reason")+row("Luc", "North", "plan | price | people | place | all wrong")+
			row("Eva", "South", "one | two | three | four | five")+row("Leo", "South", "a | b | c | d | not for me")+`</sheetData></worksheet>`),
			`#1, survey, bars.xlsx, line 2, Tom, en
own        "cost | time | work | risk | nobody asked"

#2, survey, bars.xlsx, line 4, Kim, en
own        "money | need | time | tools | no reason"

#3, survey, bars.xlsx, line 5, Luc, en
own        "plan | price | people | place | all wrong"

#4, survey, bars.xlsx, line 6, Eva, en
own        "one | two | three | four | five"

#5, survey, bars.xlsx, line 7, Leo, en
own        "a | b | c | d | not for me"

`},
		{"empty.docx", archive(t, "word/document.xml", "<w:document/>"), "error: empty.docx: there is nothing to read in it\n\n"},
		{"no.docx", archive(t, "a.txt", "a"), "error: no.docx: the document is damaged (there is no text in it)\n\n"},
		{"cut.docx", archive(t, "word/document.xml", wordTranscript)[:300], "error: cut.docx: the document is damaged (zip: not a valid zip file)\n\n"},
		{"numbers.xlsx", archive(t, "xl/worksheets/sheet1.xml", `<worksheet><sheetData><row><c><v>5</v></c></row></sheetData></worksheet>`),
			"error: numbers.xlsx, line 1: no column of it reads as text; name one (time=…, author=…, text=…)\n\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, dump(t, listen.Read(tt.name, strings.NewReader(tt.input), listen.Options{}))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDocumentsThatUnpackToTooMuchAreCut(t *testing.T) {
	t.Parallel()
	bomb := archive(t, "word/document.xml", "<w:document><w:p><w:t>"+strings.Repeat("Toni: no. ", 1<<20)+"</w:t></w:p></w:document>")
	messages, errs := read("x.docx", bomb, listen.Options{MaxPart: 1 << 17})
	var flaw *listen.Flaw
	if len(errs) == 0 || !errors.As(errs[0], &flaw) || flaw.Code != listen.FlawLong {
		t.Errorf("errors %v", errs)
	}
	for _, m := range messages {
		if len(m.Text) > 1<<18 {
			t.Errorf("%d bytes of text", len(m.Text))
		}
	}
}

func FuzzDocument(f *testing.F) {
	f.Add([]byte(wordTranscript))
	f.Add([]byte(wordMinutes))
	f.Fuzz(func(t *testing.T, data []byte) {
		check(t, listen.DOCX, []byte(archive(t, "word/document.xml", string(data))))
	})
}

func FuzzSheet(f *testing.F) {
	f.Add([]byte(sheet), []byte(sharedStrings), []byte(styles))
	f.Fuzz(func(t *testing.T, data, strings, styles []byte) {
		check(t, listen.XLSX, []byte(archive(t, "xl/worksheets/sheet1.xml", string(data), "xl/sharedStrings.xml", string(strings), "xl/styles.xml", string(styles))))
	})
}

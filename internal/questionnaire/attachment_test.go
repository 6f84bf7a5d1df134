package questionnaire

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// photo is a small picture with what a camera notes beside it: a place in Exif, words in a comment, a film behind the end.
func photo(t testing.TB) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 8, 4))
	for x := range 8 {
		for y := range 4 {
			m.Set(x, y, color.RGBA{uint8(x * 30), uint8(y * 60), 90, 255})
		}
	}
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, m, nil); err != nil {
		t.Fatal(err)
	}
	exif := append([]byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x02\x00"), // little-endian, two entries
		0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, // orientation 6
		0x25, 0x88, 4, 0, 1, 0, 0, 0, 99, 0, 0, 0, 0, 0, 0, 0) // where the GPS directory is
	exif = append(exif, "GPS-48.2082,16.3738"...)
	segment := func(marker byte, body []byte) []byte {
		n := len(body) + 2
		return append([]byte{0xff, marker, byte(n >> 8), byte(n)}, body...)
	}
	out := append([]byte{0xff, 0xd8}, segment(0xe1, exif)...)
	out = append(out, segment(0xfe, []byte("comment by Ana"))...)
	out = append(out, segment(0xed, []byte("Photoshop 3.0\x00IPTC Ana"))...)
	out = append(out, plain.Bytes()[2:]...)
	return append(out, "film of the garden"...)
}

const attached = `"type":"attachment"`

func TestAPhotoIsKeptWithoutWhatTheCameraNotes(t *testing.T) {
	in, files := photo(t), Files{}
	f, ok := files.Add("image/jpeg", in).File()
	if !ok || f.ContentType != "image/jpeg" {
		t.Fatalf("got %+v, %v", f, ok)
	}
	out := files[f.Value().Text]
	for _, secret := range []string{"GPS", "Ana", "film", "Photoshop"} {
		if !bytes.Contains(in, []byte(secret)) || bytes.Contains(out, []byte(secret)) {
			t.Errorf("%q is not gone", secret)
		}
	}
	if got := orientation(out[6:]); got != 6 {
		t.Errorf("which way up it is: %d", got)
	}
	before, err1 := jpeg.Decode(bytes.NewReader(in))
	after, err2 := jpeg.Decode(bytes.NewReader(out))
	if err1 != nil || err2 != nil || !cmp.Equal(before.(*image.YCbCr).Y, after.(*image.YCbCr).Y) {
		t.Errorf("the picture has changed: %v, %v", err1, err2)
	}
	if again := bare("image/jpeg", out); !bytes.Equal(again, out) {
		t.Error("a second time takes more away")
	}
}

func TestAPNGAndAWebPLoseTheirNotes(t *testing.T) {
	var plain bytes.Buffer
	if err := png.Encode(&plain, image.NewGray(image.Rect(0, 0, 3, 3))); err != nil {
		t.Fatal(err)
	}
	p := plain.Bytes()
	chunk := "\x00\x00\x00\x03tEXtAna\x00\x00\x00\x00"
	noted := append(append(bytes.Clone(p[:33]), chunk...), p[33:]...)
	if got := barePNG(append(noted, "behind"...)); !bytes.Equal(got, p) {
		t.Errorf("PNG: %q", got)
	}
	webp := "RIFF\x2c\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x0c\x00\x00\x00\x00\x00\x00\x00\x00\x00VP8L\x02\x00\x00\x00xxEXIF\x03\x00\x00\x00Ana\x00"
	want := "RIFF\x20\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00VP8L\x02\x00\x00\x00xx"
	if got := bareWebP([]byte(webp)); string(got) != want {
		t.Errorf("WebP: %q", got)
	}
}

func FuzzBare(f *testing.F) {
	f.Add(photo(f))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x02"))
	f.Add([]byte("RIFF\x04\x00\x00\x00WEBPVP8X\x00\x00\x00\x00"))
	f.Add([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x00IEND\x00\x00\x00\x00"))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x16Exif\x00\x00II*\x00\xff\xff\xff\xff\x00\x00"))
	f.Fuzz(func(t *testing.T, in []byte) {
		files := Files{}
		v := files.Add("", in)
		f, ok := v.File()
		if !ok {
			t.Fatal("no file")
		}
		if kept, there := files[v.Text]; there && (len(kept) != f.Size || len(kept) > len(in)+40) {
			t.Fatal("not what it says")
		}
		if kept, there := files[v.Text]; there && !bytes.Equal(bare(f.ContentType, kept), kept) {
			t.Fatal("a second time takes more away")
		}
	})
}

func TestAFileIsWhatItsContentSays(t *testing.T) {
	for _, c := range []struct{ name, declared, content, want string }{
		{"nothing said", "", "%PDF-1.7 …", "application/pdf"},
		{"octet stream", "application/octet-stream", "\x89PNG\r\n\x1a\n", "image/png"},
		{"an alias", "audio/x-m4a", "\x00\x00\x00\x20ftypM4A \x00", "audio/mp4"},
		{"parameters", "audio/webm;codecs=opus", "\x1a\x45\xdf\xa3…", "audio/webm"},
		{"heif", "image/heif", "\x00\x00\x00\x18ftypmif1\x00", "image/heic"},
		{"a film called sound", "audio/mp4", "\x00\x00\x00\x18ftypisom\x00\x00\x00\x2ahdlr\x00\x00\x00\x00\x00\x00\x00\x00soun\x00hdlr\x00\x00\x00\x00\x00\x00\x00\x00vide", unknownKind},
		{"sound alone", "audio/mp4", "\x00\x00\x00\x18ftypisom\x00\x00\x00\x2ahdlr\x00\x00\x00\x00\x00\x00\x00\x00soun\x00", "audio/mp4"},
		{"mp3 with a tag", "audio/mp3", "ID3\x04", "audio/mpeg"},
		{"mp3 without", "audio/mpeg", "\xff\xfb\x90\x00", "audio/mpeg"},
		{"wav", "", "RIFF....WAVEfmt ", "audio/wav"},
		{"text", "text/plain; charset=utf-8", "Hola,\n¿qué tal?", "text/plain"},
		{"text that is not said to be", "", "Hola", unknownKind},
		{"a page", "text/html", "<html><script>", unknownKind},
		{"a drawing with scripts", "image/svg+xml", "<svg xmlns=", unknownKind},
		{"a program", "", "MZ\x90\x00", unknownKind},
		{"a PDF called a photo", "image/jpeg", "%PDF-1.7", unknownKind},
		{"bytes called text", "text/plain", "a\x00b", unknownKind},
		{"nothing", "image/jpeg", "", unknownKind},
	} {
		if got := kindOf(c.declared, []byte(c.content)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestFilesAreJudged(t *testing.T) {
	limit := func(ext string) string {
		return attached + `,"extension":[` + ext + `]`
	}
	pdf := "%PDF-1.7" + strings.Repeat("x", 3000)
	for _, c := range []struct{ name, item, declared, content, want string }{
		{"good", attached, "application/pdf", pdf, ""},
		{"empty", attached, "application/pdf", "", "file-empty"},
		{"unknown", attached, "text/html", "<p>", "file-type"},
		{"too large", attached, "", "%PDF-" + strings.Repeat("x", MaxFile), "file-large"},
		{"too large in bytes", limit(`{"url":"` + hl7 + `maxSize","valueDecimal":2000}`), "", pdf, "file-large"},
		{"too large in MB", limit(`{"url":"` + hl7 + `maxSize","valueDecimal":0.002}`), "", pdf, "file-large"},
		{"small enough in MB", limit(`{"url":"` + hl7 + `maxSize","valueDecimal":0.004}`), "", pdf, ""},
		{"another kind", limit(`{"url":"` + hl7 + `mimeType","valueCode":"image/*"},{"url":"` + hl7 + `mimeType","valueCode":"text/plain"}`), "", pdf, "file-kind"},
		{"one of two kinds", limit(`{"url":"` + hl7 + `mimeType","valueCode":"image/png"},{"url":"` + hl7 + `mimeType","valueCode":"application/pdf"}`), "", pdf, ""},
	} {
		q := load(t, sole(c.item))
		got := ""
		for _, is := range q.Check(q.Item("a"), []Value{Files{}.Add(c.declared, []byte(c.content))}) {
			got += is.Code
			if strings.Contains(is.Text, "{") {
				t.Errorf("%s: %s", c.name, is.Text)
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// respond is a response to the one item of item.
func respond(answer string) []byte {
	return []byte(`{"resourceType":"QuestionnaireResponse","status":"completed","questionnaire":"Questionnaire/q","item":[{"linkId":"a","answer":[` + answer + `]}]}`)
}

func TestAnAttachmentComesWithItsData(t *testing.T) {
	q := load(t, sole(attached))
	pdf := []byte("%PDF-1.7 hello")
	data, sum := base64.StdEncoding.EncodeToString(pdf), sha1.Sum(pdf)
	hash := base64.StdEncoding.EncodeToString(sum[:])
	for _, c := range []struct{ name, attachment, where string }{
		{"whole", `"contentType":"application/pdf","data":"` + data + `","size":14,"hash":"` + hash + `","title":"Ana.pdf","creation":"2026-10-01"`, ""},
		{"only data", `"data":"` + data + `"`, ""},
		{"another hash", `"data":"` + data + `","hash":"AAAA"`, "hash"},
		{"another size", `"data":"` + data + `","size":15`, "size"},
		{"no base64", `"data":"?"`, "data"},
		{"no data", `"contentType":"application/pdf"`, ""},
		{"only an address", `"contentType":"application/pdf","url":"https://example.org/x.pdf"`, "url"},
	} {
		r, err := ReadResponse(respond(`{"valueAttachment":{`+c.attachment+`}}`), q)
		if err != nil {
			t.Fatal(err)
		}
		good := c.name == "whole" || c.name == "only data"
		if good != (len(r.Issues) == 0) || good != (len(r.Files) == 1) {
			t.Errorf("%s: %v, %d files", c.name, r.Issues, len(r.Files))
			continue
		}
		if good && q.Validate(r.Answers) != nil {
			t.Errorf("%s: %v", c.name, q.Validate(r.Answers))
		}
		if !good && !strings.HasSuffix(r.Issues[0].Where, "value"+map[bool]string{true: "." + c.where}[c.where != ""]) {
			t.Errorf("%s: at %s", c.name, r.Issues[0].Where)
		}
	}
}

func TestAttachmentsAndReferencesComeBackAsTheyWere(t *testing.T) {
	q := load(t, with(`{"linkId":"a","text":"A","type":"attachment","repeats":true},{"linkId":"r","text":"R","type":"reference"},
		{"linkId":"b","text":"B","type":"string","enableWhen":[{"question":"a","operator":"exists","answerBoolean":true}]}`))
	files := Files{}
	want := Answers{
		"a": {files.Add("", photo(t)), files.Add("text/plain", []byte("Hola"))},
		"r": {{Type: Reference, Text: "Dr. Ito", Code: "Practitioner/7"}}, "b": {{Type: String, Text: "x"}},
	}
	for name, with := range map[string]Files{"with what is in them": files, "without": nil} {
		doc, err := q.MarshalResponse(Response{Answers: want, Files: with})
		if err != nil {
			t.Fatal(err)
		}
		r, err := ReadResponse(doc, q)
		if err != nil || len(r.Issues) > 0 {
			t.Fatalf("%s: %v, %v", name, err, r.Issues)
		}
		if d := cmp.Diff(want, r.Answers); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if d := cmp.Diff(with, r.Files); d != "" {
			t.Errorf("%s: files: %s", name, d)
		}
		if wrong, odd := r.Judge(q); len(wrong)+len(odd) > 0 {
			t.Errorf("%s: %v, %v", name, wrong, odd)
		}
	}
}

func TestAReferenceIsSaidInWords(t *testing.T) {
	q := load(t, sole(`"type":"reference","maxLength":12,"extension":[{"url":"`+hl7+`questionnaire-referenceResource","valueCode":"Practitioner"},
		{"url":"`+sdc+`sdc-questionnaire-candidateExpression","valueExpression":{"language":"application/x-fhir-query","expression":"Practitioner?active=true"}}]`))
	if len(q.Notices) != 1 {
		t.Errorf("notices: %v", q.Notices)
	}
	i := q.Item("a")
	vs, is := q.Parse(i, "en", " Dr. Ito ", now)
	if is != nil || len(vs) != 1 || vs[0] != (Value{Type: Reference, Text: "Dr. Ito"}) {
		t.Errorf("texted: %v, %v", vs, is)
	}
	if lexical, issues := q.ParseLexical(i, []string{"Dr. Ito"}); issues != nil || !cmp.Equal(lexical, vs) {
		t.Errorf("typed: %v, %v", lexical, issues)
	}
	if _, is := q.Parse(i, "en", "somebody with a long name", now); is == nil || is.Code != "too-long" {
		t.Errorf("too long: %v", is)
	}
	if _, err := Load([]byte(sole(`"type":"choice","extension":[{"url":"` + sdc + `sdc-questionnaire-candidateExpression","valueExpression":{"language":"application/x-fhir-query","expression":"Practitioner"}}]`))); err == nil {
		t.Error("a choice among records was loaded")
	}
	r, err := ReadResponse(respond(`{"valueReference":{"reference":"Practitioner/7","identifier":{"value":"x"}}}`), q)
	if err != nil || len(r.Issues) > 0 || r.Answers["a"][0].Display(i, "en") != "Practitioner/7" {
		t.Errorf("sent: %v, %v", r, err)
	}
	if r, _ := ReadResponse(respond(`{"valueReference":{"type":"Practitioner"}}`), q); len(r.Issues) != 1 {
		t.Errorf("sent without saying whom: %v", r.Issues)
	}
}

func TestAnAttachmentOfKindsThatAreNotTaken(t *testing.T) {
	if _, err := Load([]byte(sole(attached + `,"extension":[{"url":"` + hl7 + `mimeType","valueCode":"video/quicktime"}]`))); err == nil {
		t.Error("loaded")
	}
	q := load(t, sole(attached+`,"extension":[{"url":"`+hl7+`mimeType","valueCode":"video/quicktime"},{"url":"`+hl7+`mimeType","valueCode":"image/jpg"},{"url":"`+hl7+`maxSize","valueDecimal":50}]`))
	if d := cmp.Diff([]string{"image/jpeg"}, q.Item("a").Accepts()); d != "" || len(q.Notices) != 2 || q.Item("a").Largest() != MaxFile {
		t.Errorf("%s %v", d, q.Notices)
	}
}

func TestExpressionsSeeReferencesAndFiles(t *testing.T) {
	q := load(t, with(`{"linkId":"a","text":"A","type":"attachment"},{"linkId":"r","text":"R","type":"reference"},
		{"linkId":"n","text":"N","type":"integer","extension":[{"url":"`+extCalculated+`","valueExpression":{"language":"text/fhirpath","expression":"%resource.item.where(linkId='a').answer.value.size"}}]},
		{"linkId":"s","text":"S","type":"string","extension":[{"url":"`+extCalculated+`","valueExpression":{"language":"text/fhirpath","expression":"%resource.item.where(linkId='r').answer.value.display"}}]}`))
	files := Files{}
	a := q.Clean(Answers{"a": {files.Add("text/plain", []byte("Hola"))}, "r": {{Type: Reference, Text: "Dr. Ito"}}})
	if a["n"][0].Text != "4" || a["s"][0].Text != "Dr. Ito" {
		t.Errorf("%v", a)
	}
}

// sole is a questionnaire of one item.
func sole(more string) string { return with(`{"linkId":"a","text":"A",` + more + `}`) }

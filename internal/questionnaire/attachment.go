package questionnaire

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/words"
)

// MaxFile is the most bytes that the files of one report may have together, and so that one file may have: they are stored with
// the report in one write, of which engines take 4 MiB (infra/decisions/0017).
const MaxFile = 2_400_000

// MaxFiles is how many files one report may have.
const MaxFiles = 20

// File is what an answer says of a file. What is in the file is kept apart from answers.
type File struct {
	ContentType string // one of the kinds that are taken, or unknownKind
	Size        int    // bytes
	Sum         string // lower-case hex SHA-256
}

// Value is the answer that stands for f. Its text has no words of a person's: "image/jpeg 48211 9f86d081…".
func (f File) Value() Value {
	return Value{Type: Attachment, Text: f.ContentType + " " + strconv.Itoa(f.Size) + " " + f.Sum}
}

// File is the file that v stands for; false when v is no attachment, or not in its form.
func (v Value) File() (File, bool) {
	parts := strings.Split(v.Text, " ")
	if v.Type != Attachment || len(parts) != 3 {
		return File{}, false
	}
	size, err := strconv.Atoi(parts[1])
	f := File{parts[0], size, parts[2]}
	ok := err == nil && size >= 0 && f.Value().Text == v.Text && len(f.Sum) == 2*sha256.Size &&
		strings.Trim(f.Sum, "0123456789abcdef") == "" && (f.ContentType == unknownKind || isKind(f.ContentType))
	return f, ok
}

// Files are what is in the files of some answers, by the text of the value that stands for each.
type Files map[string][]byte

// Add takes a file and gives the answer that stands for it. declared is what its sender says that it is; it may be empty. What a file is
// is seen from its content; one that isn't what it is said to be, or nothing that is taken, gives an answer that Check refuses, and isn't
// kept, and a photo in which no picture is found neither. Where a photo says when, where and with what it was taken, that is removed first.
func (f Files) Add(declared string, content []byte) Value {
	kind := kindOf(declared, content)
	if kind != unknownKind && len(content) <= MaxFile {
		if kept := bare(kind, content); kept != nil {
			content = kept
		} else {
			kind = unknownKind
		}
	}
	sum := sha256.Sum256(content)
	v := File{kind, len(content), hex.EncodeToString(sum[:])}.Value()
	if kind != unknownKind && len(content) > 0 && len(content) <= MaxFile {
		f[v.Text] = content
	}
	return v
}

// Largest is how many bytes a file that answers i may have.
func (i *Item) Largest() int {
	if i.MaxSize > 0 && i.MaxSize < MaxFile {
		return i.MaxSize
	}
	return MaxFile
}

// judgeFile judges one attachment that is well-formed.
func (i *Item) judgeFile(v Value, bad func(string, ...string) *fault.Issue) *fault.Issue {
	f, _ := v.File()
	switch {
	case f.Size == 0:
		return bad("file-empty")
	case f.Size > i.Largest():
		return bad("file-large", "max", Bytes(i.Largest()))
	case f.ContentType == unknownKind:
		return bad("file-type")
	case len(i.Kinds) > 0 && !slices.Contains(i.Kinds, f.ContentType):
		return bad("file-kind", "kinds", kindNames(i.Kinds))
	}
	return nil
}

// Bytes is a number of bytes in words.
func Bytes(bytes int) string {
	switch {
	case bytes < 1000:
		return number(bytes) + " bytes"
	case bytes < 1_000_000:
		return number((bytes+500)/1000) + " KB"
	}
	tenths := (bytes + 50_000) / 100_000
	if tenths%10 == 0 {
		return number(tenths/10) + " MB"
	}
	return number(tenths/10) + "." + number(tenths%10) + " MB"
}

// display is "Photo, 48 KB".
func (f File) display(lang string) string {
	kind, _, _ := strings.Cut(f.ContentType, "/")
	if f.ContentType == "application/pdf" {
		kind = "pdf"
	}
	key := "answer.file-is-" + kind
	if !words.Has(words.Default, key) {
		key = "answer.file-is-text"
	}
	return words.Text(lang, key) + ", " + Bytes(f.Size)
}

// fileExtension reads the extensions of an attachment.
func (l *loader) fileExtension(x extension, i *Item) bool {
	switch x.url {
	case hl7 + "maxSize":
		l.maxSize(x, i)
	case hl7 + "mimeType":
		code := x.str("valueCode")
		kinds := kindsLike(code)
		i.kindsSaid = true
		for _, k := range kinds {
			if !slices.Contains(i.Kinds, k) {
				i.Kinds = append(i.Kinds, k)
			}
		}
		if len(kinds) == 0 {
			x.notice("valueCode", "files of the type %s are not taken", clip(code))
		}
	default:
		return false
	}
	if i.Type != Attachment {
		x.notice("url", "only an attachment is a file")
	}
	return true
}

// maxSize reads how large a file may be. FHIR said MB at first and bytes later, and R4 says neither; no file of real use has less than
// a thousand bytes, and none that is taken has a thousand MB.
func (l *loader) maxSize(x extension, i *Item) {
	n := x.of("valueDecimal", kindNumber)
	if n == nil {
		x.refuse("valueDecimal", refusedMissing, "the extension needs a value")
		return
	}
	most, err := strconv.ParseFloat(n.text, 64)
	if err != nil || most <= 0 || most > 1e15 {
		x.refuse("valueDecimal", refusedInvalid, "must be a number above 0")
		return
	}
	if most < 1000 {
		most *= 1_000_000
	}
	if i.MaxSize = int(min(most, MaxFile)); most > MaxFile {
		x.notice("valueDecimal", "a file may have %s here at most", Bytes(MaxFile))
	}
}

// files checks what only the whole item shows.
func (l *loader) files(e *element, i *Item) {
	if i.Type == Attachment && i.kindsSaid && len(i.Kinds) == 0 {
		e.refuse("extension", refusedUnsupported, "mimeType: none of these files can be taken; here are: %s", strings.Join(kindCodes(), " "))
	}
}

// Texts are the contents that are words.
func (f Files) Texts() (out []string) {
	for text, content := range f {
		if strings.HasPrefix(text, "text/plain ") {
			out = append(out, string(content))
		}
	}
	return out
}

// TooManyFiles is the issue of a report whose files can't be kept together, at the item that brings one too many.
func TooManyFiles(i *Item) fault.Issue {
	return issue(i, "file-many", "max", Bytes(MaxFile), "count", number(MaxFiles))
}

// MissingFile is the issue of an answer that speaks of a file that did not come.
func MissingFile(i *Item) fault.Issue { return issue(i, "file-missing") }

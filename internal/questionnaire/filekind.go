package questionnaire

import (
	"bytes"
	"mime"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// unknownKind is the content type of a file that isn't taken: it is none of the kinds, or not what it is said to be.
const unknownKind = "application/octet-stream"

// fileKind is a kind of file that is taken. None of them can hold a script that a browser would run when the file is opened from disk.
type fileKind struct {
	code    string
	aliases []string // other names that senders have for it
	is      func(head []byte) bool
}

// fileKinds are all kinds, in the order in which a content is tried. Sources of the signatures: the formats' own specifications (JFIF, PNG,
// RIFF, ISO/IEC 14496-12 ftyp, PDF, Ogg, EBML, MPEG audio).
var fileKinds = []fileKind{
	{"image/jpeg", []string{"image/jpg", "image/pjpeg"}, begins("\xff\xd8\xff")},
	{"image/png", []string{"image/x-png"}, begins("\x89PNG\r\n\x1a\n")},
	{"image/webp", nil, riff("WEBP")},
	{"image/heic", []string{"image/heif", "image/heic-sequence", "image/heif-sequence"}, brand("heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1")},
	{"application/pdf", []string{"application/x-pdf"}, begins("%PDF-")},
	{"audio/mp4", []string{"audio/x-m4a", "audio/m4a", "audio/aac"}, isSound},
	{"audio/mpeg", []string{"audio/mp3", "audio/x-mp3", "audio/x-mpeg"}, isMP3},
	{"audio/ogg", []string{"application/ogg", "audio/opus", "audio/x-opus+ogg"}, begins("OggS")},
	{"audio/webm", nil, begins("\x1a\x45\xdf\xa3")},
	{"audio/wav", []string{"audio/x-wav", "audio/wave", "audio/vnd.wave"}, riff("WAVE")},
	{"text/plain", nil, isPlainText},
}

func begins(with string) func([]byte) bool {
	return func(head []byte) bool { return bytes.HasPrefix(head, []byte(with)) }
}

func riff(form string) func([]byte) bool {
	return func(head []byte) bool {
		return len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == form
	}
}

// brand is a file of ISO/IEC 14496-12 whose major brand is one of those.
func brand(brands ...string) func([]byte) bool {
	return func(head []byte) bool {
		return len(head) >= 12 && string(head[4:8]) == "ftyp" && slices.Contains(brands, string(head[8:12]))
	}
}

// isSound is a file of ISO/IEC 14496-12 that has no film in it: one whose tracks' handlers (8.4.3) are none for pictures that move.
func isSound(content []byte) bool {
	if !brand("M4A ", "M4B ", "mp42", "isom", "mp41", "iso2", "dash")(content) {
		return false
	}
	const handler = 8 // after the box's name come its version and a field of zeros
	for {
		_, after, found := bytes.Cut(content, []byte("hdlr"))
		if !found {
			return true
		}
		if len(after) >= handler+4 && string(after[handler:handler+4]) == "vide" {
			return false
		}
		content = after
	}
}

// isMP3 looks for an ID3 tag or for the sync word of a frame of layer III.
func isMP3(head []byte) bool {
	return bytes.HasPrefix(head, []byte("ID3")) || len(head) >= 4 && head[0] == 0xff && head[1]&0xe6 == 0xe2 && head[2]>>4 != 0xf && head[2]>>4 != 0
}

func isPlainText(content []byte) bool {
	return utf8.Valid(content) && !strings.ContainsFunc(string(content), func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) })
}

// kindOf is what a content is, if that is a kind that is taken and the sender doesn't say otherwise. Text has no signature: it must be said
// to be text.
func kindOf(declared string, content []byte) string {
	said, _, err := mime.ParseMediaType(declared)
	if err != nil {
		said = strings.ToLower(strings.TrimSpace(declared))
	}
	if said == unknownKind || said == "binary/octet-stream" {
		said = ""
	}
	for _, k := range fileKinds {
		if !k.is(content) || k.code == "text/plain" && said != k.code {
			continue
		}
		if said == "" || said == k.code || slices.Contains(k.aliases, said) {
			return k.code
		}
		break
	}
	return unknownKind
}

func isKind(code string) bool {
	return slices.ContainsFunc(fileKinds, func(k fileKind) bool { return k.code == code })
}

// kindsLike are the kinds that a media type of a questionnaire allows: "image/*" and "*/*" allow several.
func kindsLike(code string) (out []string) {
	code = strings.ToLower(code)
	for _, k := range fileKinds {
		group, _, _ := strings.Cut(k.code, "/")
		if code == k.code || slices.Contains(k.aliases, code) || code == group+"/*" || code == "*/*" || code == "*" {
			out = append(out, k.code)
		}
	}
	return out
}

func kindCodes() (out []string) {
	for _, k := range fileKinds {
		out = append(out, k.code)
	}
	return out
}

// Accepts are the content types that a file control may offer for i.
func (i *Item) Accepts() []string {
	if len(i.Kinds) > 0 {
		return i.Kinds
	}
	return kindCodes()
}

// kindNames are kinds as people call them: "JPEG, PDF".
func kindNames(kinds []string) string {
	var out []string
	for _, k := range kinds {
		out = append(out, strings.ToUpper(File{ContentType: k}.Extension()))
	}
	return strings.Join(out, ", ")
}

// Extension is the end of a name for f.
func (f File) Extension() string {
	switch f.ContentType {
	case "image/jpeg":
		return "jpg"
	case "audio/mp4":
		return "m4a"
	case "audio/mpeg":
		return "mp3"
	case "text/plain":
		return "txt"
	}
	_, ext, _ := strings.Cut(f.ContentType, "/")
	return ext
}

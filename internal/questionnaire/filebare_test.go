package questionnaire

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

const whereabouts = "GPS-48.2082"

func segment(marker byte, body string) string {
	n := len(body) + 2
	return string([]byte{0xff, marker, byte(n >> 8), byte(n)}) + body
}

func TestNoJPEGKeepsAPlace(t *testing.T) {
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, image.NewGray(image.Rect(0, 0, 16, 16)), nil); err != nil {
		t.Fatal(err)
	}
	p, exif := plain.String()[2:], "\xff\xd8"+segment(0xe1, "Exif\x00\x00MM\x00*"+whereabouts)
	jfif := segment(0xe0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x03\x01"+whereabouts)
	for name, in := range map[string]string{
		"without an end":            exif + strings.TrimSuffix(p, "\xff\xd9"),
		"cut in its data":           exif + p[:len(p)-5],
		"cut in a marker":           exif + strings.TrimSuffix(p, "\xd9"),
		"stray bytes":               exif + "\x00\x00" + segment(0xe1, "Exif\x00\x00"+whereabouts) + "\x00" + p,
		"a bare restart":            exif + "\xff\xd0\xff\x01" + segment(0xe1, whereabouts) + p,
		"a thumbnail in JFXX":       exif + segment(0xe0, "JFXX\x00\x10"+whereabouts) + p,
		"a thumbnail in JFIF":       exif + jfif + p,
		"marker F0":                 exif + segment(0xf0, whereabouts) + p,
		"marker FD":                 exif + segment(0xfd, whereabouts) + p,
		"the last application's":    exif + segment(0xef, whereabouts) + p,
		"MPF":                       exif + segment(0xe2, "MPF\x00"+whereabouts) + p,
		"no colour profile":         exif + segment(0xe2, "ICC_PROFILE\x00\x01\x01"+whereabouts) + p,
		"words in a colour profile": exif + segment(0xe2, "ICC_PROFILE\x00\x01\x01"+profile(whereabouts)) + p,
		"more than Adobe's":         exif + segment(0xee, "Adobe\x00\x64\x00\x00\x00\x00\x01"+whereabouts) + p,
		"a second one behind":       exif + p + exif + p,
		"a second one inside":       exif + strings.TrimSuffix(p, "\xff\xd9") + exif + p,
		"a broken segment behind":   exif + strings.TrimSuffix(p, "\xff\xd9") + "\xff\xe1\xff\xff" + whereabouts,
	} {
		v, out := kept(t, "image/jpeg", in)
		if !strings.HasPrefix(v.Text, "image/jpeg ") || strings.Contains(out, whereabouts) || !strings.HasSuffix(out, "\xff\xd9") {
			t.Errorf("%s: %s, %q", name, v.Text, out)
		}
		if strings.HasPrefix(name, "cut") {
			continue
		}
		if _, err := jpeg.Decode(strings.NewReader(out)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, in := range map[string]string{"no picture": exif + "\xff\xd9", "only a frame": exif + p[:strings.Index(p, "\xff\xda")], "nothing": "\xff\xd8\xff"} {
		if v, out := kept(t, "image/jpeg", in); !strings.HasPrefix(v.Text, unknownKind) || out != "" {
			t.Errorf("%s: %s is kept", name, v.Text)
		}
	}
}

// kept is a file as it is kept; "" where it isn't.
func kept(t *testing.T, kind, in string) (Value, string) {
	t.Helper()
	files := Files{}
	v := files.Add(kind, []byte(in))
	return v, string(files[v.Text])
}

// profile is a colour profile that says words, with one primary.
func profile(words string) string {
	const first = profileHeader + 4 + 2*profileEntry
	out := make([]byte, first)
	copy(out[4:], "Ana!")
	copy(out[36:], "acsp")
	out[profileHeader+3] = 2
	at := profileHeader + 4
	for _, tag := range []struct{ name, data string }{{"rXYZ", "XYZ \x00\x00\x00\x00redredredred"}, {"desc", "desc\x00\x00\x00\x00" + words}} {
		copy(out[at:], tag.name)
		binary.BigEndian.PutUint32(out[at+4:], uint32(len(out)))
		binary.BigEndian.PutUint32(out[at+8:], uint32(len(tag.data)))
		out, at = append(out, tag.data...), at+profileEntry
	}
	binary.BigEndian.PutUint32(out, uint32(len(out)))
	return string(out)
}

func TestAColourProfileKeepsItsColoursAlone(t *testing.T) {
	in := profile(whereabouts)
	out := string(bareProfile([]byte(in)))
	if len(out) != len(in) || !strings.Contains(out, "redredredred") || strings.Contains(out, whereabouts) || strings.Contains(out, "Ana!") {
		t.Errorf("%q", out)
	}
	if again := string(bareProfile([]byte(out))); again != out {
		t.Errorf("again: %q", again)
	}
}

func TestNoPNGKeepsAPlace(t *testing.T) {
	var plain bytes.Buffer
	if err := png.Encode(&plain, image.NewGray(image.Rect(0, 0, 3, 3))); err != nil {
		t.Fatal(err)
	}
	const head = 33 // the signature and IHDR
	p := plain.String()
	chunk := func(name, body string) string {
		return string(binary.BigEndian.AppendUint32(nil, uint32(len(body)))) + name + body + "\x00\x00\x00\x00"
	}
	noted := p[:head] + chunk("eXIf", whereabouts) + p[head:]
	for name, in := range map[string]string{
		"without an end":     noted[:len(noted)-12],
		"cut in its end":     noted[:len(noted)-2],
		"a cut chunk behind": noted[:len(noted)-12] + chunk("eXIf", whereabouts)[:15],
		"an unknown chunk":   p[:head] + chunk("caBX", whereabouts) + p[head:],
		"a colour profile":   p[:head] + chunk("iCCP", whereabouts) + p[head:],
		"too long a chunk":   p[:head] + chunk("gAMA", whereabouts) + p[head:],
		"something behind":   noted + chunk("eXIf", whereabouts),
		"more in its end":    p[:len(p)-12] + chunk("IEND", whereabouts),
	} {
		if v, out := kept(t, "image/png", in); out != p {
			t.Errorf("%s: %s, %q", name, v.Text, out)
		}
	}
	if v, out := kept(t, "image/png", p[:head]+chunk("eXIf", whereabouts)); !strings.HasPrefix(v.Text, unknownKind) || out != "" {
		t.Errorf("no picture: %s is kept", v.Text)
	}
}

func TestNoWebPKeepsAPlace(t *testing.T) {
	chunk := func(name, body string) string {
		return name + string(binary.LittleEndian.AppendUint32(nil, uint32(len(body)))) + body
	}
	riff := func(chunks string) string {
		return "RIFF" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(chunks)+4))) + "WEBP" + chunks
	}
	head := func(flags string) string { return chunk("VP8X", flags+strings.Repeat("\x00", 9)) }
	picture, odd := chunk("VP8L", "xx"), whereabouts // 11 bytes
	want := riff(head("\x00") + picture)
	for name, in := range map[string]string{
		"padded":                riff(head("\x08") + picture + chunk("EXIF", odd) + "\x00"),
		"without its pad byte":  riff(head("\x08") + picture + chunk("EXIF", odd)),
		"something behind":      riff(head("\x08")+picture) + chunk("EXIF", odd),
		"cut":                   riff(head("\x08") + picture + chunk("EXIF", odd))[:50],
		"an unknown chunk":      riff(head("\x00") + chunk("GPS ", odd+"\x00") + picture),
		"no colour profile":     riff(head("\x20") + chunk("ICCP", odd+"x") + picture),
		"a longer header":       riff(chunk("VP8X", strings.Repeat("\x00", 10)+whereabouts+"x") + picture),
		"a header that repeats": riff(head("\x00") + chunk("VP8X", whereabouts+"x") + picture),
	} {
		if v, out := kept(t, "image/webp", in); out != want {
			t.Errorf("%s: %s, %q", name, v.Text, out)
		}
	}
	frame := strings.Repeat("f", 16)
	_, out := kept(t, "image/webp", riff(head("\x02")+chunk("ANIM", "abcdef")+chunk("ANMF", frame+picture+chunk("EXIF", odd+"x"))))
	if out != riff(head("\x02")+chunk("ANIM", "abcdef")+chunk("ANMF", frame+picture)) {
		t.Errorf("a frame: %q", out)
	}
	if _, out := kept(t, "image/webp", riff(head("\x20")+chunk("ICCP", profile(odd+"x"))+picture)); out[20] != 0x20 || strings.Contains(out, whereabouts) {
		t.Errorf("a colour profile: %q", out)
	}
	if v, out := kept(t, "image/webp", riff(chunk("EXIF", odd))); !strings.HasPrefix(v.Text, unknownKind) || out != "" {
		t.Errorf("no picture: %s is kept", v.Text)
	}
}

package questionnaire

import "encoding/binary"

// pngChunks are the chunks of a PNG that a picture needs, and how long each may be (W3C PNG, 11). All others say something beside it, move
// it, or name what they are by free words, as a colour profile does.
var pngChunks = map[string]int{
	"IHDR": 13, "PLTE": 3 * 256, "IDAT": MaxFile, "tRNS": 256, "gAMA": 4, "cHRM": 32, "sRGB": 1, "cICP": 4, "sBIT": 4, "bKGD": 6, "pHYs": 9,
}

const pngEnd = "\x00\x00\x00\x00IEND\xae\x42\x60\x82"

// barePNG keeps the chunks that a picture needs, up to its end or to the last whole one.
func barePNG(in []byte) []byte {
	const signature = 8
	out, data := append(make([]byte, 0, len(in)+len(pngEnd)), in[:signature]...), false
	for at := signature; at+12 <= len(in); {
		size, name := int64(binary.BigEndian.Uint32(in[at:])), string(in[at+4:at+8])
		end := int64(at) + 12 + size
		if name == "IEND" || end > int64(len(in)) {
			break
		}
		if most, needed := pngChunks[name]; needed && size <= int64(most) {
			out, data = append(out, in[at:end]...), data || name == "IDAT"
		}
		at = int(end)
	}
	if !data {
		return nil
	}
	return append(out, pngEnd...)
}

// Flags of a WebP's extended header.
const (
	webpProfile = 0x20
	webpNotes   = 0x08 | 0x04 // Exif and XMP
)

// bareWebP keeps the chunks that a picture needs, up to the end that the file tells or to the last whole one, and says in the header that
// there are no others.
func bareWebP(in []byte) []byte {
	const head = 12
	told := min(int64(len(in)), max(head, 8+int64(binary.LittleEndian.Uint32(in[4:]))))
	out, picture := append(make([]byte, 0, len(in)+1), in[:head]...), false
	extended, profiled := 0, false
	webpChunks(in[head:told], func(name string, body []byte) {
		switch name {
		case "VP8X":
			if len(body) < 10 || extended > 0 {
				return
			}
			extended = len(out) + 8
			body = append([]byte{body[0] &^ webpNotes, 0, 0, 0}, body[4:10]...)
		case "ICCP":
			if body = bareProfile(body); body == nil {
				return
			}
			profiled = true
		case "ANIM":
			if len(body) != 6 {
				return
			}
		case "ANMF": // a frame: where it stands, and chunks of its own
			if body = bareFrame(body); body == nil {
				return
			}
			picture = true
		case "VP8 ", "VP8L":
			picture = true
		case "ALPH":
		default:
			return
		}
		out = appendChunk(out, name, body)
	})
	if !picture {
		return nil
	}
	if extended > 0 && !profiled {
		out[extended] &^= webpProfile
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

// bareFrame is a frame of an animation; nil where it has no picture.
func bareFrame(in []byte) []byte {
	const head = 16
	if len(in) < head {
		return nil
	}
	out, picture := append(make([]byte, 0, len(in)+1), in[:head]...), false
	webpChunks(in[head:], func(name string, body []byte) {
		if name == "VP8 " || name == "VP8L" || name == "ALPH" {
			out, picture = appendChunk(out, name, body), picture || name != "ALPH"
		}
	})
	if !picture {
		return nil
	}
	return out
}

// webpChunks gives the whole chunks of in to each; the last one may be without its pad byte.
func webpChunks(in []byte, each func(name string, body []byte)) {
	for len(in) >= 8 {
		size := int64(binary.LittleEndian.Uint32(in[4:]))
		if size > int64(len(in)-8) {
			return
		}
		each(string(in[:4]), in[8:8+size])
		in = in[min(8+size+size%2, int64(len(in))):]
	}
}

func appendChunk(out []byte, name string, body []byte) []byte {
	out = append(binary.LittleEndian.AppendUint32(append(out, name...), uint32(len(body))), body...)
	if len(body)%2 == 1 {
		out = append(out, 0)
	}
	return out
}

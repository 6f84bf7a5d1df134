package questionnaire

import (
	"bytes"
	"encoding/binary"
)

// bare is a photo without what a camera notes beside the picture: place, time, device, thumbnails, words. What can't be followed to its end
// stays as it is: that is no picture, and whoever opens it will see. HEIC and sound keep what they hold (infra/decisions/0017).
func bare(kind string, content []byte) []byte {
	var out []byte
	switch kind {
	case "image/jpeg":
		out = bareJPEG(content)
	case "image/png":
		out = barePNG(content)
	case "image/webp":
		out = bareWebP(content)
	}
	if out == nil {
		return content
	}
	return out
}

// Markers of a JPEG (ITU-T T.81, table B.1).
const (
	jpegSOI  = 0xd8
	jpegEOI  = 0xd9
	jpegSOS  = 0xda
	jpegAPP0 = 0xe0
	jpegAPP1 = 0xe1
	jpegCOM  = 0xfe
)

// bareJPEG keeps of the application segments only those that a decoder needs: JFIF, colour profile, Adobe's transform, and which way up
// the picture is. It ends at the end of the image: what some phones hang behind it (a film, a second photo) goes.
func bareJPEG(in []byte) []byte {
	out := append(make([]byte, 0, len(in)), 0xff, jpegSOI)
	for at := 2; ; {
		for at < len(in) && in[at] == 0xff && at+1 < len(in) && in[at+1] == 0xff { // fill bytes
			at++
		}
		if at+1 >= len(in) || in[at] != 0xff {
			return nil
		}
		marker := in[at+1]
		switch {
		case marker == jpegEOI:
			return append(out, 0xff, jpegEOI)
		case marker >= 0xd0 && marker <= 0xd7 || marker == 0x01: // without a body
			out = append(out, 0xff, marker)
			at += 2
			continue
		case at+4 > len(in):
			return nil
		}
		end := at + 2 + int(binary.BigEndian.Uint16(in[at+2:]))
		if end < at+4 || end > len(in) {
			return nil
		}
		body := in[at+4 : end]
		switch {
		case marker == jpegAPP1:
			if o := orientation(body); o > 1 {
				out = append(out, orientationOnly(o)...)
			}
		case marker > jpegAPP0 && marker <= 0xef && !bytes.HasPrefix(body, []byte("ICC_PROFILE\x00")) && !bytes.HasPrefix(body, []byte("Adobe\x00")), marker == jpegCOM:
		default:
			out = append(out, in[at:end]...)
		}
		at = end
		if marker != jpegSOS {
			continue
		}
		for at+1 < len(in) && (in[at] != 0xff || in[at+1] == 0 || in[at+1] >= 0xd0 && in[at+1] <= 0xd7) {
			at++
		}
		out = append(out, in[end:at]...)
	}
}

const orientationTag = 0x0112 // TIFF 6.0

// orientation is which way up an Exif segment says that the picture is, 1 to 8; 0 when it doesn't say.
func orientation(app1 []byte) byte {
	tiff, ok := bytes.CutPrefix(app1, []byte("Exif\x00\x00"))
	if !ok || len(tiff) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.BigEndian
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 0
	}
	entries := tiff[at+2:]
	for n := int(order.Uint16(tiff[at:])); n > 0 && len(entries) >= 12; n-- {
		if order.Uint16(entries) == orientationTag {
			if v := order.Uint16(entries[8:]); v >= 1 && v <= 8 {
				return byte(v)
			}
			return 0
		}
		entries = entries[12:]
	}
	return 0
}

// orientationOnly is an Exif segment that says nothing else.
func orientationOnly(o byte) []byte {
	return []byte{
		0xff, jpegAPP1, 0, 34, 'E', 'x', 'i', 'f', 0, 0,
		'M', 'M', 0, 42, 0, 0, 0, 8, // big-endian; the directory follows
		0, 1, // one entry:
		orientationTag >> 8, orientationTag & 0xff, 0, 3, 0, 0, 0, 1, 0, o, 0, 0, // a SHORT
		0, 0, 0, 0, // no other directory
	}
}

// ancillary are the chunks of a PNG that say something beside the picture.
var ancillary = map[string]bool{"eXIf": true, "tEXt": true, "zTXt": true, "iTXt": true, "tIME": true}

func barePNG(in []byte) []byte {
	const signature = 8
	out := append(make([]byte, 0, len(in)), in[:signature]...)
	for at := signature; at+12 <= len(in); {
		end := int64(at) + 12 + int64(binary.BigEndian.Uint32(in[at:]))
		if end > int64(len(in)) {
			return nil
		}
		name := string(in[at+4 : at+8])
		if !ancillary[name] {
			out = append(out, in[at:end]...)
		}
		if name == "IEND" {
			return out
		}
		at = int(end)
	}
	return nil
}

// bareWebP drops the chunks EXIF and XMP, and says in the header that they aren't there.
func bareWebP(in []byte) []byte {
	const head = 12
	out := append(make([]byte, 0, len(in)), in[:head]...)
	for at := head; at+8 <= len(in); {
		size := int64(binary.LittleEndian.Uint32(in[at+4:]))
		end := int64(at) + 8 + size + size%2
		if end > int64(len(in)) {
			return nil
		}
		switch name := string(in[at : at+4]); name {
		case "EXIF", "XMP ":
		case "VP8X":
			from := len(out)
			if out = append(out, in[at:end]...); size > 0 {
				out[from+8] &^= 0x08 | 0x04 // the flags of Exif and XMP
			}
		default:
			out = append(out, in[at:end]...)
		}
		at = int(end)
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

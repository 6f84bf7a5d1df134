package questionnaire

import (
	"bytes"
	"encoding/binary"
)

// bare is a photo without what a camera notes beside the picture: place, time, device, thumbnails, words. It is written anew from the
// parts that a viewer needs, and closed where they end, as viewers do with a file that is cut or has something behind it. It is nil where
// there is no picture among them. HEIC, PDF and sound keep what they hold (infra/decisions/0017).
func bare(kind string, content []byte) []byte {
	switch kind {
	case "image/jpeg":
		return bareJPEG(content)
	case "image/png":
		return barePNG(content)
	case "image/webp":
		return bareWebP(content)
	}
	return content
}

// Markers of a JPEG (ITU-T T.81, table B.1).
const (
	jpegSOF0  = 0xc0
	jpegDHT   = 0xc4
	jpegJPG   = 0xc8
	jpegDAC   = 0xcc
	jpegSOF15 = 0xcf
	jpegRST0  = 0xd0
	jpegRST7  = 0xd7
	jpegSOI   = 0xd8
	jpegEOI   = 0xd9
	jpegSOS   = 0xda
	jpegDQT   = 0xdb
	jpegDNL   = 0xdc
	jpegDRI   = 0xdd
	jpegAPP0  = 0xe0
	jpegAPP1  = 0xe1
	jpegAPP2  = 0xe2
	jpegAPP14 = 0xee
)

// bareJPEG keeps the tables, frames and scans, and of the application segments what changes how they look: JFIF's density, the colour
// profile, Adobe's transform, and which way up the picture is.
func bareJPEG(in []byte) []byte {
	out := append(make([]byte, 0, len(in)+2), 0xff, jpegSOI)
	var frame, scan, oriented bool
	for at := 2; ; {
		// What is no marker between two segments is passed over, as decoders do.
		for at+1 < len(in) && (in[at] != 0xff || in[at+1] == 0xff || in[at+1] <= 1 || in[at+1] >= jpegRST0 && in[at+1] <= jpegRST7) {
			at++
		}
		if at+4 > len(in) || in[at+1] == jpegEOI || in[at+1] == jpegSOI {
			break
		}
		marker, end := in[at+1], at+2+int(binary.BigEndian.Uint16(in[at+2:]))
		if end < at+4 || end > len(in) {
			break
		}
		body := in[at+4 : end]
		at = end
		switch {
		case marker == jpegAPP1:
			if o := orientation(body); o > 1 && !oriented {
				out, oriented = append(out, orientationOnly(o)...), true
			}
			continue
		case marker >= jpegAPP0 && marker <= jpegAPP14:
			body = bareApplication(marker, body)
		case marker >= jpegSOF0 && marker <= jpegSOF15 && marker != jpegJPG:
			frame = frame || marker != jpegDHT && marker != jpegDAC
		case marker == jpegSOS:
			scan = true
		case marker != jpegDQT && marker != jpegDNL && marker != jpegDRI:
			body = nil
		}
		if body != nil {
			out = append(binary.BigEndian.AppendUint16(append(out, 0xff, marker), uint16(len(body)+2)), body...)
		}
		if marker == jpegSOS {
			at = scanEnd(in, at)
			out = append(out, in[end:at]...)
		}
	}
	if !frame || !scan {
		return nil
	}
	return append(out, 0xff, jpegEOI)
}

// scanEnd is where the data of a scan that begins at at end: before the next marker that isn't a restart.
func scanEnd(in []byte, at int) int {
	for at < len(in) {
		if in[at] != 0xff {
			at++
			continue
		}
		next := at + 1
		for next < len(in) && in[next] == 0xff { // fill bytes
			next++
		}
		if next == len(in) || in[next] != 0 && (in[next] < jpegRST0 || in[next] > jpegRST7) {
			break
		}
		at = next + 1
	}
	return at
}

// bareApplication is what of an application segment changes how the picture looks; nil where nothing does.
func bareApplication(marker byte, body []byte) []byte {
	switch {
	case marker == jpegAPP0 && len(body) >= 14 && bytes.HasPrefix(body, []byte("JFIF\x00")):
		return append(bytes.Clone(body[:12]), 0, 0) // without a thumbnail
	case marker == jpegAPP2 && bytes.HasPrefix(body, []byte("ICC_PROFILE\x00\x01\x01")): // the first of one
		if profile := bareProfile(body[14:]); profile != nil {
			return append(bytes.Clone(body[:14]), profile...)
		}
	case marker == jpegAPP14 && len(body) >= 12 && bytes.HasPrefix(body, []byte("Adobe")):
		return body[:12]
	}
	return nil
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

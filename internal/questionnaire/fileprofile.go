package questionnaire

import "encoding/binary"

// The parts of a colour profile (ISO 15076-1, 7) that are kept.
const (
	profileHeader = 128
	profileEntry  = 12
	profileTags   = 64 // none of a camera has as many
)

// profileColours are the tags of a profile of three primaries, and the types of what they hold: what a viewer computes with.
var profileColours = map[string][]string{
	"wtpt": {"XYZ "}, "rXYZ": {"XYZ "}, "gXYZ": {"XYZ "}, "bXYZ": {"XYZ "}, "chad": {"sf32"},
	"rTRC": {"curv", "para"}, "gTRC": {"curv", "para"}, "bTRC": {"curv", "para"}, "kTRC": {"curv", "para"},
}

// bareProfile is a colour profile in which all is zero that no colour follows from: names, words, rights, who made it and when. It is nil
// where in isn't a profile as long as it says.
func bareProfile(in []byte) []byte {
	if len(in) < profileHeader+4 || string(in[36:40]) != "acsp" || int64(binary.BigEndian.Uint32(in)) != int64(len(in)) {
		return nil
	}
	tags := binary.BigEndian.Uint32(in[profileHeader:])
	first := profileHeader + 4 + int64(tags)*profileEntry
	if tags > profileTags || first > int64(len(in)) {
		return nil
	}
	out := make([]byte, len(in))
	copy(out, in[:4])
	copy(out[8:24], in[8:24])   // version, class and colour spaces
	copy(out[36:40], in[36:40]) // the signature
	copy(out[64:80], in[64:80]) // intent and illuminant
	copy(out[profileHeader:], in[profileHeader:profileHeader+4])
	for n := range int(tags) {
		at := profileHeader + 4 + n*profileEntry
		entry := in[at : at+profileEntry]
		from, size := int64(binary.BigEndian.Uint32(entry[4:])), int64(binary.BigEndian.Uint32(entry[8:]))
		if from < first || from+size > int64(len(in)) || size < 8 {
			return nil
		}
		copy(out[at:], entry)
		data := in[from : from+size]
		for _, t := range profileColours[string(entry[:4])] {
			if string(data[:4]) == t {
				copy(out[from:], data[:min(size, colourSize(t, data))])
			}
		}
	}
	return out
}

// colourSize is how long a value of type t is that begins as data does.
func colourSize(t string, data []byte) int64 {
	switch t {
	case "XYZ ":
		return 20
	case "sf32":
		return 44
	case "para":
		return 40 // at most
	}
	if len(data) < 12 {
		return 0
	}
	return 12 + 2*int64(binary.BigEndian.Uint32(data[8:]))
}

package program

// The GSM 7-bit default alphabet (3GPP TS 23.038 §6.2.1) without its escape, and the extension table (§6.2.1.1), whose
// characters cost two septets.
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtension = "\f^{}\\[~]|€"
)

// Septets or UTF-16 units that one message holds, alone and as a part of several (3GPP TS 23.040 §9.2.3.24.1: the
// header that joins parts costs six octets).
const (
	gsmAlone, gsmPart   = 160, 153
	ucs2Alone, ucs2Part = 70, 67
)

var septets = gsmTable()

func gsmTable() map[rune]int {
	t := make(map[rune]int, 137)
	for _, r := range gsmBasic {
		t[r] = 1
	}
	for _, r := range gsmExtension {
		t[r] = 2
	}
	return t
}

// GSM7 says whether s can be texted in the GSM 7-bit alphabet. One character outside it more than halves what a
// message holds.
func GSM7(s string) bool {
	for _, r := range s {
		if septets[r] == 0 {
			return false
		}
	}
	return true
}

// Segments is how many messages s is billed as: none for "", else parts of 160/153 septets, or 70/67 UTF-16 units when
// a character needs them. A part never ends in the middle of a character.
func Segments(s string) int {
	if GSM7(s) {
		return parts(s, gsmAlone, gsmPart, func(r rune) int { return septets[r] })
	}
	return parts(s, ucs2Alone, ucs2Part, func(r rune) int {
		if r > 0xFFFF {
			return 2
		}
		return 1
	})
}

func parts(s string, alone, part int, width func(rune) int) int {
	total, n, room := 0, 0, 0
	for _, r := range s {
		w := width(r)
		total += w
		if room < w {
			n, room = n+1, part
		}
		room -= w
	}
	if total > 0 && total <= alone {
		return 1
	}
	return n
}

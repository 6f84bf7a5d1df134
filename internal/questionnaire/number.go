package questionnaire

import (
	"strconv"
	"strings"
)

// Decimals are compared by their digits: exactly, and without allocating. Their form is -?digits(.digits)? without
// needless leading zeros; trailing ones stay, because in FHIR they say how exact a number is.

const maxDigits = 18 // FHIR asks for at least 18 significant digits; more is not a measurement

// isDecimal says whether s is a decimal in plain form with at most maxDigits before and after the point.
func isDecimal(s string) bool {
	whole, frac, point := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	if whole == "" || len(whole) > maxDigits || len(frac) > maxDigits || point && frac == "" {
		return false
	}
	if len(whole) > 1 && whole[0] == '0' {
		return false
	}
	return allDigits(whole) && allDigits(frac)
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// places is how many digits a decimal has after the point.
func places(s string) int {
	_, frac, _ := strings.Cut(s, ".")
	return len(frac)
}

// compareDecimals orders two decimals in plain form.
func compareDecimals(a, b string) int {
	negA, negB := isNegative(a), isNegative(b)
	if negA != negB {
		if negA {
			return -1
		}
		return 1
	}
	cmp := compareMagnitudes(strings.TrimPrefix(a, "-"), strings.TrimPrefix(b, "-"))
	if negA {
		return -cmp
	}
	return cmp
}

// isNegative says whether a decimal is below zero; "-0.0" is not.
func isNegative(s string) bool { return s[0] == '-' && strings.ContainsAny(s, "123456789") }

func compareMagnitudes(a, b string) int {
	wa, fa, _ := strings.Cut(a, ".")
	wb, fb, _ := strings.Cut(b, ".")
	if len(wa) != len(wb) {
		if len(wa) < len(wb) {
			return -1
		}
		return 1
	}
	if cmp := strings.Compare(wa, wb); cmp != 0 {
		return cmp
	}
	return strings.Compare(strings.TrimRight(fa, "0"), strings.TrimRight(fb, "0"))
}

// plain brings a number, which may have an exponent, into plain form without changing its value; ok is false when it is no number, or has too many digits.
func plain(number string) (string, bool) {
	mantissa, exponent, ok := strings.Cut(strings.ToLower(number), "e")
	if !isDecimal(mantissa) {
		return "", false
	}
	if !ok {
		if isNegative(number) || !strings.HasPrefix(number, "-") {
			return number, true
		}
		return number[1:], true // there is no negative zero
	}
	shift, err := strconv.Atoi(exponent)
	if err != nil || shift < -maxDigits || shift > maxDigits {
		return "", false
	}
	sign := ""
	if strings.HasPrefix(mantissa, "-") {
		sign, mantissa = "-", mantissa[1:]
	}
	whole, frac, _ := strings.Cut(mantissa, ".")
	digits := whole + frac
	point := len(whole) + shift
	if point > len(digits) {
		digits += strings.Repeat("0", point-len(digits))
	}
	if point < 1 {
		digits = strings.Repeat("0", 1-point) + digits
		point = 1
	}
	out := strings.TrimLeft(digits[:point], "0")
	if out == "" {
		out = "0"
	}
	if point < len(digits) {
		out += "." + digits[point:]
	}
	if strings.Trim(out, "0.") != "" {
		out = sign + out
	}
	return out, isDecimal(out)
}

// maxOrdinal keeps every sum of ordinals within an int64, whatever the questionnaire.
const maxOrdinal = 1_000_000

// milli is a decimal in thousandths; ok is false when it is not whole thousandths or beyond maxOrdinal.
func milli(decimal string) (int64, bool) {
	whole, frac, _ := strings.Cut(strings.TrimPrefix(decimal, "-"), ".")
	frac = strings.TrimRight(frac, "0")
	if !isDecimal(decimal) || len(frac) > 3 || len(whole) > 7 {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+frac+"000"[len(frac):], 10, 64)
	if err != nil || n > maxOrdinal*1000 {
		return 0, false
	}
	if strings.HasPrefix(decimal, "-") {
		n = -n
	}
	return n, true
}

// Package twilio speaks Twilio: it checks who signed a webhook, reads the form, answers in TwiML, and sends texts
// through the REST API.
package twilio

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// Validator checks Twilio's signatures: base64(HMAC-SHA1(auth token, URL + every parameter's name and value, in byte
// order of the names, empty ones included). A name given several times contributes each distinct value once, in byte
// order (https://www.twilio.com/docs/usage/security#validating-requests, and Twilio's own libraries for repeated names).
type Validator struct {
	tokens [][]byte
}

// NewValidator makes one that accepts any of several auth tokens, so that they can be rotated. Without tokens it
// accepts nothing.
func NewValidator(tokens ...string) *Validator {
	v := &Validator{}
	for _, t := range tokens {
		if t != "" {
			v.tokens = append(v.tokens, []byte(t))
		}
	}
	return v
}

// Valid says whether signature is Twilio's of a POST of form to address. Twilio is not consistent about whether the
// port belongs to what is signed, so either will do. Every token is tried, whatever the others gave, and compared in
// constant time.
func (v *Validator) Valid(signature, address string, form url.Values) bool {
	given := []byte(signature)
	params := canonical(form)
	valid := false
	for _, token := range v.tokens {
		for _, a := range spellings(address) {
			if hmac.Equal(given, sign(token, a+params)) {
				valid = true
			}
		}
	}
	return valid
}

func sign(token []byte, text string) []byte {
	mac := hmac.New(sha1.New, token)
	mac.Write([]byte(text))
	return base64.StdEncoding.AppendEncode(nil, mac.Sum(nil))
}

func canonical(form url.Values) string {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		values := slices.Clone(form[name])
		slices.Sort(values)
		for _, value := range slices.Compact(values) {
			b.WriteString(name)
			b.WriteString(value)
		}
	}
	return b.String()
}

// spellings are an address with and without its port; without changing anything else of it.
func spellings(address string) []string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return []string{address}
	}
	authority, tail := rest, ""
	if n := strings.IndexAny(rest, "/?#"); n >= 0 {
		authority, tail = rest[:n], rest[n:]
	}
	user, host := "", authority
	if n := strings.LastIndexByte(authority, '@'); n >= 0 {
		user, host = authority[:n+1], authority[n+1:]
	}
	if n := strings.LastIndexByte(host, ':'); n > strings.LastIndexByte(host, ']') {
		return []string{address, scheme + "://" + user + host[:n] + tail}
	}
	port := ":80"
	if strings.EqualFold(scheme, "https") {
		port = ":443"
	}
	return []string{address, scheme + "://" + user + host + port + tail}
}

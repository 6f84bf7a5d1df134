package twilio

import (
	"bytes"
	"encoding/xml"
	"strings"
)

// TwiML is the answer to a webhook: one Message for each reply, or an empty Response, which says nothing.
func TwiML(replies []string) []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	if len(replies) == 0 {
		b.WriteString("<Response/>")
		return b.Bytes()
	}
	b.WriteString("<Response>")
	for _, reply := range replies {
		b.WriteString("<Message>")
		_ = xml.EscapeText(&b, []byte(legal(reply))) // a buffer takes everything
		b.WriteString("</Message>")
	}
	b.WriteString("</Response>")
	return b.Bytes()
}

// legal leaves out what XML 1.0 has no way to say (https://www.w3.org/TR/xml/#charsets).
func legal(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r',
			r >= 0x20 && r <= 0xD7FF, r >= 0xE000 && r < 0xFFFD, r >= 0x10000 && r <= 0x10FFFF:
			return r
		}
		return -1 // U+FFFD too: it is what invalid bytes are read as
	}, s)
}

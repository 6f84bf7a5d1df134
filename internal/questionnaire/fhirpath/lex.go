package fhirpath

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// SyntaxError says why an expression can't be used, and where in it.
type SyntaxError struct {
	At   int // bytes from the beginning
	Text string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%s (at character %d)", e.Text, e.At+1) }

type token struct {
	kind tokenKind
	text string // of a word, its name; of a literal, its value without quotes or @
	at   int
}

type tokenKind uint8

const (
	end       tokenKind = iota
	word                // an identifier or keyword
	delimited           // an identifier in back quotes
	quoted              // a string
	digits              // a number
	dateText            // @2026-10-01
	timeText            // @T10:00
	symbol              // an operator or bracket
	variable            // $this
)

// lexer splits an expression into tokens.
type lexer struct {
	source string
	pos    int
}

// next is the next token.
func (l *lexer) next() (token, *SyntaxError) {
	if err := l.blank(); err != nil {
		return token{}, err
	}
	start := l.pos
	if start == len(l.source) {
		return token{kind: end, at: start}, nil
	}
	switch c := l.source[start]; {
	case c == '\'':
		return l.quoted(quoted, '\'')
	case c == '`':
		return l.quoted(delimited, '`')
	case c >= '0' && c <= '9':
		return l.number(), nil
	case c == '@':
		return l.moment()
	case letter(c):
		return l.words(word, start), nil
	case c == '$':
		l.pos++
		return l.words(variable, start), nil
	}
	for _, s := range [...]string{"<=", ">=", "!=", "!~"} {
		if strings.HasPrefix(l.source[start:], s) {
			l.pos += 2
			return token{symbol, s, start}, nil
		}
	}
	if strings.IndexByte("()[]{}.,+-*/&|=~<>%", l.source[start]) >= 0 {
		l.pos++
		return token{symbol, l.source[start:l.pos], start}, nil
	}
	r, _ := utf8.DecodeRuneInString(l.source[start:])
	return token{}, &SyntaxError{start, fmt.Sprintf("unexpected character %q", r)}
}

// blank passes over space and comments.
func (l *lexer) blank() *SyntaxError {
	for l.pos < len(l.source) {
		rest := l.source[l.pos:]
		switch {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			l.pos++
		case strings.HasPrefix(rest, "//"):
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			l.pos += n
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				return &SyntaxError{l.pos, "the comment has no end"}
			}
			l.pos += n + 4
		default:
			return nil
		}
	}
	return nil
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }

func digit(c byte) bool { return c >= '0' && c <= '9' }

func (l *lexer) words(k tokenKind, start int) token {
	from := l.pos
	for l.pos < len(l.source) && (letter(l.source[l.pos]) || digit(l.source[l.pos])) {
		l.pos++
	}
	return token{k, l.source[from:l.pos], start}
}

// number reads digits with a point that digits follow: in 1.power(2) the point belongs to the call.
func (l *lexer) number() token {
	start := l.pos
	scan := func() {
		for l.pos < len(l.source) && digit(l.source[l.pos]) {
			l.pos++
		}
	}
	scan()
	if l.pos+1 < len(l.source) && l.source[l.pos] == '.' && digit(l.source[l.pos+1]) {
		l.pos++
		scan()
	}
	return token{digits, l.source[start:l.pos], start}
}

// moment reads a literal date, dateTime or time. It goes on as long as the characters may belong to one; a point only
// does before a digit and after seconds.
func (l *lexer) moment() (token, *SyntaxError) {
	start := l.pos
	l.pos++
	k, from := dateText, l.pos
	if strings.HasPrefix(l.source[l.pos:], "T") {
		k, from = timeText, l.pos+1
		l.pos++
	}
	timed := k == timeText
	for l.pos < len(l.source) {
		c := l.source[l.pos]
		following := byte(0)
		if l.pos+1 < len(l.source) {
			following = l.source[l.pos+1]
		}
		switch {
		case digit(c), c == ':':
		case c == 'T' && !timed:
			timed = true
		case c == 'Z' && timed && k == dateText:
			l.pos++
			return token{k, l.source[from:l.pos], start}, nil
		case c == '.' && digit(following) && timed:
		case (c == '-' || c == '+' && timed) && digit(following):
		default:
			return token{k, l.source[from:l.pos], start}, nil
		}
		l.pos++
	}
	return token{k, l.source[from:l.pos], start}, nil
}

// quoted reads a text between quotes with its escapes.
func (l *lexer) quoted(k tokenKind, quote byte) (token, *SyntaxError) {
	start := l.pos
	l.pos++
	var out strings.Builder
	from := l.pos
	for l.pos < len(l.source) {
		switch l.source[l.pos] {
		case quote:
			text := l.source[from:l.pos]
			if out.Len() > 0 {
				out.WriteString(text)
				text = out.String()
			}
			l.pos++
			return token{k, text, start}, nil
		case '\\':
			out.WriteString(l.source[from:l.pos])
			if err := l.escape(&out); err != nil {
				return token{}, err
			}
			from = l.pos
		default:
			l.pos++
		}
	}
	return token{}, &SyntaxError{start, "the text has no closing quote"}
}

func (l *lexer) escape(out *strings.Builder) *SyntaxError {
	at := l.pos
	if l.pos+1 >= len(l.source) {
		return &SyntaxError{at, "the text has no closing quote"}
	}
	c := l.source[l.pos+1]
	l.pos += 2
	switch c {
	case '\'', '"', '`', '\\', '/':
		out.WriteByte(c)
	case 'f':
		out.WriteByte('\f')
	case 'n':
		out.WriteByte('\n')
	case 'r':
		out.WriteByte('\r')
	case 't':
		out.WriteByte('\t')
	case 'u':
		r, ok := l.unit()
		if ok && r >= 0xD800 && r < 0xDC00 && strings.HasPrefix(l.source[l.pos:], `\u`) { // a pair of UTF-16
			l.pos += 2
			var low rune
			low, ok = l.unit()
			r = (r-0xD800)<<10 + low - 0xDC00 + 0x10000
		}
		if !ok || !utf8.ValidRune(r) {
			return &SyntaxError{at, `\u needs the four hexadecimal digits of a character`}
		}
		out.WriteRune(r)
	default:
		return &SyntaxError{at, fmt.Sprintf("there is no escape %q", `\`+string(c))}
	}
	return nil
}

// unit reads four hexadecimal digits.
func (l *lexer) unit() (r rune, ok bool) {
	if l.pos+4 > len(l.source) {
		return 0, false
	}
	for _, c := range []byte(l.source[l.pos : l.pos+4]) {
		n := strings.IndexByte("0123456789abcdef", c|0x20)
		if n < 0 || c < '0' {
			return 0, false
		}
		r = r<<4 | rune(n)
	}
	l.pos += 4
	return r, true
}

package fhirpath

import (
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// pattern is a compiled regular expression.
type pattern struct{ *regexp.Regexp }

const maxPattern = 1000 // characters

var textFunctions = map[string]*function{
	"indexOf":        {least: 1, most: 1, do: indexOf(strings.Index)},
	"lastIndexOf":    {least: 1, most: 1, do: indexOf(strings.LastIndex)},
	"substring":      {least: 1, most: 2, do: substring},
	"startsWith":     {least: 1, most: 1, do: about(strings.HasPrefix)},
	"endsWith":       {least: 1, most: 1, do: about(strings.HasSuffix)},
	"contains":       {least: 1, most: 1, do: about(strings.Contains)},
	"upper":          {do: mapped(strings.ToUpper)},
	"lower":          {do: mapped(strings.ToLower)},
	"trim":           {do: mapped(strings.TrimSpace)},
	"length":         {do: length},
	"toChars":        {do: characters},
	"split":          {least: 1, most: 1, do: split},
	"join":           {most: 1, do: join},
	"replace":        {least: 2, most: 2, do: replace},
	"matches":        {least: 1, most: 1, do: matches(""), check: checkPattern("")},
	"matchesFull":    {least: 1, most: 1, do: matches("full"), check: checkPattern("full")},
	"replaceMatches": {least: 2, most: 2, do: replaceMatches, check: checkPattern("")},
}

func mapped(f func(string) string) func(*run, *call, Collection) Collection {
	return func(r *run, c *call, focus Collection) Collection {
		s, ok := r.text(focus, c.at)
		if !ok {
			return nil
		}
		return r.words(f(s))
	}
}

// about makes a function that says something about a text and another.
func about(f func(s, of string) bool) func(*run, *call, Collection) Collection {
	return func(r *run, c *call, focus Collection) Collection {
		s, ok := r.text(focus, c.at)
		of, given := r.text(c.arg(r, 0), c.at)
		if !ok || !given {
			return nil
		}
		return boolean(f(s, of))
	}
}

// Places in texts count characters from 0.

func indexOf(f func(s, of string) int) func(*run, *call, Collection) Collection {
	return func(r *run, c *call, focus Collection) Collection {
		s, ok := r.text(focus, c.at)
		of, given := r.text(c.arg(r, 0), c.at)
		if !ok || !given {
			return nil
		}
		n := f(s, of)
		if n > 0 {
			n = utf8.RuneCountInString(s[:n])
		}
		return Collection{Number(int64(n))}
	}
}

func substring(r *run, c *call, focus Collection) Collection {
	s, ok := r.text(focus, c.at)
	start, given := r.integer(c.arg(r, 0), c.at)
	if !ok || !given || start < 0 {
		return nil
	}
	from := offset(s, start)
	if from == len(s) {
		return nil
	}
	s = s[from:]
	if len(c.args) == 2 {
		if by := c.arg(r, 1); len(by) > 0 {
			n, ok := r.integer(by, c.at)
			if !ok {
				return nil
			}
			s = s[:offset(s, max(n, 0))]
		}
	}
	return Collection{Words(s)}
}

// offset is where the n-th character of s begins, or its end.
func offset(s string, n int64) int {
	if n >= int64(len(s)) {
		return len(s)
	}
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

func length(r *run, c *call, focus Collection) Collection {
	s, ok := r.text(focus, c.at)
	if !ok {
		return nil
	}
	return Collection{Number(int64(utf8.RuneCountInString(s)))}
}

func characters(r *run, c *call, focus Collection) Collection {
	s, ok := r.text(focus, c.at)
	if !ok {
		return nil
	}
	return r.texts(s, "")
}

// texts splits s within bounds.
func (r *run) texts(s, by string) Collection {
	n := strings.Count(s, by) + 1
	if !r.grown(n) || !r.step(n) {
		return nil
	}
	out := make(Collection, 0, n)
	for part := range strings.SplitSeq(s, by) {
		out = append(out, Words(part))
	}
	return out
}

func split(r *run, c *call, focus Collection) Collection {
	s, ok := r.text(focus, c.at)
	by, given := r.text(c.arg(r, 0), c.at)
	if !ok || !given {
		return nil
	}
	return r.texts(s, by)
}

func join(r *run, c *call, focus Collection) Collection {
	if len(focus) == 0 {
		return nil
	}
	by := ""
	if arg := c.arg(r, 0); len(arg) > 0 {
		var ok bool
		if by, ok = r.text(arg, c.at); !ok {
			return nil
		}
	}
	var out strings.Builder
	for i := range focus {
		if focus[i].kind != String {
			return r.fail(c.at, "join() needs texts, not %s", focus[i].Type())
		}
		if i > 0 {
			out.WriteString(by)
		}
		if out.WriteString(focus[i].text); out.Len() > maxText {
			break
		}
	}
	return r.words(out.String())
}

func replace(r *run, c *call, focus Collection) Collection {
	s, ok := r.text(focus, c.at)
	old, given := r.text(c.arg(r, 0), c.at)
	with, also := r.text(c.arg(r, 1), c.at)
	if !ok || !given || !also {
		return nil
	}
	if n := strings.Count(s, old); n*len(with) > maxText {
		r.err = ErrTooBig
		return nil
	}
	return r.words(strings.ReplaceAll(s, old, with))
}

// checkPattern compiles a pattern that is a literal, as nearly all are, once and for all.
func checkPattern(mode string) func(*call) string {
	return func(c *call) string {
		l, ok := c.args[0].(literal)
		if !ok || len(l) != 1 || l[0].kind != String {
			return ""
		}
		re, problem := compilePattern(l[0].text, mode)
		c.re = re
		return problem
	}
}

// compilePattern compiles a pattern by Go's rules: those of XPath and JavaScript without look-around and back-references, in exchange for
// which no text can make them slow. A point also stands for the end of a line.
func compilePattern(source, mode string) (*pattern, string) {
	if len(source) > maxPattern {
		return nil, "the pattern is longer than 1000 characters"
	}
	if _, err := regexp.Compile(source); err != nil {
		return nil, "the pattern can't be used (look-around and back-references are not supported)"
	}
	if mode == "full" {
		source = `\A(?:` + source + `)\z`
	}
	re, err := regexp.Compile("(?s)" + source)
	if err != nil {
		return nil, "the pattern can't be used"
	}
	return &pattern{re}, ""
}

// pattern is the compiled first argument; nil when it is empty.
func (r *run) pattern(c *call, mode string) *pattern {
	if c.re != nil {
		return c.re
	}
	source, ok := r.text(c.arg(r, 0), c.at)
	if !ok || !r.step(100+10*len(source)) {
		return nil
	}
	re, problem := compilePattern(source, mode)
	if problem != "" {
		r.fail(c.at, "%s(): %s", c.name, problem)
		return nil
	}
	return re
}

// match pays for matching re against s.
func (r *run) match(re *pattern, s string) bool {
	return r.err == nil && r.step(1+len(s)*(1+len(re.String())/16)/8)
}

func matches(mode string) func(*run, *call, Collection) Collection {
	return func(r *run, c *call, focus Collection) Collection {
		s, ok := r.text(focus, c.at)
		if !ok {
			return nil
		}
		re := r.pattern(c, mode)
		if re == nil || !r.match(re, s) {
			return nil
		}
		return boolean(re.MatchString(s))
	}
}

func replaceMatches(r *run, c *call, focus Collection) Collection {
	s, ok := r.text(focus, c.at)
	if !ok {
		return nil
	}
	with, ok := r.text(c.arg(r, 1), c.at)
	re := r.pattern(c, "")
	if !ok || re == nil || !r.match(re, s) {
		return nil
	}
	if n := len(re.FindAllStringIndex(s, -1)); n*(len(with)+1)+len(s) > maxText || strings.Contains(with, "$") && n*strings.Count(with, "$")*len(s) > maxText {
		r.err = ErrTooBig
		return nil
	}
	return r.words(re.ReplaceAllString(s, groups().ReplaceAllString(with, "$${$1}")))
}

// groups are references to what a group matched, which Go writes otherwise.
var groups = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$(\d+)`) })

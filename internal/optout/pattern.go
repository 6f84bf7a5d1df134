package optout

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tellback/tellback/internal/program"
)

// A language's file has a line for each thing, "#" begins a remark:
//
//	filler  please, ok   what may stand around a wish; it is taken off both ends
//	alone   end, quit    a wish when there is nothing else
//	guard   dont, he     what makes a wish another thing when it stands up to four words before it
//	reset   please, so   behind which a guard no longer counts
//	TEXTS   texts, sms   a class of words, in capitals; TEXTS itself is what we send
//	stop    STOP TEXTS   a wish for no more texts
//	wrong   wrong number a number that is somebody else's
//	meant   i meant      with which, or with a number, "wrong number" corrects an answer
//
// A wish is words and classes in a row. "a|b" is either, "a_b" one behind the other, "x?" may be left out, "*3" is up
// to three words of any kind, "!x" must not come next, "^" and "$" are the ends of the clause, without filler. "~word" is also
// heard with one mistake in it.

// grammar is what is heard in one language.
type grammar struct {
	language string
	classes  map[string][]phrase
	patterns []pattern

	by       map[string][]*pattern // those that begin with a word
	first    []*pattern            // those that begin a clause
	anywhere []*pattern
}

// phrase is words in a row.
type phrase []word

type word struct {
	text  string
	loose bool // one mistake is forgiven
}

// pattern is one way to say a wish.
type pattern struct {
	wish     Wish
	elements []element
}

type element struct {
	phrases  []phrase
	optional bool
	not      bool
	begin    bool
	end      bool
	orEnd    bool
	gap      int
}

// read reads a language's file.
func read(language, doc string) (*grammar, error) {
	g := &grammar{language: language, classes: map[string][]phrase{}}
	for n, line := range strings.Split(doc, "\n") {
		line, _, _ = strings.Cut(line, "#")
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch name {
		case "":
		case string(Stop), string(Wrong):
			p := pattern{wish: Wish(name)}
			for f := range strings.FieldsSeq(rest) {
				e, err := g.element(f)
				if err != nil {
					return nil, fmt.Errorf("optout: %s.txt, line %d: %w", language, n+1, err)
				}
				p.elements = append(p.elements, e)
			}
			g.patterns = append(g.patterns, p)
		default:
			for w := range strings.SplitSeq(rest, ",") {
				p := phraseOf(w)
				if len(p) == 0 {
					return nil, fmt.Errorf("optout: %s.txt, line %d: %q is no word", language, n+1, w)
				}
				g.classes[name] = append(g.classes[name], p)
			}
		}
	}
	for _, class := range g.classes { // the longest first, so that filler goes whole
		slices.SortStableFunc(class, func(a, b phrase) int { return len(b) - len(a) })
	}
	g.arrange()
	return g, nil
}

// phraseOf reads "un_subscribe", "opt out" or "~unsubscribe".
func phraseOf(s string) phrase {
	var out phrase
	for f := range strings.FieldsSeq(strings.ReplaceAll(s, "_", " ")) {
		for _, w := range split(f) {
			out = append(out, word{w, strings.HasPrefix(f, "~")})
		}
	}
	return out
}

func (g *grammar) element(f string) (element, error) {
	var e element
	switch {
	case f == "^":
		return element{begin: true}, nil
	case f == "$":
		return element{end: true}, nil
	case strings.HasPrefix(f, "*"):
		_, err := fmt.Sscanf(f, "*%d", &e.gap)
		return e, err
	}
	f, e.not = strings.CutPrefix(f, "!")
	f, e.optional = strings.CutSuffix(f, "?")
	for a := range strings.SplitSeq(f, "|") {
		if a == "$" {
			e.orEnd = true
			continue
		}
		if class := g.classes[a]; class != nil {
			e.phrases = append(e.phrases, class...)
			continue
		}
		if p := phraseOf(a); len(p) > 0 && strings.ToUpper(a) != a || len(p) > 0 && strings.ToLower(a) == a {
			e.phrases = append(e.phrases, p)
			continue
		}
		return e, fmt.Errorf("%q is neither a word nor a class that stands above", a)
	}
	return e, nil
}

// arrange finds for each pattern the words with one of which it begins, so that only few patterns are tried on a text.
func (g *grammar) arrange() {
	g.by = map[string][]*pattern{}
	for n := range g.patterns {
		p := &g.patterns[n]
		if p.elements[0].begin {
			g.first = append(g.first, p)
			continue
		}
		begins, known := p.begins()
		if !known {
			g.anywhere = append(g.anywhere, p)
			continue
		}
		for w := range begins {
			g.by[w] = append(g.by[w], p)
		}
	}
}

// begins gives the words with one of which a pattern begins; known is false where it may be any.
func (p pattern) begins() (words map[string]bool, known bool) {
	words = map[string]bool{}
	for _, e := range p.elements {
		if e.gap > 0 || e.not || e.end || e.orEnd {
			return nil, false
		}
		for _, ph := range e.phrases {
			if ph[0].loose {
				return nil, false
			}
			words[ph[0].text] = true
		}
		if !e.optional {
			return words, true
		}
	}
	return nil, false
}

// wish is what a clause asks for; one for a wrong number only where it may be.
func (g *grammar) wish(c clause, wrongToo bool) Wish {
	found := None
	for from := range c {
		tries := [...][]*pattern{g.by[c[from]], g.anywhere, nil}
		if from == 0 {
			tries[2] = g.first
		}
		for _, all := range tries {
			for _, p := range all {
				if p.wish == found || p.wish == Wrong && !wrongToo || !p.at(c, from) || p.wish == Stop && g.guarded(c, from) {
					continue
				}
				if found = p.wish; found == Wrong {
					return Wrong
				}
			}
		}
	}
	return found
}

// at says whether the pattern is found from one word on. It goes through the elements once, with all places that a
// match may have come to as bits, so that its effort is bounded by their product.
func (p pattern) at(c clause, from int) bool {
	here := uint64(1) << from
	for _, e := range p.elements {
		var next uint64
		for n := from; n <= len(c); n++ {
			if here&(1<<n) != 0 {
				next |= e.from(c, n)
			}
		}
		if here = next; here == 0 {
			return false
		}
	}
	return true
}

// from is where the element may end that begins at n, as bits.
func (e element) from(c clause, n int) (ends uint64) {
	switch {
	case e.begin && n > 0, e.end && n < len(c):
		return 0
	case e.begin, e.end:
		return 1 << n
	case e.gap > 0:
		for to := n; to <= min(n+e.gap, len(c)); to++ {
			ends |= 1 << to
		}
		return ends
	}
	for _, p := range e.phrases {
		if p.at(c, n) {
			ends |= 1 << (n + len(p))
		}
	}
	if e.orEnd && n == len(c) {
		ends |= 1 << n
	}
	switch {
	case e.not && ends == 0, e.optional:
		return ends | 1<<n
	case e.not:
		return 0
	}
	return ends
}

func (p phrase) at(c clause, n int) bool {
	if n+len(p) > len(c) {
		return false
	}
	for i, w := range p {
		if c[n+i] != w.text && !(w.loose && near(c[n+i], w.text)) {
			return false
		}
	}
	return true
}

// near says whether a word is another with one mistake in it, if it begins alike.
func near(said, w string) bool {
	return utf8.RuneCountInString(said) > 4 && said[0] == w[0] && program.OneEdit(said, w)
}

// before is how far back a guard is looked for.
const before = 4

func (g *grammar) guarded(c clause, from int) bool {
	for n := from - 1; n >= max(0, from-before); n-- {
		if g.any("reset", c, n) {
			return false
		}
		if g.any("guard", c, n) {
			return true
		}
	}
	return false
}

func (g *grammar) any(class string, c clause, n int) bool {
	return slices.ContainsFunc(g.classes[class], func(p phrase) bool { return p.at(c, n) })
}

// is says whether a clause is one of a class, perhaps said several times.
func (g *grammar) is(class string, c clause) bool {
	return slices.ContainsFunc(g.classes[class], func(p phrase) bool {
		n := 0
		for n < len(c) && p.at(c, n) {
			n += len(p)
		}
		return n > 0 && n == len(c)
	})
}

// mentions says whether a clause has a word of a class.
func (g *grammar) mentions(class string, c clause) bool {
	for n := range c {
		if g.any(class, c, n) {
			return true
		}
	}
	return false
}

// bare takes filler off both ends, but leaves something.
func (g *grammar) bare(c clause) clause {
	for {
		was := len(c)
		for _, f := range g.classes["filler"] {
			if len(f) < len(c) && f.at(c, 0) {
				c = c[len(f):]
			}
			if len(f) < len(c) && f.at(c, len(c)-len(f)) {
				c = c[:len(c)-len(f)]
			}
		}
		if len(c) == was {
			return c
		}
	}
}

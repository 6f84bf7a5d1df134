// Package pagetest judges HTML pages in tests: well-formed, confined to their policy, and usable with a screen reader.
package pagetest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Node is one start tag.
type Node struct {
	Name  string
	Attrs map[string]string
	Path  []string // names of the elements around it, outermost first
	Text  string   // all text inside it
}

var (
	raw    = regexp.MustCompile(`(?s)<(style|script)([^>]*)>(.*?)</(?:style|script)>`)
	void   = []string{"br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
	events = regexp.MustCompile(`(?i)^on[a-z]+$`)
)

// Faults are everything wrong with a response that carries a page.
func Faults(h http.Header, body string) []string {
	nodes, err := Parse(body)
	if err != nil {
		return []string{"not well-formed: " + err.Error()}
	}
	out := append(policy(h, body), structure(nodes)...)
	if at := strings.Index(body, "ZgotmplZ"); at >= 0 { // what html/template puts where it drops an unsafe value or name
		out = append(out, "the template dropped something: …"+body[max(0, at-40):at]+"ZgotmplZ")
	}
	return append(out, fields(nodes)...)
}

// Parse reads a page's elements in document order. It is stricter than a browser: whatever is opened must be closed.
func Parse(body string) ([]*Node, error) {
	body = strings.TrimPrefix(strings.TrimSpace(body), "<!doctype html>")
	d := xml.NewDecoder(strings.NewReader(raw.ReplaceAllString(body, "<$1$2></$1>")))
	d.Strict, d.Entity = false, xml.HTMLEntity
	var all, open []*Node
	for {
		tok, err := d.RawToken() // Token would quietly close what was left open
		if errors.Is(err, io.EOF) {
			if len(open) > 0 {
				return nil, errors.New("<" + open[len(open)-1].Name + "> is never closed")
			}
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			n := &Node{Name: tok.Name.Local, Attrs: map[string]string{}}
			for _, a := range tok.Attr {
				if _, twice := n.Attrs[a.Name.Local]; twice {
					return nil, errors.New("<" + n.Name + "> has " + a.Name.Local + " twice")
				}
				n.Attrs[a.Name.Local] = a.Value
			}
			for _, o := range open {
				n.Path = append(n.Path, o.Name)
			}
			if !slices.Contains(n.Path, "template") { // what scripts may put into the page is not in it yet
				all = append(all, n)
			}
			if !slices.Contains(void, n.Name) {
				open = append(open, n)
			}
		case xml.EndElement:
			if slices.Contains(void, tok.Name.Local) {
				continue
			}
			if len(open) == 0 || open[len(open)-1].Name != tok.Name.Local {
				return nil, errors.New("</" + tok.Name.Local + "> closes nothing")
			}
			open = open[:len(open)-1]
		case xml.CharData:
			if slices.ContainsFunc(open, func(o *Node) bool { return o.Name == "template" }) {
				continue
			}
			for _, o := range open {
				o.Text += string(tok)
			}
		}
	}
}

// policy says whether style and scripts are the ones that the Content-Security-Policy names, and nothing is fetched from elsewhere.
func policy(h http.Header, body string) (out []string) {
	csp := h.Get("Content-Security-Policy")
	if !strings.HasPrefix(csp, "default-src 'none';") || strings.Contains(csp, "unsafe") {
		out = append(out, "weak Content-Security-Policy: "+csp)
	}
	for _, m := range raw.FindAllStringSubmatch(body, -1) {
		sum := sha256.Sum256([]byte(m[3]))
		if !strings.Contains(csp, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
			out = append(out, "the policy doesn't allow this page's own "+m[1])
		}
	}
	for _, name := range []string{"Referrer-Policy", "X-Content-Type-Options", "Content-Length", "Cache-Control"} {
		if h.Get(name) == "" {
			out = append(out, "no "+name)
		}
	}
	return out
}

// structure checks landmarks, headings, ids and what refers to them.
func structure(nodes []*Node) (out []string) {
	ids, count, level := map[string]bool{}, map[string]int{}, 0
	for _, n := range nodes {
		count[n.Name]++
		if id, ok := n.Attrs["id"]; ok {
			if ids[id] || id == "" || strings.ContainsAny(id, " \t\n") {
				out = append(out, "id "+id+" is empty, has a space, or is there twice")
			}
			ids[id] = true
		}
		if len(n.Name) == 2 && n.Name[0] == 'h' && n.Name[1] >= '1' && n.Name[1] <= '6' {
			if l := int(n.Name[1] - '0'); l > level+1 {
				out = append(out, "heading "+n.Name+" skips a level: "+n.Text)
			}
			level = int(n.Name[1] - '0')
		}
		for name, v := range n.Attrs {
			if events.MatchString(name) || name == "style" {
				out = append(out, "<"+n.Name+"> has an inline "+name)
			}
			if (name == "src" || n.Name == "link" && name == "href") && !strings.HasPrefix(v, "data:") {
				out = append(out, "<"+n.Name+"> fetches "+v)
			}
		}
	}
	for _, want := range []string{"h1", "main", "title", "header", "footer"} {
		if count[want] != 1 {
			out = append(out, "a page has one "+want)
		}
	}
	for _, n := range nodes {
		refs := strings.Fields(n.Attrs["aria-describedby"] + " " + n.Attrs["aria-labelledby"] + " " + n.Attrs["for"])
		if to, ok := strings.CutPrefix(n.Attrs["href"], "#"); ok {
			refs = append(refs, to)
		}
		for _, id := range refs {
			if !ids[id] {
				out = append(out, "<"+n.Name+"> refers to "+id+", which isn't there")
			}
		}
		if (n.Name == "a" || n.Name == "button") && strings.TrimSpace(n.Text) == "" && n.Attrs["aria-label"] == "" {
			out = append(out, "<"+n.Name+"> says nothing")
		}
	}
	return out
}

// fields checks that each control has a name that a screen reader can say.
func fields(nodes []*Node) (out []string) {
	labelled := map[string]bool{}
	for _, n := range nodes {
		if n.Name == "label" && strings.TrimSpace(n.Text) != "" {
			labelled[n.Attrs["for"]] = true
		}
	}
	for i, n := range nodes {
		switch {
		case n.Name == "fieldset" && (i+1 == len(nodes) || nodes[i+1].Name != "legend" || strings.TrimSpace(nodes[i+1].Text) == ""):
			out = append(out, "a fieldset has no legend")
		case n.Name != "input" && n.Name != "select" && n.Name != "textarea", n.Attrs["type"] == "hidden", n.Attrs["type"] == "submit":
		case !labelled[n.Attrs["id"]] && n.Attrs["aria-label"] == "" && n.Attrs["aria-labelledby"] == "" && !slices.Contains(n.Path, "label"):
			out = append(out, "control "+n.Attrs["name"]+" has no label")
		case n.Attrs["type"] == "radio" && !slices.Contains(n.Path, "fieldset") && !slices.Contains(n.Path, "table"):
			out = append(out, "radio "+n.Attrs["name"]+" is in no fieldset or table")
		}
	}
	return out
}

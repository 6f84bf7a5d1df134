package questionnaire

import (
	"crypto/sha1" //nolint:gosec // FHIR's Attachment.hash is a SHA-1
	"encoding/base64"
	"strings"

	"github.com/tellback/tellback/internal/questionnaire/fhirpath"
)

// extSum names a file that is kept already, in a response without its data.
const extSum = our + "sha256"

// named reads a valueReference: what it is called, and the reference itself where there is one.
func (e *element) named(name string, n *node) (Value, bool) {
	c := e.r.open(n, e.at(name))
	if c == nil {
		return Value{}, false
	}
	c.harmless(map[string]string{"id": "", "type": "", "identifier": ""})
	v := Value{Type: Reference, Text: c.str("display"), Code: c.str("reference")}
	ok := !v.empty()
	if !ok {
		c.refuse("display", refusedMissing, "a reference needs its display or its reference")
	}
	c.close()
	return v, ok
}

// candidates takes an expression for the records that people may mean, which can't be looked into: they write whom or what they mean. Of
// anything but a reference the expression would be the options.
func (l *loader) candidates(x extension, i *Item) bool {
	if i.Type != Reference {
		return false
	}
	x.notice("url", "no record is looked into: people write whom or what they mean")
	x.skip()
	return true
}

// harmlessOfAttachment: what a file is called may be a name of a person.
var harmlessOfAttachment = map[string]string{"id": "", "language": "", "title": "not kept", "creation": "not kept"}

// attachment reads a valueAttachment. Its data becomes one of the response's files; without data it can only name a file that is kept
// already, as MarshalResponse does. Nothing is ever fetched.
func (p *responder) attachment(a *element) (Value, bool) {
	c := a.r.open(a.of("valueAttachment", kindObject), a.at("valueAttachment"))
	if c == nil {
		return Value{}, false
	}
	c.harmless(harmlessOfAttachment)
	before := len(p.issues)
	kind, data, sum := c.str("contentType"), c.of("data", kindString), ""
	size, hash := c.whole("size", -1), c.of("hash", kindString)
	if c.take("url") != nil {
		c.refuse("url", refusedUnsupported, "nothing is fetched from elsewhere; send the data itself, in base64")
	}
	c.extensions(nil, func(x extension) bool {
		if x.url == extSum {
			sum = x.str("valueString")
		}
		return x.url == extSum
	})
	c.close()
	if data == nil {
		v := File{kind, size, sum}.Value()
		if _, ok := v.File(); !ok && len(p.issues) == before {
			c.refuse("data", refusedMissing, "an attachment needs its data, in base64")
		}
		return v, len(p.issues) == before
	}
	content, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(data.text), ""))
	switch {
	case err != nil:
		c.refuse("data", refusedInvalid, "is not base64")
	case size >= 0 && size != len(content):
		c.refuse("size", refusedInvalid, "is not how many bytes the data has")
	case hash != nil && !isSHA1(hash.text, content):
		c.refuse("hash", refusedInvalid, "is not the SHA-1 of the data")
	}
	if len(p.issues) > before {
		return Value{}, false
	}
	if p.out.Files == nil {
		p.out.Files = Files{}
	}
	return p.out.Files.Add(kind, content), true
}

func isSHA1(hash string, content []byte) bool {
	sum := sha1.Sum(content) //nolint:gosec // as above
	return hash == base64.StdEncoding.EncodeToString(sum[:])
}

type attachmentDoc struct {
	Extension   []extensionDoc `json:"extension,omitempty"`
	ContentType string         `json:"contentType"`
	Data        string         `json:"data,omitempty"`
	Size        int            `json:"size"`
	Hash        string         `json:"hash,omitempty"`
}

type extensionDoc struct {
	URL         string `json:"url"`
	ValueString string `json:"valueString"`
}

// attachmentOf writes a file, with what is in it where that is known.
func attachmentOf(v Value, files Files) *attachmentDoc {
	f, _ := v.File()
	d := &attachmentDoc{ContentType: f.ContentType, Size: f.Size}
	content, ok := files[v.Text]
	if !ok {
		d.Extension = []extensionDoc{{extSum, f.Sum}}
		return d
	}
	sum := sha1.Sum(content) //nolint:gosec // as above
	d.Data, d.Hash = base64.StdEncoding.EncodeToString(content), base64.StdEncoding.EncodeToString(sum[:])
	return d
}

// referenceNode is what a reference looks like to expressions.
type referenceNode struct{ v Value }

// Names implements fhirpath.Named.
func (n *referenceNode) Names() []string { return []string{"reference", "display"} }

// Children implements [fhirpath.Node].
func (n *referenceNode) Children(name string, out []fhirpath.Value) []fhirpath.Value {
	if (name == "" || name == "reference") && n.v.Code != "" {
		out = primitive(out, "string", n.v.Code)
	}
	if (name == "" || name == "display") && n.v.Text != "" {
		out = primitive(out, "string", n.v.Text)
	}
	return out
}

// fileNode is what a file looks like to expressions: what is in it they don't see.
type fileNode struct{ v Value }

// Names implements fhirpath.Named.
func (n *fileNode) Names() []string { return []string{"contentType", "size"} }

// Children implements [fhirpath.Node].
func (n *fileNode) Children(name string, out []fhirpath.Value) []fhirpath.Value {
	f, _ := n.v.File()
	if name == "" || name == "contentType" {
		out = primitive(out, "code", f.ContentType)
	}
	if name == "" || name == "size" {
		out = primitive(out, "unsignedInt", number(f.Size))
	}
	return out
}

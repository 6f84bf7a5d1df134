package questionnairetest

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"sync"

	"pgregory.net/rapid"

	"github.com/tellback/tellback/internal/questionnaire"
)

// Sample is a file as somebody sends it.
type Sample struct {
	Name, ContentType string
	Content           []byte
}

var samples = sync.OnceValue(func() map[questionnaire.Value]Sample {
	out := map[questionnaire.Value]Sample{}
	add := func(name, kind string, content []byte) {
		out[questionnaire.Files{}.Add(kind, content)] = Sample{name, kind, content}
	}
	for _, shade := range []uint8{10, 200} {
		one := image.NewGray(image.Rect(0, 0, 1, 1))
		one.SetGray(0, 0, color.Gray{Y: shade})
		var asPNG, asJPEG bytes.Buffer
		if png.Encode(&asPNG, one) == nil && jpeg.Encode(&asJPEG, one, nil) == nil {
			add("a.png", "image/png", asPNG.Bytes())
			add("b.jpg", "image/jpeg", asJPEG.Bytes())
		}
	}
	add("c.txt", "text/plain", []byte("What I wrote down.\r\n"))
	add("d.pdf", "application/pdf", []byte("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"))
	return out
})

// File is the file that an answer drawn here stands for.
func File(v questionnaire.Value) Sample { return samples()[v] }

// file draws one that i takes.
func file(t *rapid.T, q *questionnaire.Questionnaire, i *questionnaire.Item) questionnaire.Value {
	var fit []questionnaire.Value
	one := *i
	one.MinAnswers = 0
	for v := range samples() {
		if len(q.Check(&one, []questionnaire.Value{v})) == 0 {
			fit = append(fit, v)
		}
	}
	if len(fit) == 0 {
		return questionnaire.Value{Type: questionnaire.Attachment}
	}
	slices.SortFunc(fit, func(a, b questionnaire.Value) int { return strings.Compare(a.Text, b.Text) })
	return rapid.SampledFrom(fit).Draw(t, "file")
}

package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/tellback/tellback/schemas"
)

// compile is one of our JSON Schemas.
func compile(name string) (*jsonschema.Schema, error) {
	raw, err := fs.ReadFile(schemas.FS, name)
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, doc); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return c.Compile(name)
}

// shapes holds every file against its JSON Schema. Loading says the same better, so this only speaks of files in which
// loading found nothing: then the schema, which editors show to people, is the stricter one, and they should know. Of a
// questionnaire that is advice: what loading takes is used as it is.
func (f *findings) shapes(fsys fs.FS) error {
	for folder, name := range map[string]string{"programs": "program.schema.json", "questionnaires": "questionnaire.schema.json"} {
		schema, err := compile(name)
		if err != nil {
			return err
		}
		say := f.problem
		if folder == "questionnaires" {
			say = func(file, where, text string) { f.advise(file, where, "An editor may mark this: "+text) }
		}
		for _, file := range f.files {
			if path.Dir(file) != folder || len(f.problems[file]) > 0 {
				continue
			}
			raw, err := fs.ReadFile(fsys, file)
			if err != nil {
				return err
			}
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
			if err != nil {
				say(file, "", err.Error())
				continue
			}
			if e, ok := schema.Validate(doc).(*jsonschema.ValidationError); ok {
				leaves(file, e, say)
			}
		}
	}
	return nil
}

// leaves says what the innermost faults are: what is around them only repeats that there are some.
func leaves(file string, e *jsonschema.ValidationError, say func(file, where, text string)) {
	for _, c := range e.Causes {
		leaves(file, c, say)
	}
	if len(e.Causes) == 0 {
		say(file, "/"+strings.Join(e.InstanceLocation, "/"), e.ErrorKind.LocalizedString(message.NewPrinter(language.English))+".")
	}
}

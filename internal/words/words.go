// Package words holds every sentence that the system itself says to people, by language: one JSON file per part of
// the system in each language's folder, each a map from key to text with {placeholders}.
package words

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"
)

//go:embed */*.json
var files embed.FS

// Default is the language that others fall back to.
const Default = "en"

var load = sync.OnceValues(func() (map[string]map[string]string, error) { return read(files) })

// read gives language → "file.key" → text.
func read(fsys fs.FS) (map[string]map[string]string, error) {
	names, err := fs.Glob(fsys, "*/*.json")
	if err != nil {
		return nil, err
	}
	all := map[string]map[string]string{}
	for _, name := range names {
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		var m map[string]string
		if err := json.Unmarshal(raw, &m); err != nil {
			return nil, fmt.Errorf("words: %s: %w", name, err)
		}
		lang, part := path.Dir(name), strings.TrimSuffix(path.Base(name), ".json")
		if all[lang] == nil {
			all[lang] = map[string]string{}
		}
		for k, text := range m {
			all[lang][part+"."+k] = text
		}
	}
	return all, nil
}

// Languages are the languages that the system speaks, in alphabetical order.
func Languages() []string {
	all, _ := load()
	var out []string
	for lang := range all {
		out = append(out, lang)
	}
	slices.Sort(out)
	return out
}

// Text is the sentence for key ("sms.help") in lang, with each {name} replaced. args alternate name and value. A
// regional tag falls back to its language, then to English; a key that no catalog has is answered with the key
// itself, which a test of every key in use makes impossible.
func Text(lang, key string, args ...string) string {
	text, ok := lookup(lang, key)
	if !ok {
		return key
	}
	if len(args) == 0 {
		return text
	}
	pairs := make([]string, 0, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		pairs = append(pairs, "{"+args[i]+"}", args[i+1])
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// Match is the language to speak to somebody who asks for one by name (may be empty) and whose browser says
// Accept-Language: the best of ours, English where none fits.
func Match(asked, accept string) string {
	all := Languages()
	tags := make([]language.Tag, len(all))
	first := 0
	for i, l := range all {
		tags[i] = language.Make(l)
		if l == Default {
			first = i
		}
	}
	tags[0], tags[first] = tags[first], tags[0] // a matcher falls back to its first
	all[0], all[first] = all[first], all[0]
	_, i := language.MatchStrings(language.NewMatcher(tags), asked, accept)
	return all[i]
}

// Has says whether lang itself (no fallback) has key.
func Has(lang, key string) bool {
	all, _ := load()
	_, ok := all[lang][key]
	return ok
}

func lookup(lang, key string) (string, bool) {
	all, _ := load()
	base, _, _ := strings.Cut(lang, "-")
	for _, l := range []string{lang, base, Default} {
		if text, ok := all[l][key]; ok {
			return text, true
		}
	}
	return "", false
}

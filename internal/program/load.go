package program

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/questionnaire"
)

// loader carries what Load has read so far.
type loader struct {
	fsys    fs.FS
	catalog *Catalog
	sets    questionnaire.ValueSets
	// broken are the ids of questionnaires that exist but could not be loaded: a program that names one is not at fault.
	broken map[string]bool
	joined map[string]string // folded join word → the file that has it
	issues []fault.Issue
}

// Load reads programs/*.json, questionnaires/*.json and the valuesets/*.json (value sets and code systems) that these refer to, if any, of fsys and checks everything together. The error is a
// *fault.Error of kind Invalid with an issue for each thing wrong in each file, Where = "programs/river.json#/breakdowns/0/1".
func Load(fsys fs.FS) (*Catalog, error) {
	l := &loader{
		fsys:   fsys,
		broken: map[string]bool{},
		joined: map[string]string{},
		catalog: &Catalog{
			programs:       map[string]*Program{},
			questionnaires: map[string]map[string]*questionnaire.Questionnaire{},
			files:          map[string]*questionnaire.Questionnaire{},
			joins:          map[string]*Program{},
		},
	}
	for _, first := range []bool{true, false} { // code systems before the value sets that take from them
		l.each("valuesets", func(file string, doc []byte) {
			var head struct{ ResourceType string }
			if _ = json.Unmarshal(doc, &head); first == (head.ResourceType == "CodeSystem") {
				l.valueSet(file, doc)
			}
		})
	}
	l.each("questionnaires", l.questionnaire)
	l.each("programs", l.program)
	if n := len(l.issues); n > 0 {
		first := l.issues[0]
		return nil, fault.New(fault.Invalid, fmt.Sprintf("%d thing(s) to put right in the programs and questionnaires. The first: %s: %s", n, first.Where, first.Text), l.issues...)
	}
	l.catalog.sets = l.sets
	return l.catalog, nil
}

// head is what [Loading] leaves to others.
const head = 10 * time.Millisecond

// Loading loads in the background; what it gives waits for the end of that. It is for a cold start, which first of all asks
// for things over the network: loading begins when it waits for them, or with the first call.
func Loading(fsys fs.FS) func() (*Catalog, error) {
	load := sync.OnceValues(func() (*Catalog, error) { return Load(fsys) })
	time.AfterFunc(head, func() { _, _ = load() })
	return load
}

// each reads the JSON files of a folder in the order of their names.
func (l *loader) each(folder string, load func(file string, doc []byte)) {
	files, err := fs.Glob(l.fsys, folder+"/*.json")
	if err == nil && len(files) == 0 && folder != "valuesets" {
		l.add(folder, "missing", fmt.Sprintf("There is no %s/*.json here. Add at least one, or check that this is the right folder.", folder))
	}
	for _, file := range files {
		doc, err := fs.ReadFile(l.fsys, file)
		if err != nil {
			l.add(file, "unreadable", "The file can't be read ("+reason(err)+"). Check that it is a file and that you may read it.")
			continue
		}
		load(file, doc)
	}
}

func (l *loader) add(where, code, text string) {
	l.issues = append(l.issues, fault.Issue{Where: where, Code: code, Text: text})
}

func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return err.Error()
}

func (l *loader) valueSet(file string, doc []byte) {
	if err := l.sets.Add(doc); err != nil {
		l.unusable(file, err)
	}
}

// unusable says what is wrong with a file that can't be read.
func (l *loader) unusable(file string, err error) {
	text, issues := fault.Public(err)
	if len(issues) == 0 {
		issues = []fault.Issue{{Code: "unusable", Text: text}}
	}
	for _, i := range issues {
		i.Where = file + "#" + pointerTo(i.Where)
		l.issues = append(l.issues, i)
	}
}

func (l *loader) questionnaire(file string, doc []byte) {
	q, err := l.sets.Load(doc)
	if err != nil {
		l.unusable(file, err)
		var head struct {
			ID string `json:"id"`
		}
		_ = json.Unmarshal(doc, &head) // best effort: only keeps a program that names it from being blamed too
		l.broken[head.ID] = true
		return
	}
	versions := l.catalog.questionnaires[q.ID]
	if versions == nil {
		versions = map[string]*questionnaire.Questionnaire{}
		l.catalog.questionnaires[q.ID] = versions
	}
	if versions[q.Version] != nil {
		l.add(file+"#/version", "duplicate", fmt.Sprintf("Another file is questionnaire %q version %q as well. A version never changes: give this one a new version.", q.ID, q.Version))
		return
	}
	versions[q.Version] = q
	l.catalog.files[file] = q
}

func (l *loader) program(file string, doc []byte) {
	p := &Program{
		Period:    Month,
		Threshold: 10,
		LagDays:   3,
		Outreach:  Outreach{QuietFrom: "20:00", QuietUntil: "09:00", PerWeek: 4, PerDay: 1000},
	}
	n := &notes{}
	if decode(doc, p, n) {
		p.check(n)
		l.refer(p, file, n)
	}
	for _, e := range n.found {
		l.add(file+"#"+e.pointer, e.code, e.text)
	}
	if len(n.found) == 0 {
		p.settle()
		l.catalog.programs[p.ID] = p
	}
}

var step = pattern(`^([^\[\]]+)((?:\[\d+\])*)$`)

// pointerTo turns an element's path ("item[2].answerOption[0]") into a JSON pointer ("/item/2/answerOption/0"). What
// isn't such a path is kept after a slash.
func pointerTo(path string) string {
	path = strings.TrimPrefix(strings.TrimPrefix(path, "Questionnaire"), ".")
	if path == "" || strings.HasPrefix(path, "/") {
		return path
	}
	var out []string
	for s := range strings.SplitSeq(path, ".") {
		m := step().FindStringSubmatch(s)
		if m == nil {
			return "/" + path
		}
		out = append(out, m[1])
		out = append(out, slices.DeleteFunc(strings.FieldsFunc(m[2], func(r rune) bool { return r == '[' || r == ']' }), func(s string) bool { return s == "" })...)
	}
	return "/" + strings.Join(out, "/")
}

// Command check says of every program and questionnaire in a folder whether it can be used, and if not, what to put
// right and where. It also says what could be better: texts that cost more than one message, and words that are hard
// to read.
//
//	go run ./schemas/check [DIR]
//
// Without DIR it checks those that come with Tellback. It ends with status 1 when something can't be used.
package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/schemas"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout))
}

func run(args []string, out io.Writer) int {
	var fsys fs.FS = schemas.FS
	switch {
	case len(args) > 1 || len(args) == 1 && strings.HasPrefix(args[0], "-"):
		fmt.Fprintln(out, "usage: check [DIR]   DIR has programs/*.json and questionnaires/*.json, and may have valuesets/*.json")
		return 1
	case len(args) == 1:
		if info, err := os.Stat(args[0]); err != nil || !info.IsDir() {
			fmt.Fprintf(out, "%s is not a folder.\n", args[0])
			return 1
		}
		fsys = os.DirFS(args[0])
	}
	f, err := check(fsys)
	if err != nil {
		fmt.Fprintln(out, err)
		return 1
	}
	return f.print(out)
}

// findings are what is to be said, by file. A file without any is fine.
type findings struct {
	files            []string
	problems, advice map[string][]string
}

func (f *findings) problem(file, where, text string) {
	f.problems[file] = append(f.problems[file], line(where, text))
}

func (f *findings) advise(file, where, text string) {
	f.advice[file] = append(f.advice[file], line(where, text))
}

func line(where, text string) string {
	if where == "" {
		return text
	}
	return where + ": " + text
}

// check looks at everything in fsys. The error is of the checker itself.
func check(fsys fs.FS) (*findings, error) {
	f := &findings{problems: map[string][]string{}, advice: map[string][]string{}}
	for _, folder := range []string{"programs", "questionnaires", "valuesets"} {
		files, err := fs.Glob(fsys, folder+"/*.json")
		if err != nil {
			return nil, err
		}
		f.files = append(f.files, files...)
	}
	catalog, err := program.Load(fsys)
	var bad *fault.Error
	switch {
	case errors.As(err, &bad):
		for _, i := range bad.Issues {
			file, where, _ := strings.Cut(i.Where, "#")
			if !slices.Contains(f.files, file) {
				f.files = append(f.files, file)
			}
			f.problem(file, where, i.Text)
		}
	case err != nil:
		return nil, err
	default:
		f.adviseOn(fsys, catalog)
	}
	if err := f.shapes(fsys); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *findings) print(out io.Writer) int {
	wrong := 0
	for _, file := range f.files {
		state := "ok   "
		if len(f.problems[file]) > 0 {
			state = "WRONG"
			wrong++
		}
		fmt.Fprintln(out, state, file)
		for _, p := range f.problems[file] {
			fmt.Fprintln(out, "        "+p)
		}
		for _, a := range f.advice[file] {
			fmt.Fprintln(out, "        advice: "+a)
		}
	}
	if wrong > 0 {
		fmt.Fprintf(out, "\n%d of %d can't be used as they are.\n", wrong, len(f.files))
		return 1
	}
	fmt.Fprintf(out, "\nAll %d can be used.\n", len(f.files))
	return 0
}

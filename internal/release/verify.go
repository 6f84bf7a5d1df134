package release

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"time"
)

// Verified says what [Verify] found to be in order.
type Verified struct {
	Program  string
	Releases int
	Head     string // SHA-256 of the newest; compare it with what the record shows, since no chain can prove its own end
}

// Verify checks a folder of sealed releases with nothing but the verifying key: each program's documents are numbered
// from 1 without a gap, each is in canonical form, names the one before it by hash, is of a later period, and is signed
// to the byte; nothing else lies in the folder. The error names every file that is wrong.
func Verify(fsys fs.FS, v Verifier) ([]Verified, error) {
	programs, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("release: verify: %w", err)
	}
	var out []Verified
	var problems []error
	for _, p := range programs {
		if !p.IsDir() {
			problems = append(problems, fmt.Errorf("%s: isn't a program's folder", p.Name()))
			continue
		}
		one, err := verifyProgram(fsys, p.Name(), v)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		out = append(out, one)
	}
	if len(programs) == 0 {
		problems = append(problems, errors.New("there is nothing to verify"))
	}
	return out, errors.Join(problems...)
}

func verifyProgram(fsys fs.FS, program string, v Verifier) (Verified, error) {
	out := Verified{Program: program}
	files, err := fs.ReadDir(fsys, program)
	if err != nil {
		return out, err
	}
	var names []string
	for _, f := range files {
		names = append(names, path.Join(program, f.Name()))
	}
	if len(names) == 0 {
		return out, fmt.Errorf("%s: the folder is empty", program)
	}
	var problems []error
	var before Release
	for n := 1; n <= (len(names)+1)/2; n++ {
		r, err := verifyOne(fsys, program, n, before, v)
		if err != nil {
			problems = append(problems, err)
		}
		before = r
	}
	out.Releases, out.Head = before.Number, before.Seal
	for _, name := range names {
		var n int
		if m := archived.FindStringSubmatch(name); m != nil {
			n, _ = strconv.Atoi(m[2])
		}
		if n < 1 || n > (len(names)+1)/2 {
			problems = append(problems, fmt.Errorf("%s: doesn't belong to the chain", name))
		}
	}
	return out, errors.Join(problems...)
}

// verifyOne checks release n, which follows before (without a seal when n is 1, or when before couldn't be read).
func verifyOne(fsys fs.FS, program string, n int, before Release, v Verifier) (Release, error) {
	name := documentName(program, n)
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return Release{}, err
	}
	r, err := Parse(data)
	if err != nil {
		return Release{}, fmt.Errorf("%s: %w", name, err)
	}
	var problems []error
	wrong := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("%s: "+format, append([]any{name}, args...)...))
	}
	if r.Program != program || r.Number != n {
		wrong("it says that it is %s %d", r.Program, r.Number)
	}
	if r.Previous != before.Seal {
		wrong("it doesn't follow the release before it")
	}
	if !later(before, r) {
		wrong("its period isn't after that of the release before it")
	}
	signed, err := fs.ReadFile(fsys, noteName(program, n))
	if err == nil {
		err = checkNote(signed, r, v)
	}
	if err != nil {
		wrong("%w", err)
	}
	return r, errors.Join(problems...)
}

func later(before, r Release) bool {
	start, err := time.Parse(time.RFC3339, r.Period.Start)
	if err != nil {
		return false
	}
	end, err := time.Parse(time.RFC3339, r.Period.End)
	if err != nil || !end.After(start) {
		return false
	}
	if before.Period.End == "" {
		return true
	}
	last, err := time.Parse(time.RFC3339, before.Period.End)
	return err == nil && !start.Before(last)
}

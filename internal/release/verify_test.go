package release

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// chain is three releases of a few people.
func chain(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	for i, period := range []string{"2026-07", "2026-08", "2026-09"} {
		w.fold(t, w.few(period, 30+i))
	}
	closeAll(t, w, octoberDue)
	if len(w.archive.files) != 6 {
		t.Fatalf("%d files", len(w.archive.files))
	}
	return w
}

// One changed byte anywhere in any file is noticed.
func TestVerifyNoticesEveryChangedByte(t *testing.T) {
	w := chain(t)
	if _, err := Verify(w.archive.fs(), w.verifier); err != nil {
		t.Fatal(err)
	}
	for name, data := range w.archive.files {
		step := max(1, len(data)/50)
		if strings.HasSuffix(name, ".note") {
			step = 1
		}
		for at := 0; at < len(data); at += step {
			files := w.archive.fs()
			files[name].Data = bytes.Clone(data)
			files[name].Data[at] ^= []byte{1, 0x20, 0x80}[at%3]
			if _, err := Verify(files, w.verifier); err == nil {
				t.Fatalf("%s: byte %d (%q) changed to %q and nobody noticed", name, at, data[at], files[name].Data[at])
			}
		}
	}
}

func TestVerifyNoticesWhatIsDoneToTheChain(t *testing.T) {
	w, other := chain(t), chain(t)
	put := func(f fstest.MapFS, name string, data []byte) { f[name] = &fstest.MapFile{Data: data} }
	// resign seals and signs a release anew, with the right key: what a thief of the key might do.
	resign := func(f fstest.MapFS, n int, change func(*Release)) {
		r, err := Parse(f[documentName("lake", n)].Data)
		if err != nil {
			t.Fatal(err)
		}
		change(&r)
		data, sum, err := seal(r)
		if err != nil {
			t.Fatal(err)
		}
		r.Seal = sum
		signed, err := sign(r, w.signer)
		if err != nil {
			t.Fatal(err)
		}
		put(f, documentName("lake", n), data)
		put(f, noteName("lake", n), signed)
	}
	for _, c := range []struct {
		name   string
		tamper func(fstest.MapFS)
	}{
		{"the first is gone", func(f fstest.MapFS) { delete(f, "lake/000001.json"); delete(f, "lake/000001.note") }},
		{"one in the middle is gone", func(f fstest.MapFS) { delete(f, "lake/000002.json"); delete(f, "lake/000002.note") }},
		{"a document is gone", func(f fstest.MapFS) { delete(f, "lake/000003.json") }},
		{"a signature is gone", func(f fstest.MapFS) { delete(f, "lake/000003.note") }},
		{"two change places", func(f fstest.MapFS) {
			f["lake/000001.json"], f["lake/000002.json"] = f["lake/000002.json"], f["lake/000001.json"]
			f["lake/000001.note"], f["lake/000002.note"] = f["lake/000002.note"], f["lake/000001.note"]
		}},
		{"a stray file", func(f fstest.MapFS) { put(f, "lake/readme.txt", nil) }},
		{"a stray file at the top", func(f fstest.MapFS) { put(f, "index.html", nil) }},
		{"two stray files", func(f fstest.MapFS) { put(f, "lake/a", nil); put(f, "lake/b", nil) }},
		{"a number that no chain reaches", func(f fstest.MapFS) {
			f["lake/000009.json"] = f["lake/000003.json"]
			f["lake/000009.note"] = f["lake/000003.note"]
		}},
		{"another program's name", func(f fstest.MapFS) {
			for name, file := range f {
				delete(f, name)
				f["pond"+strings.TrimPrefix(name, "lake")] = file
			}
		}},
		{"signed by somebody else", func(f fstest.MapFS) { put(f, "lake/000003.note", other.archive.files["lake/000003.note"]) }},
		{"another signature added", func(f fstest.MapFS) {
			mine, theirs := w.archive.files["lake/000003.note"], other.archive.files["lake/000003.note"]
			last := theirs[bytes.LastIndex(bytes.TrimSpace(theirs), []byte("\n"))+1:]
			put(f, "lake/000003.note", append(bytes.Clone(mine), last...))
		}},
		{"a space more", func(f fstest.MapFS) { put(f, "lake/000003.json", append(bytes.Clone(f["lake/000003.json"].Data), ' ')) }},
		{"a field more", func(f fstest.MapFS) {
			put(f, "lake/000003.json", bytes.Replace(f["lake/000003.json"].Data, []byte(`{`), []byte(`{"a":1,`), 1))
		}},
		{"sealed anew in the middle", func(f fstest.MapFS) { resign(f, 2, func(r *Release) { r.Rows[0].Value = "99" }) }},
		{"of an earlier period", func(f fstest.MapFS) {
			resign(f, 3, func(r *Release) {
				r.Period = Period{"2026-07", "2026-07-01T00:00:00-04:00", "2026-08-01T00:00:00-04:00"}
			})
		}},
		{"of no period", func(f fstest.MapFS) { resign(f, 3, func(r *Release) { r.Period.End = r.Period.Start }) }},
		{"another number inside", func(f fstest.MapFS) { resign(f, 3, func(r *Release) { r.Number = 4 }) }},
		{"nothing at all", func(f fstest.MapFS) { clear(f) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := w.archive.fs()
			c.tamper(files)
			if found, err := Verify(files, w.verifier); err == nil {
				t.Errorf("nobody noticed: %v", found)
			}
		})
	}
}

// A reader never gets bytes that aren't the sealed ones, and isn't told that it was its own fault.
func TestOpenRefusesOtherBytes(t *testing.T) {
	w := chain(t)
	w.archive.files["lake/000002.json"] = w.archive.files["lake/000001.json"]
	delete(w.archive.files, "lake/000003.json")
	for n, fine := range map[int]bool{1: true, 2: false, 3: false} {
		_, data, err := NewRecord(w.table, w.archive).Open(context.Background(), "lake", n)
		if (err == nil) != fine || fine != (data != nil) {
			t.Errorf("%d: %v", n, err)
		}
	}
}

func TestKeysReadBackAndErrorsDontQuoteThem(t *testing.T) {
	doc, err := NewSignerKey("lake.example")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(doc)), "\n")
	for _, text := range []string{string(doc), lines[0]} {
		if _, err := ReadSigner(text); err != nil {
			t.Error(err)
		}
	}
	for _, text := range []string{string(doc), lines[1], " " + lines[1] + "\r\n"} {
		if v, err := ReadVerifier(text); err != nil || v.Name() != "lake.example" {
			t.Error(err)
		}
	}
	broken := lines[0][:len(lines[0])-4]
	for _, text := range []string{"", "x", broken} {
		_, err := ReadSigner(text)
		_, err2 := ReadVerifier(text)
		if err == nil || err2 == nil {
			t.Errorf("%d characters were taken for a key", len(text))
		} else if said := fmt.Sprint(err, err2); strings.Contains(said, broken[len(broken)-10:]) {
			t.Error("an error quotes the key")
		}
	}
}

func FuzzParse(f *testing.F) {
	data, _, err := seal(Release{Format: Format, Program: "lake", Number: 1, Rows: []Row{{Measure: People, Value: "12"}}, Period: Period{"2026-07", time.Time{}.Format(time.RFC3339), ""}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"format":"tellback-release/1"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Parse(data)
		if err != nil {
			return
		}
		if again, sum, err := seal(r); err != nil || !bytes.Equal(again, data) || sum != r.Seal {
			t.Fatal("what was read seals to something else")
		}
	})
}

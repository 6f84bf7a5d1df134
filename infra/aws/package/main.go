// Command package puts each function's bootstrap into a zip that Lambda takes. The same bootstraps make the same bytes: no
// time, no owner and no order of a file system gets into a zip.
package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// most is how large a zip may be: what is larger makes cold starts slow, and hides a dependency that nobody meant to link.
const most = 6_000_000 // bytes

func main() {
	from := flag.String("from", "build/arm64", "folder of <function>/bootstrap")
	to := flag.String("to", "dist", "folder that the zips go to")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "%q is not understood: every option begins with -\n", flag.Arg(0))
		os.Exit(2)
	}
	if err := run(*from, *to, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(from, to string, out io.Writer) error {
	bootstraps, err := filepath.Glob(filepath.Join(from, "*", "bootstrap"))
	if err != nil {
		return err
	}
	if len(bootstraps) == 0 {
		return fmt.Errorf("there is no bootstrap in %s: run \"make build\" first", from)
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	var large []error
	for _, b := range bootstraps {
		packed, err := pack(b)
		if err != nil {
			return err
		}
		file := filepath.Join(to, filepath.Base(filepath.Dir(b))+".zip")
		if err := os.WriteFile(file, packed, 0o644); err != nil {
			return err
		}
		fmt.Fprintf(out, "%x  %s  %.1f MB\n", sha256.Sum256(packed), file, float64(len(packed))/1e6)
		if len(packed) > most {
			large = append(large, fmt.Errorf("%s is larger than %d MB", file, most/1_000_000))
		}
	}
	return errors.Join(large...)
}

// pack is the zip of one bootstrap.
func pack(bootstrap string) ([]byte, error) {
	info, err := os.Stat(bootstrap)
	if err != nil {
		return nil, err
	}
	if info.Mode()&0o111 == 0 {
		return nil, fmt.Errorf("%s is not executable: Lambda could not start it", bootstrap)
	}
	raw, err := os.ReadFile(bootstrap)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	// The oldest time that a zip can say, and a mode whatever the umask was: Lambda runs the file as another user.
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
	header.SetMode(fs.FileMode(0o755))
	f, err := z.CreateHeader(header)
	if err != nil {
		return nil, err
	}
	if _, err := f.Write(raw); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Command verify checks a folder of sealed releases offline: the chain of hashes, the numbers and periods, and the
// signatures. It needs no network and no account, only the folder and the published verifying key.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/tellback/tellback/internal/release"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	key := flags.String("key", "", `the verifying key, "name+hash+key", or @ and a file that holds it (default: @ and the file release-key beside the folder)`)
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "verify [-key KEY] FOLDER\nFOLDER holds sealed releases, in one folder for each program.")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		flags.Usage()
		return errors.New("verify: give the one folder that holds the releases, behind the options")
	}
	folder := flags.Arg(0)
	text := cmp.Or(*key, "@"+filepath.Join(filepath.Dir(filepath.Clean(folder)), "release-key"))
	if file, ok := strings.CutPrefix(text, "@"); ok {
		raw, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("verify: the key: %w", err)
		}
		text = string(raw)
	}
	verifier, err := release.ReadVerifier(text)
	if err != nil {
		return err
	}
	found, err := release.Verify(os.DirFS(folder), verifier)
	for _, v := range found {
		fmt.Fprintf(out, "%s: %d releases in order, the newest is %s\n", v.Program, v.Releases, v.Head)
	}
	return err
}

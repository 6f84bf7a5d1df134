// Command keys makes the secrets of a new deployment in a folder and prints the commands that bring them into Parameter
// Store. It never replaces any: people's pseudonyms hang on the keyset, and the chain of releases on the release key.
package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/release"
)

// given are the secrets that come from elsewhere: Twilio's console and the staff's identity provider.
var given = []string{"twilio-auth-token", "oidc-client-secret"}

func main() {
	stage := flag.String("stage", "staging", "staging or production")
	client := flag.String("client", "first", "name of the first client of the API")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: keys [-stage staging|production] [-client NAME] FOLDER")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*stage, *client, flag.Arg(0), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

var word = regexp.MustCompile(`^[a-z0-9-]+$`)

func run(stage, client, folder string, out io.Writer) error {
	if stage != "staging" && stage != "production" {
		return fmt.Errorf("there is no stage %q", stage)
	}
	if !word.MatchString(client) {
		return errors.New("a client's name is of a–z, 0–9 and -")
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o700); err != nil {
		return err
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		return fmt.Errorf("a new folder is needed, so that no secret is replaced: %w", err)
	}
	secret := rand.Text()
	sum := sha256.Sum256([]byte(secret))
	made := []struct {
		name string
		make func() ([]byte, error)
	}{
		{"keyset", phi.NewKeyset},
		{"staff-keyset", phi.NewKeyset},
		{"release-key", func() ([]byte, error) { return release.NewSignerKey("tellback-" + stage) }},
		{"api-clients", func() ([]byte, error) { return []byte(client + "=" + hex.EncodeToString(sum[:])), nil }},
	}
	var names []string
	for _, m := range made {
		value, err := m.make()
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		if err := write(folder, m.name, value); err != nil {
			return err
		}
		names = append(names, m.name)
	}
	if err := write(folder, "api-client-secret", []byte(secret)); err != nil {
		return err
	}
	fmt.Fprintf(out, "Made in %s. Put there, too, in files of these names:\n", folder)
	for _, name := range given {
		fmt.Fprintf(out, "  %s\n", name)
	}
	fmt.Fprint(out, "Then run these. None replaces a parameter that is there:\n\n")
	for _, name := range append(names, given...) {
		fmt.Fprintf(out, "aws ssm put-parameter --type SecureString --name /tellback/%s/%s --value 'file://%s'\n", stage, name, filepath.Join(folder, name))
	}
	fmt.Fprintf(out, "\nHand api-client-secret to the client called %s. Keep a copy of keyset and release-key where nobody else can read\n"+
		"it, and delete the folder: without the keyset nobody who takes part can be found again.\n", client)
	return nil
}

// write writes a new file that only its owner can read.
func write(folder, name string, value []byte) error {
	f, err := os.OpenFile(filepath.Join(folder, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(value)
	return errors.Join(err, f.Close())
}

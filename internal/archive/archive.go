// Package archive says what keeping sealed releases takes; archive/dir and archive/s3 are its engines.
package archive

import (
	"errors"
	"fmt"
	"regexp"
)

var name = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}/[0-9]{6,12}\.(json|note)$`)

// CheckName refuses what isn't "<program>/000001.json" or "<program>/000001.note", so that no name leads out of its folder.
func CheckName(s string) error {
	if !name.MatchString(s) {
		return fmt.Errorf("archive: %q isn't a name of the archive", s)
	}
	return nil
}

// ErrExists is what Put of other data under a name that is taken gets: what is archived never changes.
var ErrExists = errors.New("archive: something else is stored under that name")

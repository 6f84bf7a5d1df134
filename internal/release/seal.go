package release

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/gowebpki/jcs"
	"golang.org/x/mod/sumdb/note"
)

// seal gives a release's canonical bytes (RFC 8785) and their SHA-256.
func seal(r Release) (data []byte, sum string, err error) {
	raw, err := json.Marshal(r)
	if err != nil {
		return nil, "", fmt.Errorf("release: %s %d: %w", r.Program, r.Number, err)
	}
	if data, err = jcs.Transform(raw); err != nil {
		return nil, "", fmt.Errorf("release: %s %d: canonical form: %w", r.Program, r.Number, err)
	}
	return data, hash(data), nil
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Parse reads sealed bytes, strictly: whatever isn't exactly what sealing makes is refused.
func Parse(data []byte) (Release, error) {
	var r Release
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return r, fmt.Errorf("release: not a release: %w", err)
	}
	if r.Format != Format {
		return r, fmt.Errorf("release: format %q, not %q", r.Format, Format)
	}
	again, sum, err := seal(r)
	if err != nil {
		return r, err
	}
	if !bytes.Equal(again, data) {
		return r, errors.New("release: not in canonical form")
	}
	r.Seal = sum
	for i := range r.Rows {
		r.Rows[i].Program, r.Rows[i].Release, r.Rows[i].Period = r.Program, r.Number, r.Period.ID
	}
	return r, nil
}

// noteText is what is signed: a release's place in the chain.
func noteText(r Release) string {
	previous := r.Previous
	if previous == "" {
		previous = "none"
	}
	return fmt.Sprintf("tellback release\n%s\n%d\n%s\n%s\n", r.Program, r.Number, r.Seal, previous)
}

// sign gives the signed note that is stored beside r.
func sign(r Release, s Signer) ([]byte, error) {
	msg, err := note.Sign(&note.Note{Text: noteText(r)}, s)
	if err != nil {
		return nil, fmt.Errorf("release: sign %s %d: %w", r.Program, r.Number, err)
	}
	return msg, nil
}

// checkNote says whether msg is, to the byte, v's note of r.
func checkNote(msg []byte, r Release, v Verifier) error {
	n, err := note.Open(msg, note.VerifierList(v))
	if err != nil {
		return fmt.Errorf("signature: %w", err)
	}
	if n.Text != noteText(r) {
		return errors.New("the signed note is of something else")
	}
	// A signature has more than one spelling in base64, and a note may carry lines that nobody vouches for.
	if len(n.Sigs) != 1 || len(n.UnverifiedSigs) != 0 {
		return errors.New("the note has more than one signature")
	}
	raw, err := base64.StdEncoding.DecodeString(n.Sigs[0].Base64)
	if err != nil {
		return fmt.Errorf("signature: %w", err)
	}
	if want := fmt.Sprintf("%s\n— %s %s\n", n.Text, n.Sigs[0].Name, base64.StdEncoding.EncodeToString(raw)); string(msg) != want {
		return errors.New("the note isn't as it was written")
	}
	return nil
}

// Signer signs releases; [ReadSigner] makes one.
type Signer = note.Signer

// Verifier verifies their signatures; [ReadVerifier] makes one.
type Verifier = note.Verifier

// NewSignerKey makes the keys of a fresh installation, as a document of two lines for [ReadSigner] and [ReadVerifier]: the
// secret signing key and the verifying key, which is public. The name, such as a host name, says whose releases they are.
func NewSignerKey(name string) ([]byte, error) {
	signer, verifier, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return nil, fmt.Errorf("release: new keys: %w", err)
	}
	return []byte(signer + "\n" + verifier + "\n"), nil
}

// ReadSigner reads the signing key from what [NewSignerKey] made. The error never quotes it.
func ReadSigner(doc string) (Signer, error) {
	key, _, _ := strings.Cut(strings.TrimSpace(doc), "\n")
	s, err := note.NewSigner(strings.TrimSpace(key))
	if err != nil {
		return nil, errors.New("release: the signing key can't be read; it begins with PRIVATE+KEY+")
	}
	return s, nil
}

// ReadVerifier reads the verifying key, either alone or from what [NewSignerKey] made. The error never quotes it.
func ReadVerifier(doc string) (Verifier, error) {
	doc = strings.TrimSpace(doc)
	v, err := note.NewVerifier(strings.TrimSpace(doc[strings.LastIndexByte(doc, '\n')+1:]))
	if err != nil {
		return nil, errors.New("release: the verifying key can't be read; it looks like name+hash+key")
	}
	return v, nil
}

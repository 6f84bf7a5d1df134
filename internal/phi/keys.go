package phi

import (
	"bytes"
	"encoding/base32"
	"fmt"
	"io"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Keys derives pseudonyms and seals bytes. It is made of two Tink keysets: an HMAC-SHA-256 PRF that must never be
// rotated (every pseudonym hangs on it), and an AES-256-GCM AEAD that may be rotated by adding a key.
type Keys struct {
	prf  *prf.Set
	aead tink.AEAD
}

// NewKeyset makes the two cleartext keysets of a fresh installation, as one document for [ReadKeys].
func NewKeyset() ([]byte, error) {
	var out bytes.Buffer
	for _, make := range []func() (*keyset.Handle, error){
		func() (*keyset.Handle, error) { return keyset.NewHandle(prf.HMACSHA256PRFKeyTemplate()) },
		func() (*keyset.Handle, error) { return keyset.NewHandle(aead.AES256GCMKeyTemplate()) },
	} {
		h, err := make()
		if err != nil {
			return nil, fmt.Errorf("phi: new keyset: %w", err)
		}
		var one bytes.Buffer
		if err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&one)); err != nil {
			return nil, fmt.Errorf("phi: write keyset: %w", err)
		}
		out.Write(bytes.TrimSpace(one.Bytes()))
		out.WriteByte('\n')
	}
	return out.Bytes(), nil
}

// ReadKeys reads what [NewKeyset] made: one JSON keyset a line, the PRF first.
func ReadKeys(r io.Reader) (*Keys, error) {
	raw, err := io.ReadAll(io.LimitReader(r, 64<<10))
	if err != nil {
		return nil, fmt.Errorf("phi: read keyset: %w", err)
	}
	lines := bytes.SplitN(bytes.TrimSpace(raw), []byte("\n"), 2)
	if len(lines) != 2 {
		return nil, fmt.Errorf("phi: a keyset document has two lines (PRF, AEAD); this one has %d", len(lines))
	}
	ph, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(lines[0])))
	if err != nil {
		return nil, fmt.Errorf("phi: PRF keyset: %w", err)
	}
	ah, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(lines[1])))
	if err != nil {
		return nil, fmt.Errorf("phi: AEAD keyset: %w", err)
	}
	p, err := prf.NewPRFSet(ph)
	if err != nil {
		return nil, fmt.Errorf("phi: PRF: %w", err)
	}
	a, err := aead.New(ah)
	if err != nil {
		return nil, fmt.Errorf("phi: AEAD: %w", err)
	}
	return &Keys{prf: p, aead: a}, nil
}

var base32Lower = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

// Pseudonym is a keyed, one-way name for value: 26 characters of [a-z2-9], 128 bits of HMAC-SHA-256. The same value
// under another purpose has an unrelated name, so names can't be joined across purposes.
func (k *Keys) Pseudonym(purpose, value string) string {
	sum, err := k.prf.ComputePrimaryPRF([]byte(purpose+"\x00"+value), 16)
	if err != nil {
		panic("phi: HMAC-SHA-256 gives 16 bytes: " + err.Error()) // can't happen: 16 ≤ 32
	}
	return base32Lower.EncodeToString(sum)
}

// Seal encrypts plain. What it is for (purpose, with the id of the item that it goes into) is bound to the ciphertext:
// Open with another purpose fails.
func (k *Keys) Seal(purpose string, plain []byte) ([]byte, error) {
	out, err := k.aead.Encrypt(plain, []byte(purpose))
	if err != nil {
		return nil, fmt.Errorf("phi: seal: %w", err)
	}
	return out, nil
}

// Open decrypts what Seal made under the same purpose.
func (k *Keys) Open(purpose string, sealed []byte) ([]byte, error) {
	out, err := k.aead.Decrypt(sealed, []byte(purpose))
	if err != nil {
		return nil, fmt.Errorf("phi: open: %w", err)
	}
	return out, nil
}

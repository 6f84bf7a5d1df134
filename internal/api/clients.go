package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"
)

// Clients are the systems that may send reports: name → lower-case hex SHA-256 of its secret. The secrets themselves are
// nowhere. A name has small letters, digits and hyphens, 32 at most.
type Clients map[string]string

// of is the client whose secret a request bears. Every client is compared, in constant time each, so that time tells
// neither how much of a guess was right nor whose it was.
func (c Clients) of(r *http.Request) (name string, ok bool) {
	scheme, secret, found := strings.Cut(r.Header.Get("Authorization"), " ")
	secret = strings.TrimSpace(secret)
	if !found || !strings.EqualFold(scheme, "Bearer") || secret == "" || len(secret) > 4096 {
		return "", false
	}
	sum := sha256.Sum256([]byte(secret))
	given := []byte(hex.EncodeToString(sum[:]))
	for n, want := range c {
		if subtle.ConstantTimeCompare(given, []byte(want)) == 1 {
			name, ok = n, true
		}
	}
	return name, ok
}

package cloud

import (
	"crypto/tls"
	"crypto/x509"
	_ "embed" // amazon.pem
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"
)

// roots are the five that Amazon Trust Services asks custom trust stores to hold (amazontrust.com/repository). Every endpoint
// of AWS proves itself by one of them; reading the system's hundred and fifty would take milliseconds of each cold start.
//
//go:embed amazon.pem
var roots []byte

// transport carries calls to AWS. AWS_CA_BUNDLE names a file of other roots, as the SDK itself would have it.
func transport(getenv func(string) string) (*http.Client, error) {
	pem := roots
	if file := getenv("AWS_CA_BUNDLE"); file != "" {
		var err error
		if pem, err = os.ReadFile(file); err != nil {
			return nil, fmt.Errorf("AWS_CA_BUNDLE: %w", err)
		}
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("AWS_CA_BUNDLE holds no certificate")
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = &tls.Config{RootCAs: pool}
	t.MaxIdleConnsPerHost = 16 // a batch's reads at once, each on a connection of its own
	t.ForceAttemptHTTP2 = false
	return &http.Client{Transport: t, Timeout: 10 * time.Second}, nil
}

package rehearsal

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// certify makes a certificate for the names of AWS, of an authority that only file trusts, besides those that functions do.
func certify(checkout, file string) (tls.Certificate, error) {
	var none tls.Certificate
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Tellback rehearsal"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "amazonaws.com"}, NotBefore: authority.NotBefore, NotAfter: authority.NotAfter,
		DNSNames:    []string{"*." + Region + ".amazonaws.com", "*.s3." + Region + ".amazonaws.com"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return none, err
	}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return none, err
	}
	root, err := x509.CreateCertificate(rand.Reader, authority, authority, rootKey.Public(), rootKey)
	if err != nil {
		return none, err
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, authority, leafKey.Public(), rootKey)
	if err != nil {
		return none, err
	}
	trusted, err := os.ReadFile(filepath.Join(checkout, "internal", "cloud", "amazon.pem"))
	if err != nil {
		return none, err
	}
	trusted = append(trusted, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root})...)
	if err := os.WriteFile(file, trusted, 0o600); err != nil {
		return none, err
	}
	return tls.Certificate{Certificate: [][]byte{der, root}, PrivateKey: leafKey}, nil
}

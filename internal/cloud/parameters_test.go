package cloud

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"
)

// store answers GetParameters, after as many refusals as it has.
func store(t *testing.T, refusals ...string) (aws.Config, *[]string) {
	t.Helper()
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, r.Header.Get("X-Amz-Target")+" "+string(body))
		if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=id/") || r.Header.Get("X-Amz-Security-Token") != "token" {
			t.Error("the call is not signed")
		}
		if n := len(asked); n <= len(refusals) {
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]string{"__type": refusals[n-1]})
			return
		}
		_, _ = io.WriteString(w, `{"Parameters":[{"Name":"/a","Value":"one"},{"Name":"/b","Value":"two"}],"InvalidParameters":["/c"]}`)
	}))
	t.Cleanup(server.Close)
	return aws.Config{
		Region: "eu-central-1", BaseEndpoint: &server.URL, HTTPClient: server.Client(),
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", "token"),
	}, &asked
}

func TestSecretsAreReadInOneCall(t *testing.T) {
	cfg, asked := store(t, "ThrottlingException")
	env := map[string]string{"A": "ssm:/a", "ALSO": "ssm:/a", "B": "ssm:/b", "PLAIN": "as it is"}
	getenv, err := secrets(context.Background(), cfg, func(k string) string { return env[k] }, []string{"A", "ALSO", "B", "PLAIN"})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{getenv("A"), getenv("ALSO"), getenv("B"), getenv("PLAIN"), getenv("NONE")}
	if d := cmp.Diff([]string{"one", "one", "two", "as it is", ""}, got); d != "" {
		t.Error(d)
	}
	const call = `AmazonSSM.GetParameters {"Names":["/a","/b"],"WithDecryption":true}`
	if d := cmp.Diff([]string{call, call}, *asked); d != "" {
		t.Errorf("-want +asked, the first of which was refused for now:\n%s", d)
	}
}

func TestSecretsSayWhatIsMissing(t *testing.T) {
	cfg, _ := store(t)
	env := map[string]string{"A": "ssm:/a", "C": "ssm:/c", "D": "ssm:/d"}
	_, err := secrets(context.Background(), cfg, func(k string) string { return env[k] }, []string{"A", "C", "D"})
	if err == nil || !strings.Contains(err.Error(), "C: there is no parameter /c") || !strings.Contains(err.Error(), "D: there is no parameter /d") {
		t.Errorf("got %v", err)
	}
	cfg, asked := store(t, "AccessDeniedException", "AccessDeniedException")
	if _, err := secrets(context.Background(), cfg, func(k string) string { return env[k] }, []string{"A"}); err == nil || len(*asked) != 1 {
		t.Errorf("after %d calls: %v", len(*asked), err)
	}
}

// The public keys of the roots are those that amazontrust.com/repository publishes.
func TestRootsAreAmazons(t *testing.T) {
	published := []string{
		"2b071c59a0a0ae76b0eadb2bad23bad4580b69c3601b630c2eaf0613afa83f92", // Starfield Services Root Certificate Authority - G2
		"36abc32656acfc645c61b71613c4bf21c787f5cabbee48348d58597803d7abc9", // Amazon Root CA 3
		"7f4296fc5b6a4e3b35d3c369623e364ab1af381d8fa7121533c9d6c633ea2461", // Amazon Root CA 2
		"f7ecded5c66047d28ed6466b543c40e0743abe81d109254dcf845d4c2c7853c5", // Amazon Root CA 4
		"fbe3018031f9586bcbf41727e417b7d1c45c2f47f93be372a17b96b50757d5a2", // Amazon Root CA 1
	}
	var got []string
	for rest := roots; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
		got = append(got, hex.EncodeToString(sum[:]))
	}
	slices.Sort(got)
	if d := cmp.Diff(published, got); d != "" {
		t.Error(d)
	}
}

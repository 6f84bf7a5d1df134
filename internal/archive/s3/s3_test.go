package s3

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/release"
)

// bucket answers as S3 does to conditional puts and gets. Each code in trouble is answered once before a request is looked at.
type bucket struct {
	mu      sync.Mutex
	objects map[string][]byte
	trouble []int
	lose    bool // store the next put but answer 500
}

func (b *bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.trouble) > 0 {
		code := b.trouble[0]
		b.trouble = b.trouble[1:]
		refuse(w, code, map[int]string{http.StatusConflict: "ConditionalRequestConflict"}[code])
		return
	}
	there, ok := b.objects[r.URL.Path]
	switch r.Method {
	case http.MethodGet:
		if !ok {
			refuse(w, http.StatusNotFound, "NoSuchKey")
			return
		}
		_, _ = w.Write(there)
	case http.MethodPut:
		if r.Header.Get("If-None-Match") != "*" {
			refuse(w, http.StatusBadRequest, "NotConditional")
			return
		}
		body, _ := io.ReadAll(r.Body)
		sum := sha256.Sum256(body)
		if r.Header.Get("X-Amz-Checksum-Sha256") != base64.StdEncoding.EncodeToString(sum[:]) {
			refuse(w, http.StatusBadRequest, "BadDigest")
			return
		}
		if ok {
			refuse(w, http.StatusPreconditionFailed, "PreconditionFailed")
			return
		}
		b.objects[r.URL.Path] = body
		if b.lose {
			b.lose = false
			refuse(w, http.StatusInternalServerError, "InternalError")
		}
	}
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "<Error><Code>"+code+"</Code><Message>no</Message></Error>")
}

func open(t *testing.T, b *bucket) *Archive {
	t.Helper()
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	return New(s3.New(s3.Options{
		BaseEndpoint: &server.URL, UsePathStyle: true, Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		RetryMaxAttempts: 2, Retryer: aws.NopRetryer{},
	}), "releases")
}

func TestPutOnce(t *testing.T) {
	ctx := context.Background()
	b := &bucket{objects: map[string][]byte{}}
	a := open(t, b)
	if _, err := a.Get(ctx, "river/000001.json"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("before: %v", err)
	}
	for _, step := range []struct {
		data string
		want error
	}{{"one", nil}, {"one", nil}, {"two", release.ErrExists}} {
		if err := a.Put(ctx, "river/000001.json", []byte(step.data)); !errors.Is(err, step.want) {
			t.Errorf("put %q: %v, want %v", step.data, err, step.want)
		}
	}
	if got, err := a.Get(ctx, "river/000001.json"); err != nil || string(got) != "one" {
		t.Errorf("got %q, %v", got, err)
	}
	if string(b.objects["/releases/river/000001.json"]) != "one" {
		t.Error("the object isn't where it belongs")
	}
	if err := a.Put(ctx, "../other/000001.json", nil); err == nil {
		t.Error("a name that leads out was accepted")
	}
}

func TestTroubleIsUnavailableAndARetryHeals(t *testing.T) {
	ctx := context.Background()
	b := &bucket{objects: map[string][]byte{}, trouble: []int{503, 409}, lose: true}
	a := open(t, b)
	for _, what := range []string{"refused", "conflict that came to nothing", "reply lost"} {
		if err := a.Put(ctx, "river/000002.note", []byte("x")); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := a.Put(ctx, "river/000002.note", []byte("x")); err != nil {
		t.Errorf("again: %v", err)
	}
	b.trouble = []int{409} // somebody else's put of the same bytes got there first
	if err := a.Put(ctx, "river/000002.note", []byte("x")); err != nil {
		t.Errorf("after a conflict: %v", err)
	}
}

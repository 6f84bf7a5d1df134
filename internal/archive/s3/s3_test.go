package s3

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

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
	if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=id/") {
		refuse(w, http.StatusForbidden, "AccessDenied")
		return
	}
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
	a := Open(aws.Config{
		BaseEndpoint: &server.URL, Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""), HTTPClient: server.Client(),
	}, "releases")
	a.client.attempts, a.client.wait = 1, time.Millisecond
	return a
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

func TestACallIsRepeatedWhileTheServiceIsInTrouble(t *testing.T) {
	ctx := context.Background()
	b := &bucket{objects: map[string][]byte{}, trouble: []int{503}, lose: true}
	a := open(t, b)
	a.client.attempts = 3 // refused, reply lost, there already
	if err := a.Put(ctx, "river/000003.json", []byte("x")); err != nil {
		t.Errorf("put: %v", err)
	}
	b.trouble = []int{500, 429}
	if got, err := a.Get(ctx, "river/000003.json"); err != nil || string(got) != "x" {
		t.Errorf("get: %q, %v", got, err)
	}
	b.trouble = []int{403, 403}
	if _, err := a.Get(ctx, "river/000003.json"); fault.KindOf(err) != fault.Unavailable || len(b.trouble) != 1 {
		t.Errorf("what is refused for good was asked for %d times: %v", 2-len(b.trouble), err)
	}
}

func TestAddresses(t *testing.T) {
	for region, want := range map[string]string{
		"eu-central-1": "https://releases.s3.eu-central-1.amazonaws.com/river/000001.json",
		"cn-north-1":   "https://releases.s3.cn-north-1.amazonaws.com.cn/river/000001.json",
	} {
		if got := (&bucketClient{aws: aws.Config{Region: region}, bucket: "releases"}).address("river/000001.json"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

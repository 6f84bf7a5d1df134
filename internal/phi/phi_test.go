package phi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/tellback/tellback/internal/phi"
)

const secret = "canary-4711"

func TestValueNeverPrints(t *testing.T) {
	v := phi.Hide(secret)
	inside := struct {
		V phi.Text
		P *phi.Text
	}{v, &v}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
		for name, x := range map[string]any{"value": v, "pointer": &v, "inside a struct": inside, "in a map": map[string]phi.Text{"k": v}, "in a slice": []phi.Text{v}} {
			out := fmt.Sprintf(verb, x)
			if strings.Contains(out, secret) || strings.Contains(out, fmt.Sprintf("%x", secret)) || strings.Contains(out, fmt.Sprintf("%X", secret)) {
				t.Errorf("%s of a %s leaks: %s", verb, name, out)
			}
		}
	}
}

func TestValueNeverLogs(t *testing.T) {
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
	} {
		var out bytes.Buffer
		v := phi.Hide(secret)
		log := slog.New(handler(&out))
		log.Info("said", "v", v, "pointer", &v, "inside", struct{ V phi.Text }{v})
		log.Error("failed", "error", fmt.Errorf("with %v", v))
		if strings.Contains(out.String(), secret) {
			t.Errorf("%s log leaks: %s", name, out.String())
		}
	}
}

func TestValueRefusesToMarshal(t *testing.T) {
	for _, x := range []any{phi.Hide(secret), struct{ V phi.Text }{phi.Hide(secret)}, map[phi.Text]int{phi.Hide(secret): 1}} {
		if out, err := json.Marshal(x); err == nil || !strings.Contains(err.Error(), phi.ErrMarshal.Error()) {
			t.Errorf("got %q, %v", out, err)
		}
	}
}

func keys(t *testing.T) *phi.Keys {
	t.Helper()
	doc, err := phi.NewKeyset()
	if err != nil {
		t.Fatal(err)
	}
	k, err := phi.ReadKeys(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestPseudonym(t *testing.T) {
	a, b := keys(t), keys(t)
	one := a.Pseudonym("contact", "x")
	if len(one) != 26 || strings.Trim(one, "abcdefghijkmnpqrstuvwxyz23456789") != "" {
		t.Errorf("not 26 unmistakable characters: %q", one)
	}
	if one != a.Pseudonym("contact", "x") {
		t.Error("the same value has two names")
	}
	for name, other := range map[string]string{"another value": a.Pseudonym("contact", "y"), "another purpose": a.Pseudonym("receipt", "x"), "another key": b.Pseudonym("contact", "x"), "a shifted border": a.Pseudonym("contac", "tx")} {
		if other == one {
			t.Errorf("%s has the same name", name)
		}
	}
}

func TestSealOpensOnlyForItsPurpose(t *testing.T) {
	k := keys(t)
	sealed, err := k.Seal("contact:a", []byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte(secret)) {
		t.Error("not encrypted")
	}
	if plain, err := k.Open("contact:a", sealed); err != nil || string(plain) != secret {
		t.Errorf("got %q, %v", plain, err)
	}
	if _, err := k.Open("contact:b", sealed); err == nil {
		t.Error("opened for another purpose")
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := k.Open("contact:a", sealed); err == nil {
		t.Error("opened although altered")
	}
}

func TestReadKeysRefusesWhatIsNoKeyset(t *testing.T) {
	for _, doc := range []string{"", "{}", "{}\n{}", "a\nb"} {
		if _, err := phi.ReadKeys(strings.NewReader(doc)); err == nil {
			t.Errorf("%q was read", doc)
		}
	}
}

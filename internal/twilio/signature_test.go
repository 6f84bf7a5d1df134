package twilio_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/url"
	"sort"
	"testing"

	"pgregory.net/rapid"

	"github.com/tellback/tellback/internal/twilio"
)

// signed computes a signature as Twilio's page describes it, from a list of pairs, with nothing of ours.
func signed(token, address string, pairs [][2]string) string {
	seen := map[[2]string]bool{}
	var distinct [][2]string
	for _, p := range pairs {
		if !seen[p] {
			seen[p] = true
			distinct = append(distinct, p)
		}
	}
	sort.Slice(distinct, func(i, j int) bool {
		if distinct[i][0] != distinct[j][0] {
			return distinct[i][0] < distinct[j][0]
		}
		return distinct[i][1] < distinct[j][1]
	})
	text := address
	for _, p := range distinct {
		text += p[0] + p[1]
	}
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func values(pairs [][2]string) url.Values {
	v := url.Values{}
	for _, p := range pairs {
		v.Add(p[0], p[1])
	}
	return v
}

// The published vectors: https://www.twilio.com/docs/usage/security (the first), and the test suites of Twilio's own
// libraries (twilio-php RequestValidatorTest, twilio-python test_request_validator): repeated names, ports, user names.
func TestPublishedVectors(t *testing.T) {
	call := [][2]string{
		{"CallSid", "CA1234567890ABCDE"}, {"Caller", "+14158675309"}, {"Digits", "1234"}, {"From", "+14158675309"}, {"To", "+18005551212"},
	}
	for _, c := range []struct {
		name, address, signature string
		pairs                    [][2]string
	}{
		{"the documented example", "https://mycompany.com/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", call},
		{"a port that was not signed", "https://mycompany.com:1234/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", call},
		{"another port, of http", "http://mycompany.com:1234/myapp.php?foo=1&bar=2", "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=", call},
		{"443 was signed", "https://mycompany.com/myapp.php?foo=1&bar=2", "kvajT1Ptam85bY51eRf/AJRuM3w=", call},
		{"80 was signed", "http://mycompany.com/myapp.php?foo=1&bar=2", "0ZXoZLH/DfblKGATFgpif+LLRf4=", call},
		{"user and password", "https://user:pass@mycompany.com/myapp.php?foo=1&bar=2", "CukzLTc1tT5dXEDIHm/tKBanW10=", call},
		{"user alone", "https://user@mycompany.com/myapp.php?foo=1&bar=2", "2YRLlVAflCqxaNicjMpJcSTgzSs=", call},
		{"user and port", "https://user:pass@mycompany.com/myapp.php?foo=1&bar=2", "ZQFR1PTIZXF2MXB8ZnKCvnnA+rI=", call},
		{
			"a name given several times", "https://mycompany.com/myapp.php?foo=1&bar=2", "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
			[][2]string{{"Sid", "CA123"}, {"SidAccount", "AC123"}, {"Digits", "5678"}, {"Digits", "1234"}, {"Digits", "1234"}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !twilio.NewValidator("12345").Valid(c.signature, c.address, values(c.pairs)) {
				t.Error("refused")
			}
			if twilio.NewValidator("12346").Valid(c.signature, c.address, values(c.pairs)) {
				t.Error("accepted with another token")
			}
		})
	}
}

func TestAnyOfSeveralTokens(t *testing.T) {
	pairs := [][2]string{{"Body", ""}, {"From", "+12125550171"}}
	s := signed("old", "https://x.org/sms/inbound", pairs)
	for _, c := range []struct {
		name   string
		tokens []string
		want   bool
	}{
		{"first", []string{"old", "new"}, true},
		{"last", []string{"new", "old"}, true},
		{"neither", []string{"new", "newer"}, false},
		{"none", nil, false},
		{"an empty one", []string{""}, false},
	} {
		if got := twilio.NewValidator(c.tokens...).Valid(s, "https://x.org/sms/inbound", values(pairs)); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if twilio.NewValidator("").Valid(signed("", "https://x.org/", nil), "https://x.org/", nil) {
		t.Error("an empty token is no token")
	}
}

func TestOneByteAltered(t *testing.T) {
	part := rapid.StringMatching(`[ -~é🎉]{0,12}`)
	rapid.Check(t, func(t *rapid.T) {
		pairs := [][2]string{}
		for range rapid.IntRange(1, 8).Draw(t, "n") {
			pairs = append(pairs, [2]string{"k" + part.Draw(t, "name"), part.Draw(t, "value")})
		}
		address := "https://x.org/sms/inbound?" + rapid.StringMatching(`[a-z=&]{0,8}`).Draw(t, "query")
		s := signed("12345", address, pairs)
		v := twilio.NewValidator("12345")
		if !v.Valid(s, address, values(pairs)) {
			t.Fatal("refused what is signed")
		}
		n := rapid.IntRange(0, len(pairs)-1).Draw(t, "which")
		altered := append([][2]string{}, pairs...)
		altered[n][1] += "x"
		if v.Valid(s, address, values(altered)) {
			t.Fatal("accepted an altered value")
		}
		if v.Valid(s, address+"x", values(pairs)) {
			t.Fatal("accepted another address")
		}
		b := []byte(s)
		b[rapid.IntRange(0, len(b)-3).Draw(t, "byte")] ^= 1
		if v.Valid(string(b), address, values(pairs)) {
			t.Fatal("accepted an altered signature")
		}
	})
}

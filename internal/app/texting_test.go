package app_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/questionnaire"
	"github.com/tellback/tellback/internal/questionnaire/questionnairetest"
)

// phone texts with the installation as a person would.
type phone struct {
	t      tb
	w      *town
	number string
	texts  int
}

// lateQuestion finds how a question is announced that was passed by.
var lateQuestion = regexp.MustCompile(`One more question|Falta una pregunta`)

// receiptIn finds the link that thanks come with.
var receiptIn = regexp.MustCompile(`/r/([a-z2-9]{26})`)

// text joins, answers each question as it is asked, and gives the receipt of what that told. Whatever comes in between ends the test.
func (w *town) text(t *rapid.T, said questionnaire.Answers, lang string) (receipt string) {
	p := &phone{t: t, w: w, number: fmt.Sprintf("+1646%07d", 2_000_000+*w.people)}
	p.send("Town")
	if lang != w.q.Languages[0] {
		p.send(map[string]string{"en": "English", "es": "Español"}[lang])
	}
	words := yes(lang)
	heard := p.send(words)
	given, now := questionnaire.Answers{}, noon.In(w.p.Location())
	for i := w.q.Next(given, ""); i != nil; i = w.q.Next(given, i.LinkID) {
		asked := w.q.Asked(i, given)
		if !asks(heard, asked, lang) {
			t.Fatalf("after %q %s is not asked in:\n%s", words, i.LinkID, heard)
		}
		if !i.Answerable() {
			continue
		}
		words = skip(lang)
		if next := w.q.Next(given, i.LinkID); len(i.Keys()) > 0 && next != nil && next.Answerable() && asks(heard, w.q.Asked(next, given), lang) {
			words = "-" // both are asked in one text, and SKIP would skip both
		}
		if vs := said[i.LinkID]; len(vs) > 0 {
			if words = "done"; asked.Type == questionnaire.Attachment {
				p.sendFiles(heard, lang, asked, vs)
			} else {
				words = questionnairetest.Told(t, w.q, asked, lang, vs, now)
			}
			given[i.LinkID] = vs
		}
		if m := receiptIn.FindStringSubmatch(heard); m != nil {
			t.Fatalf("%s was never answered", i.LinkID)
		}
		heard = p.send(words)
	}
	for range w.q.All() { // what only later answers brought up is asked in the end, and nothing was said to it
		if !lateQuestion.MatchString(heard) {
			break
		}
		heard = p.send(skip(lang))
	}
	m := receiptIn.FindStringSubmatch(heard)
	if m == nil {
		t.Fatalf("all is told, last %q, and there is no receipt in:\n%s", words, heard)
	}
	return m[1]
}

var linkIn = regexp.MustCompile(`/p/[a-z2-9]{26}`)

// sendFiles opens the link that a text came with, and sends files there.
func (p *phone) sendFiles(heard, lang string, i *questionnaire.Item, vs []questionnaire.Value) {
	p.t.Helper()
	b := &browser{t: p.t, w: p.w, lang: lang}
	address := linkIn.FindString(heard)
	if address == "" {
		p.t.Fatalf("%s comes without a link:\n%s", i.LinkID, heard)
	}
	b.open(p.w.do(httptest.NewRequest(http.MethodGet, address, nil)))
	b.attach(i, b.named("q."+i.LinkID), vs)
	if a := b.send(); a.Code != http.StatusSeeOther {
		p.t.Fatalf("%s: a file is answered with %d %s", i.LinkID, a.Code, a.Body)
	}
}

// asks says whether a question is in what was heard, in its own words or in those that it has beside others.
func asks(heard string, i *questionnaire.Item, lang string) bool {
	heard = program.Fold(heard)
	return strings.Contains(heard, program.Fold(i.Short.In(lang))) || len(i.Brief) > 0 && strings.Contains(heard, program.Fold(i.Brief.In(lang)))
}

func yes(lang string) string {
	if lang == "es" {
		return "Sí"
	}
	return "Yes"
}

func skip(lang string) string {
	if lang == "es" {
		return "Saltar"
	}
	return "skip"
}

func (p *phone) send(words string) (heard string) {
	p.t.Helper()
	p.texts++
	sum := sha256.Sum256(fmt.Append(nil, p.number, p.texts))
	form := url.Values{
		"MessageSid": {"SM" + hex.EncodeToString(sum[:16])}, "From": {p.number}, "To": {"+12125550100"}, "Body": {words}, "NumMedia": {"0"},
	}
	r := httptest.NewRequest(http.MethodPost, "/sms/inbound", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Twilio-Signature", signature(config().TwilioTokens[0], config().PublicURL+"/sms/inbound", form))
	a := p.w.do(r)
	var out struct {
		Message []string `xml:"Message"`
	}
	if err := xml.Unmarshal(a.Body.Bytes(), &out); a.Code != http.StatusOK || err != nil {
		p.t.Fatalf("%q is answered with %d %s", words, a.Code, a.Body)
	}
	for _, m := range out.Message {
		if utf8.RuneCountInString(m) > 1600 {
			p.t.Fatalf("a text of %d characters can't be sent", utf8.RuneCountInString(m))
		}
	}
	return strings.Join(out.Message, " ")
}

// signature is Twilio's, as Twilio documents it, apart from our own code.
func signature(token, address string, form url.Values) string {
	names := make([]string, 0, len(form))
	for n := range form {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		address += n + form.Get(n)
	}
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(address))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

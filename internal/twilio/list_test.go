package twilio_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/twilio"
)

// messages is a Twilio that lists messages, newest first, a few a page.
type messages struct {
	all   []map[string]any
	size  int
	asked []string
}

func (m *messages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.asked = append(m.asked, r.URL.String())
	w.Header().Set("Content-Type", "application/json")
	if !strings.HasSuffix(r.URL.Path, "/Messages.json") {
		sid := strings.TrimSuffix(r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:], ".json")
		for _, one := range m.all {
			if one["sid"] == sid {
				_ = json.NewEncoder(w).Encode(one)
				return
			}
		}
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"code":20404,"message":"The requested resource was not found","status":404}`)
		return
	}
	first, _ := strconv.Atoi(r.URL.Query().Get("PageToken"))
	page := map[string]any{"messages": m.all[first:min(first+m.size, len(m.all))], "next_page_uri": nil}
	if first+m.size < len(m.all) {
		page["next_page_uri"] = fmt.Sprintf("/2010-04-01/Accounts/AC1/Messages.json?PageSize=%d&Page=1&PageToken=%d", m.size, first+m.size)
	}
	_ = json.NewEncoder(w).Encode(page)
}

var noon = time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC)

func listed(sid, direction string, age time.Duration) map[string]any {
	at := noon.Add(-age).Format(time.RFC1123Z)
	return map[string]any{
		"sid": sid, "direction": direction, "from": "+12125550171", "to": "+12125550100", "body": "words of " + sid, "num_media": "0",
		"date_created": at, "date_sent": at, "status": "received",
	}
}

func lister(t *testing.T, m *messages, change func(*twilio.Account)) *twilio.Sender {
	t.Helper()
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	a := account(server.URL)
	if change != nil {
		change(&a)
	}
	s, err := twilio.NewSender(a)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestReceived(t *testing.T) {
	m := &messages{size: 2}
	for n, direction := range []string{"inbound", "outbound-api", "inbound", "outbound-reply", "inbound", "inbound", "inbound", "inbound"} {
		m.all = append(m.all, listed(fmt.Sprint("SM", n), direction, time.Duration(n)*time.Minute))
	}
	picture := m.all[2]
	picture["body"], picture["num_media"], picture["date_sent"] = "", "1", nil
	m.all[4]["body"] = ""
	m.all[5]["from"] = "+1212555XXXX"
	for n := range 9 {
		m.all = append(m.all, listed(fmt.Sprint("SMold", n), "inbound", 3*time.Hour))
	}
	s := lister(t, m, nil)
	got, err := s.Received(context.Background(), noon.Add(-6*time.Minute), noon)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range got {
		names = append(names, fmt.Sprintf("%s %s media=%d redacted=%v %s", r.SID, r.Handed.Format("15:04"), r.Media, r.Redacted, r.Sent.Format("15:04")))
	}
	if d := cmp.Diff([]string{
		"SM2 11:58 media=1 redacted=false 11:58", "SM4 11:56 media=0 redacted=true 11:56",
		"SM5 11:55 media=0 redacted=true 11:55", "SM6 11:54 media=0 redacted=false 11:54",
	}, names); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if got[0].From.Reveal() != "+12125550171" || got[3].Body.Reveal() != "words of SM6" {
		t.Error("not what was received")
	}
	if len(m.asked) != 5 {
		t.Errorf("%d pages were read, and the fifth is all too old", len(m.asked))
	}
	for _, want := range []string{"To=%2B12125550100", "DateSent%3E=2026-10-05T11%3A54%3A00Z", "PageSize=500"} {
		if !strings.Contains(m.asked[0], want) {
			t.Errorf("%s lacks %s", m.asked[0], want)
		}
	}
	t.Run("of all numbers of a service", func(t *testing.T) {
		m.asked = nil
		if _, err := lister(t, m, func(a *twilio.Account) { a.MessagingServiceSID = "MG1" }).Received(context.Background(), noon.Add(-time.Minute), noon); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(m.asked[0], "To=") {
			t.Error(m.asked[0])
		}
	})
}

func TestSent(t *testing.T) {
	m := &messages{size: 50, all: []map[string]any{
		listed("SM1", "outbound-api", 0), listed("SM2", "outbound-reply", time.Minute), listed("SM3", "inbound", time.Minute), listed("SM4", "outbound-api", time.Hour),
	}}
	got, err := lister(t, m, nil).Sent(context.Background(), phi.Hide(to), noon.Add(-time.Minute+300*time.Millisecond))
	if err != nil || len(got) != 2 || got[0].SID != "SM1" || got[1].Body != "words of SM2" {
		t.Errorf("%v %v", got, err)
	}
}

func TestArrived(t *testing.T) {
	m := &messages{all: []map[string]any{listed("SM1", "inbound", time.Hour), {"sid": "SM2"}}}
	s := lister(t, m, nil)
	if at, err := s.Arrived(context.Background(), "SM1"); err != nil || !at.Equal(noon.Add(-time.Hour)) {
		t.Error(at, err)
	}
	for _, sid := range []string{"SM2", "SM9"} {
		if _, err := s.Arrived(context.Background(), sid); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: %v", sid, err)
		}
	}
}

// A part of a list is never taken for the whole.
func TestAListThatFails(t *testing.T) {
	for status, kind := range map[int]fault.Kind{429: fault.TooMany, 500: fault.Unavailable, 401: fault.Unavailable} {
		pages := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if pages++; pages == 1 {
				first := &messages{size: 1, all: []map[string]any{listed("SM1", "inbound", 0), listed("SM2", "inbound", 0)}}
				first.ServeHTTP(w, r)
				return
			}
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"code":20003,"message":"canary","status":%d}`, status)
		}))
		s, err := twilio.NewSender(account(server.URL))
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Received(context.Background(), noon.Add(-time.Hour), noon.Add(time.Hour))
		if fault.KindOf(err) != kind || got != nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%d: %v %v", status, got, err)
		}
		server.Close()
	}
}

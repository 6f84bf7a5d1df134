package main

import (
	"bytes"
	"context"
	crypto "crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/tellback/tellback/internal/conversation"
	"github.com/tellback/tellback/internal/intake"
	"github.com/tellback/tellback/internal/learning"
	"github.com/tellback/tellback/internal/participant"
	"github.com/tellback/tellback/internal/personal"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/program"
	"github.com/tellback/tellback/internal/sms"
	"github.com/tellback/tellback/internal/table/dynamo"
	"github.com/tellback/tellback/internal/table/dynamo/standin"
	"github.com/tellback/tellback/schemas"
)

// Units are what calls used, in DynamoDB's read and write units.
type Units struct{ Read, Write float64 }

func (u Units) plus(v Units) Units { return Units{u.Read + v.Read, u.Write + v.Write} }

func (u Units) per(n int) Units { return Units{u.Read / float64(n), u.Write / float64(n)} }

// scale adds up what all calls used since it was last emptied, by table.
type scale struct {
	mu   sync.Mutex
	used map[string]Units
}

func (s *scale) add(u dynamo.Use) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used[u.Table] = s.used[u.Table].plus(Units{u.Read, u.Write})
}

// empty is what was used since the last time, by table and in all.
func (s *scale) empty() (used map[string]Units, all Units) {
	s.mu.Lock()
	defer s.mu.Unlock()
	used, s.used = s.used, map[string]Units{}
	for _, u := range used {
		all = all.plus(u)
	}
	return used, all
}

// house is the hot path over three new tables on a DynamoDB server, with the programs of schemas/ and a clock of its own.
type house struct {
	desk     *intake.Desk
	registry *participant.Registry
	texting  *sms.Service
	catalog  *program.Catalog
	reports  *dynamo.Table
	changes  *standin.Stream
	learning *dynamo.Table
	scale    *scale
	random   *rand.Rand
	clock    time.Time

	learningName  string
	texts, people int
	in, out       int // segments, each way
}

func build(ctx context.Context, endpoint string) (*house, error) {
	h := &house{scale: &scale{used: map[string]Units{}}, clock: time.Now().UTC(), random: rand.New(rand.NewPCG(1, 2))}
	cfg := aws.Config{
		Region: "us-east-1", BaseEndpoint: &endpoint, HTTPClient: &http.Client{Timeout: 20 * time.Second},
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	}
	suffix := crypto.Text()
	h.learningName = "learning-" + suffix
	open := func(name string, streamed bool) (*dynamo.Table, error) {
		t := dynamo.Open(cfg, name+"-"+suffix, time.Now, dynamo.WithMeter(h.scale.add))
		return t, standin.CreateTable(ctx, cfg, t, streamed)
	}
	var people *dynamo.Table
	var err error
	if h.reports, err = open("reports", true); err != nil {
		return nil, err
	}
	if people, err = open("people", false); err != nil {
		return nil, err
	}
	if h.learning, err = open("learning", false); err != nil {
		return nil, err
	}
	if h.changes, err = standin.OpenStream(ctx, cfg, h.reports); err != nil {
		return nil, err
	}
	doc, err := phi.NewKeyset()
	if err != nil {
		return nil, err
	}
	keys, err := phi.ReadKeys(bytes.NewReader(doc))
	if err != nil {
		return nil, err
	}
	if h.catalog, err = program.Load(schemas.FS); err != nil {
		return nil, err
	}
	now := func() time.Time { return h.clock }
	h.desk = intake.New(h.reports, keys, h.catalog)
	h.desk.Now = now
	h.registry = participant.New(people, keys)
	receipt := func(key string) string { return "https://tell.example.org/r/" + string(h.desk.ReceiptFor(key)) }
	h.texting = &sms.Service{
		People: people, Keys: keys, Registry: h.registry, Desk: h.desk, Links: &personal.Links{People: people, Keys: keys, Now: now},
		Machine: conversation.Machine{Catalog: h.catalog, ReceiptURL: receipt},
		Sender:  counter{h}, Dispatcher: counter{h},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: now,
	}
	return h, nil
}

// text says one text from a number, and counts the segments of it and of what is replied.
func (h *house) text(ctx context.Context, from, body string) error {
	h.texts++
	h.clock = h.clock.Add(30 * time.Second)
	replies, err := h.texting.Inbound(ctx, sms.Message{SID: fmt.Sprintf("SM%032x", h.texts), From: phi.Hide(from), To: "+12125550100", Body: phi.Hide(body)})
	h.in += program.Segments(body)
	for _, r := range replies {
		h.out += program.Segments(r)
	}
	return err
}

// counter is the gateway to the carriers: it counts segments and sends nothing.
type counter struct{ h *house }

func (c counter) Send(_ context.Context, _ phi.Text, body string) (string, error) {
	c.h.texts++
	c.h.out += program.Segments(body)
	return fmt.Sprintf("SM%032x", c.h.texts), nil
}

func (c counter) Dispatch(ctx context.Context, o sms.Outgoing) (string, error) {
	return c.Send(ctx, o.To, o.Body)
}

func (h *house) ledger() *learning.Ledger { return learning.NewLedger(h.learning) }

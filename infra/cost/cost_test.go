package main

import (
	"context"
	"testing"

	"github.com/tellback/tellback/infra/tools/dynoxide"
)

// What a report may cost. These are counts that DynamoDB bills, not times: the same run gives the same.
func TestNothingCostsMoreThanItMay(t *testing.T) {
	server, err := dynoxide.Start("")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	rows, err := measure(context.Background(), server.Endpoint, 1)
	if err != nil {
		t.Fatal(err)
	}
	bounds := map[string]Units{
		rowKilobyte:   {Write: 4, Read: 1},
		rowFifth:      {Write: 4, Read: 1},
		rowText:       {Write: 1, Read: 1},
		rowForm:       {Write: 8, Read: 1},
		rowInvited:    {Write: 25, Read: 22},
		rowTogether:   {Write: 19, Read: 12},
		rowTelling:    {Write: 4 + 1, Read: 4}, // the report and the conversation; it reads the contact and the participant as well
		rowLedger15:   {Write: 0.5, Read: 0.5},
		rowLedger1500: {Write: 0.05, Read: 0.05},
	}
	segments := map[string][2]float64{rowInvited: {7, 5}, rowTogether: {3, 1}} // out and in, at most
	for _, r := range rows {
		t.Log(r)
		if most, bounded := segments[r.name]; bounded && (r.out > most[0] || r.in > most[1] || r.out == 0) {
			t.Errorf("%s: %v segments out and %v in, at most %v and %v", r.name, r.out, r.in, most[0], most[1])
		}
		bound, bounded := bounds[r.name]
		if !bounded {
			continue
		}
		delete(bounds, r.name)
		if r.Write > bound.Write || r.Read > bound.Read {
			t.Errorf("%s: %v write and %v read units, at most %v and %v", r.name, r.Write, r.Read, bound.Write, bound.Read)
		}
		if r.Write == 0 {
			t.Errorf("%s: nothing was written, or nothing was metered", r.name)
		}
	}
	for name := range bounds {
		t.Errorf("%s was not measured", name)
	}
}

// A story of exactly a kilobyte is the largest that may cost four: the length that is worked out must be the server's.
func TestAKilobyteIsOne(t *testing.T) {
	server, err := dynoxide.Start("")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	ctx := context.Background()
	h, err := build(ctx, server.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	length, err := h.kilobyte(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for over, want := range []float64{4, 6} {
		h.scale.empty()
		if _, _, err := h.desk.Submit(ctx, h.story(length+over)); err != nil {
			t.Fatal(err)
		}
		if _, used := h.scale.empty(); used.Write != want {
			t.Errorf("%d bytes over a kilobyte: %v write units, want %v", over, used.Write, want)
		}
	}
}

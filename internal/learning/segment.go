package learning

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/tellback/tellback/internal/compact"
	"github.com/tellback/tellback/internal/table/stream"
)

// interval is a run of a shard's sequence numbers, both ends included, of which every change has been counted.
type interval struct{ first, last string }

// segment is one item of the ledger: part of the totals of one shard, and which of its changes they count. The newest
// segment of a shard is rewritten until it is over [segmentSize]; an older one never changes again.
type segment struct {
	number  int
	version int64 // as stored; 0 when it isn't yet
	size    int   // of the stored body

	max     string // the largest sequence number that this segment or an older one counts
	counted []interval
	cells   Cells
}

func (s *segment) counts(sequence string) bool {
	return slices.ContainsFunc(s.counted, func(i interval) bool {
		return stream.Compare(i.first, sequence) <= 0 && stream.Compare(sequence, i.last) <= 0
	})
}

// count records that all of i is counted, joining intervals that overlap. (Neighbours can't be joined: sequence numbers
// have gaps, so nothing says that no change lies between two runs.)
func (s *segment) count(i interval) {
	if s.max == "" || stream.Compare(i.last, s.max) > 0 {
		s.max = i.last
	}
	all := append(slices.Clone(s.counted), i)
	slices.SortFunc(all, func(a, b interval) int { return stream.Compare(a.first, b.first) })
	s.counted = all[:1]
	for _, next := range all[1:] {
		open := &s.counted[len(s.counted)-1]
		switch {
		case stream.Compare(next.first, open.last) > 0:
			s.counted = append(s.counted, next)
		case stream.Compare(next.last, open.last) > 0:
			open.last = next.last
		}
	}
}

// The stored form is small in three ways, since a segment is rewritten with every batch: keys are nested, sequence numbers
// are differences in base 36, and the whole is shrunk. Segments of format 1 are the document as it is; they are still read.
type stored struct {
	Format int    `json:"f"`           // 1, or 2 where all the rest is in Small
	Small  []byte `json:"z,omitempty"` // a document of format 1
}

// small is how segments are shrunk. What it is made with belongs to format 2: another needs another format.
var small = compact.New(`"missing":{"proxy":{"origin=open":{"":[{"completed":2,"relation=parent","channel=api":"age=unknown":` +
	`"true":1,"false":1,"started":1,"invited":1,"-":"origin=known":{"":[{"language=es":{"":[{"channel=sms":{"":[{"channel=web":{"":[{` +
	`"age=65-plus\u0026language=en":{"age=40-64\u0026language=es":{"age=18-39":{"":[{"completed":1},1,0,0,0,1],"score:` +
	`":[{},1,0,1000,1000000],"":[{"no":1},1],"":[{"well":1},1,0,2000,4000000],"very-":1,"so-so":2},3,0,5000,9000000],"` +
	`{"f":1,"max":"100000000000000000000000000","seq":"","c":{"":{"":{"1":{"2026-10":{"self":{"":{"":[{"completed":`)

type document struct {
	Format  int    `json:"f"` // 1
	Max     string `json:"max"`
	Counted string `json:"seq"` // first, last, first, last, …, each as its distance from the one before
	// Cells: program → questionnaire → version → period → perspective → group → item → totals.
	Cells map[string]map[string]map[string]map[string]map[string]map[string]map[string]row `json:"c"`
}

// row is a cell as [bins, participants, missing, Σx, Σx², reports, synthetic, unsummed], zeros at the end left out.
type row Totals

func (r row) MarshalJSON() ([]byte, error) {
	bins := r.Bins
	if bins == nil {
		bins = map[string]int64{}
	}
	out := []any{bins, r.Participants, r.Missing, r.Sum, r.Sum2, r.Reports, r.Synthetic, r.Unsummed}
	for len(out) > 1 && out[len(out)-1] == int64(0) {
		out = out[:len(out)-1]
	}
	return json.Marshal(out)
}

func (r *row) UnmarshalJSON(raw []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(raw, &parts); err != nil {
		return err
	}
	into := []any{&r.Bins, &r.Participants, &r.Missing, &r.Sum, &r.Sum2, &r.Reports, &r.Synthetic, &r.Unsummed}
	if len(parts) == 0 || len(parts) > len(into) {
		return fmt.Errorf("learning: a cell of %d parts", len(parts))
	}
	for i, part := range parts {
		if err := json.Unmarshal(part, into[i]); err != nil {
			return err
		}
	}
	if len(r.Bins) == 0 {
		r.Bins = nil
	}
	return nil
}

func (s *segment) encode() ([]byte, error) {
	out := document{Format: 1, Max: s.max, Cells: map[string]map[string]map[string]map[string]map[string]map[string]map[string]row{}}
	var err error
	if out.Counted, err = packed(s.counted); err != nil {
		return nil, err
	}
	for k, t := range s.cells {
		within(within(within(within(within(within(out.Cells, k.Program), k.Questionnaire), k.Version), k.Period), k.Perspective), k.Group)[k.Item] = row(t)
	}
	plain, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	less, err := small.Shrink(plain)
	if err != nil {
		return nil, fmt.Errorf("learning: segment of %d bytes: %w", len(plain), err)
	}
	return json.Marshal(stored{Format: 2, Small: less})
}

// within is the map under key, made if it isn't there.
func within[V any](m map[string]map[string]V, key string) map[string]V {
	inner, ok := m[key]
	if !ok {
		inner = map[string]V{}
		m[key] = inner
	}
	return inner
}

func decodeSegment(body []byte) (*segment, error) {
	var out stored
	if err := json.Unmarshal(body, &out); err != nil {
		return nil, err
	}
	plain := body
	if out.Format == 2 {
		var err error
		if plain, err = small.Expand(out.Small); err != nil {
			return nil, fmt.Errorf("learning: segment: %w", err)
		}
	}
	var in document
	if err := json.Unmarshal(plain, &in); err != nil {
		return nil, err
	}
	if in.Format != 1 {
		return nil, fmt.Errorf("learning: segment format %d", in.Format)
	}
	counted, err := unpacked(in.Counted)
	if err != nil {
		return nil, err
	}
	s := &segment{size: len(body), max: in.Max, counted: counted, cells: Cells{}}
	for program, m := range in.Cells {
		for questionnaire, m := range m {
			for version, m := range m {
				for period, m := range m {
					for perspective, m := range m {
						for group, m := range m {
							for item, t := range m {
								s.cells[Key{program, questionnaire, version, period, perspective, group, item}] = Totals(t)
							}
						}
					}
				}
			}
		}
	}
	return s, nil
}

func packed(counted []interval) (string, error) {
	var out []string
	before := new(big.Int)
	for _, i := range counted {
		for _, sequence := range []string{i.first, i.last} {
			n, ok := new(big.Int).SetString(sequence, 10)
			if !ok || n.Cmp(before) < 0 {
				return "", fmt.Errorf("learning: sequence %q isn't a number in order", sequence)
			}
			out = append(out, new(big.Int).Sub(n, before).Text(36))
			before = n
		}
	}
	return strings.Join(out, " "), nil
}

func unpacked(s string) ([]interval, error) {
	var out []interval
	at := new(big.Int)
	first := ""
	for n, word := range strings.Fields(s) {
		d, ok := new(big.Int).SetString(word, 36)
		if !ok || d.Sign() < 0 {
			return nil, errors.New("learning: counted sequences can't be read")
		}
		at.Add(at, d)
		if n%2 == 0 {
			first = at.String()
			continue
		}
		out = append(out, interval{first, at.String()})
		first = ""
	}
	if first != "" {
		return nil, errors.New("learning: counted sequences end in the middle")
	}
	return out, nil
}

// Package export writes a release in the formats that programme staff pull. It reads sealed releases and nothing else.
package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/release"
)

// Format is a format's name, as it stands in ?format=.
type Format string

// The formats.
const (
	CSV    Format = "csv"    // RFC 4180, one figure a line, with a header
	JSON   Format = "json"   // the sealed document itself, byte for byte
	NDJSON Format = "ndjson" // one figure a line
)

// Formats are all formats, the default first.
var Formats = []Format{CSV, JSON, NDJSON}

// ContentType is the media type of a format.
func (f Format) ContentType() string {
	switch f {
	case CSV:
		return "text/csv; charset=utf-8; header=present"
	case NDJSON:
		return "application/x-ndjson"
	}
	return "application/json"
}

// Selection narrows what is exported; empty fields take everything.
type Selection struct {
	Questionnaire string // id
	By            string // a breakdown of the release, "age" or "age,language"; "everyone" for no breakdown
}

// everyone selects the rows without a breakdown.
const everyone = "everyone"

// columns are the CSV's, one figure a line (tidy data: Wickham, J. Stat. Softw. 59(10), 2014).
var columns = []string{
	"program", "release", "period", "questionnaire", "version", "perspective", "item", "item_label",
	"breakdown", "breakdown_value", "measure", "answer_code", "answer_label", "value", "suppressed", "synthetic",
}

// Parse reads a format's name; "" is CSV.
func Parse(name string) (Format, error) {
	f := Format(strings.ToLower(name))
	if f == "" {
		return CSV, nil
	}
	if !slices.Contains(Formats, f) {
		return "", fault.New(fault.Malformed, fmt.Sprintf("There is no format of that name. There are: %s.", names()))
	}
	return f, nil
}

func names() string {
	var all []string
	for _, f := range Formats {
		all = append(all, string(f))
	}
	return strings.Join(all, ", ")
}

// Write gives the selected part of r in a format. sealed are r's sealed bytes. Every selected row is in it, the
// suppressed ones without a value.
func Write(r release.Release, sealed []byte, s Selection, f Format) ([]byte, error) {
	if f == JSON {
		if s != (Selection{}) {
			return nil, fault.New(fault.Malformed, "The JSON format is the sealed document, whole. Leave out questionnaire and by, or ask for csv or ndjson.")
		}
		return sealed, nil
	}
	rows, err := s.rows(r)
	if err != nil {
		return nil, err
	}
	if f == NDJSON {
		return ndjson(r, rows)
	}
	return tidy(r, rows)
}

func (s Selection) rows(r release.Release) ([]release.Row, error) {
	if s.Questionnaire != "" && !slices.ContainsFunc(r.Questionnaires, func(q release.Questionnaire) bool { return q.ID == s.Questionnaire }) {
		return nil, fault.New(fault.NotFound, "This release has nothing of that questionnaire.")
	}
	by := strings.ReplaceAll(s.By, ",", "&")
	if by != "" && by != everyone && !slices.ContainsFunc(r.Rows, func(row release.Row) bool { return row.Breakdown == by }) {
		return nil, fault.New(fault.NotFound, fmt.Sprintf("This release is not broken down that way. It is by: %s.", strings.Join(breakdowns(r), "; ")))
	}
	var out []release.Row
	for _, row := range r.Rows {
		if s.Questionnaire != "" && row.Questionnaire != s.Questionnaire {
			continue
		}
		if by == "" || row.Breakdown == by || by == everyone && row.Breakdown == "" {
			out = append(out, row)
		}
	}
	return out, nil
}

func breakdowns(r release.Release) []string {
	out := []string{everyone}
	for _, row := range r.Rows {
		if b := strings.ReplaceAll(row.Breakdown, "&", ","); b != "" && !slices.Contains(out, b) {
			out = append(out, b)
		}
	}
	return out
}

func tidy(r release.Release, rows []release.Row) ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	if err := w.Write(columns); err != nil {
		return nil, err
	}
	for _, row := range rows {
		fields := []string{
			r.Program, strconv.Itoa(r.Number), r.Period.ID, row.Questionnaire, row.Version, row.Perspective, row.Item, row.ItemLabel,
			row.Breakdown, row.BreakdownValue, string(row.Measure), row.AnswerCode, row.AnswerLabel, row.Value,
			strconv.FormatBool(row.Suppressed), strconv.FormatBool(r.Synthetic),
		}
		for i := range fields {
			fields[i] = inert(fields[i])
		}
		if err := w.Write(fields); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

// inert keeps a label from being taken for a formula by a spreadsheet (OWASP, CSV Injection). Numbers stay numbers.
func inert(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return "'" + s
}

// line is a row as NDJSON shows it, with what the document says of all rows.
type line struct {
	Program   string `json:"program"`
	Release   int    `json:"release"`
	Period    string `json:"period"`
	Synthetic bool   `json:"synthetic"`
	release.Row
}

func ndjson(r release.Release, rows []release.Row) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	for _, row := range rows {
		if err := enc.Encode(line{r.Program, r.Number, r.Period.ID, r.Synthetic, row}); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

// Package release closes a period: it takes what the ledger holds, decides what may be shown, seals that and adds it to the
// chain of the program's learning record. Everything that staff or the public ever see comes from here.
//
// What may be shown. For each version of a questionnaire and each perspective, all counts of the release are one linked
// problem for package disclosure: the people in each group of the menu, what they answered to each item, who answered
// it, who did not and who was not asked, and every sum that joins them, across answers and across groups. Nothing is
// published that isn't in that problem or derived from what it shows:
//
//   - A percentage needs its answer's count and the number who answered, both shown, so it tells nothing more.
//   - An item's mean needs every answer's count in that group, so it can be computed from what is shown.
//   - A lesson needs the counts of its answers and the number who answered, and at least 30 of them.
//   - A score's mean is put together from its items' means, so it needs every answer's count of each.
//
// A group whose size is hidden shows none of its answers, not even zeros: a zero would say something of a handful of
// people. That holds whether it is hidden for being small or to protect another, so that the two look the same.
// When the number of all who completed is hidden, nothing of that questionnaire and perspective is shown.
//
// A breakdown whose values don't add up to everyone (it was added to the menu in the middle of the period) is left out
// of the release. Values that the program no longer knows count as unknown.
//
// A period in which nobody completed anything has no release. Once a period is released, older ones stay closed.
package release

import (
	"context"
	"errors"
	"fmt"
	"regexp"
)

// Format names the form of a sealed document.
const Format = "tellback-release/1"

// Release is the document that is sealed. It holds strings and integers only, so that its canonical form is the same everywhere.
type Release struct {
	Format         string                       `json:"format"`
	Program        string                       `json:"program"`
	Number         int                          `json:"number"`
	Period         Period                       `json:"period"`
	Published      string                       `json:"published"` // RFC 3339, UTC
	Previous       string                       `json:"previous"`  // lower-case hex SHA-256 of the release before; "" for the first
	Rule           Rule                         `json:"rule"`
	Synthetic      bool                         `json:"synthetic"` // some or all of the people are made up, for a demonstration
	Language       string                       `json:"language"`  // of the rows' labels
	Questionnaires []Questionnaire              `json:"questionnaires"`
	Rows           []Row                        `json:"rows"`
	Lessons        []Lesson                     `json:"lessons"`
	Labels         map[string]map[string]string `json:"labels"` // by language; keys as [ItemLabel], [AnswerLabel], [BreakdownLabel] and [ValueLabel] make them

	Seal string `json:"-"` // lower-case hex SHA-256 of the document's bytes
}

// Period is the period that a release is of. Start and End are RFC 3339 in the program's time zone; End is not part of it.
type Period struct {
	ID    string `json:"id"`
	Start string `json:"start"`
	End   string `json:"end"`
}

// Rule is by what rule counts were protected.
type Rule struct {
	Name      string `json:"name"`
	Version   int    `json:"version"`
	Threshold int64  `json:"threshold"` // counts from 1 to this are never shown or derivable
	Reach     int64  `json:"reach"`
	Span      int64  `json:"span"`
}

// Questionnaire is an instrument whose answers a release holds.
type Questionnaire struct {
	ID      string            `json:"id"`
	Version string            `json:"version"`
	Hash    string            `json:"hash"`
	Title   map[string]string `json:"title"`
}

// Row is one published figure, or the place of one that isn't shown. Program, release and period are the document's;
// they are there for tidy exports and aren't repeated in the sealed bytes.
type Row struct {
	Program        string  `json:"-"`
	Release        int     `json:"-"`
	Period         string  `json:"-"`
	Questionnaire  string  `json:"questionnaire"`
	Version        string  `json:"version"`
	Perspective    string  `json:"perspective"`
	Item           string  `json:"item,omitempty"` // a linkId, "score:" and a score's id, or "" for the people
	ItemLabel      string  `json:"itemLabel,omitempty"`
	Breakdown      string  `json:"breakdown,omitempty"`      // "" for everyone, "age", "age&language", "origin"
	BreakdownValue string  `json:"breakdownValue,omitempty"` // "18-39", "18-39&es", "open"
	Measure        Measure `json:"measure"`
	AnswerCode     string  `json:"answerCode,omitempty"`
	AnswerLabel    string  `json:"answerLabel,omitempty"`
	Value          string  `json:"value,omitempty"` // "" if and only if Suppressed
	Suppressed     bool    `json:"suppressed,omitempty"`
}

// Measure says what a row's value is.
type Measure string

// The measures. The first six are of people (Item ""), the others of items and scores.
const (
	Invited     Measure = "invited"      // were asked at all, whatever came of it
	Started     Measure = "started"      // began, whether or not they finished
	Completed   Measure = "completed"    // finished
	InvitedOnly Measure = "invited-only" // never began
	StartedOnly Measure = "started-only" // began and did not finish
	People      Measure = "people"       // finished and are in the group
	Answered    Measure = "answered"     // answered the item, or have the score
	Missing     Measure = "missing"      // were asked and did not answer, or have too few answers for the score
	NotAsked    Measure = "not-asked"    // the item did not apply to what they answered before
	Count       Measure = "count"        // gave the answer
	Percent     Measure = "percent"      // of those who answered, "0-5", "6" … "94", "95-100"
	Mean        Measure = "mean"         // of the answers' ordinals, or of the score, with one decimal
)

// Own is the AnswerCode of answers in people's own words to an open choice.
const Own = "other"

// Lesson is one plain sentence from a release.
type Lesson struct {
	Questionnaire string            `json:"questionnaire"`
	Item          string            `json:"item"`
	InTen         int               `json:"inTen"` // 0 to 10
	Text          map[string]string `json:"text"`  // by language
}

// ItemLabel is the key of an item's or score's label in [Release].Labels.
func ItemLabel(questionnaire, version, item string) string {
	return "item/" + questionnaire + "/" + version + "/" + item
}

// AnswerLabel is the key of an answer's label.
func AnswerLabel(questionnaire, version, item, code string) string {
	return ItemLabel(questionnaire, version, item) + "/" + code
}

// BreakdownLabel is the key of a breakdown source's label ("age").
func BreakdownLabel(source string) string { return "by/" + source }

// ValueLabel is the key of the label of one value of a source.
func ValueLabel(source, value string) string { return "by/" + source + "/" + value }

// Archive keeps sealed documents under names as [CheckName] wants them, for good. Put stores once: the same bytes again
// are fine, other bytes are [ErrExists] and change nothing; when it returns nil the bytes survive a crash. Get gives what Put stored,
// fault.NotFound where there is nothing. Both are safe for concurrent use.
type Archive interface {
	Put(ctx context.Context, name string, data []byte) error
	Get(ctx context.Context, name string) ([]byte, error)
}

// ErrExists is what Put of other bytes under a name that is taken gets.
var ErrExists = errors.New("release: something else is archived under that name")

var archived = regexp.MustCompile(`^([a-z][a-z0-9-]{0,63})/([0-9]{6})\.(json|note)$`)

// CheckName refuses what isn't "<program>/000001.json" or "<program>/000001.note", so that no name leads out of its folder.
func CheckName(name string) error {
	if !archived.MatchString(name) {
		return fmt.Errorf("release: %q isn't a name of the archive", name)
	}
	return nil
}

func documentName(program string, number int) string {
	return fmt.Sprintf("%s/%06d.json", program, number)
}

func noteName(program string, number int) string { return fmt.Sprintf("%s/%06d.note", program, number) }

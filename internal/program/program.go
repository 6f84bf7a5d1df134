// Package program is a program's configuration: a community that collects reports, loaded from files and checked.
package program

import (
	"time"

	"github.com/tellback/tellback/internal/questionnaire"
)

// Program is one community. It is immutable and safe for concurrent use.
type Program struct {
	ID        string                  `json:"id"` // [a-z][a-z0-9-]{1,31}
	Name      questionnaire.Localized `json:"name"`
	Purpose   questionnaire.Localized `json:"purpose"` // one sentence: what this is
	Organizer questionnaire.Localized `json:"organizer"`
	Languages []string                `json:"languages"` // the first is the default
	TimeZone  string                  `json:"timeZone"`  // IANA name
	Country   string                  `json:"country"`   // ISO 3166-1 alpha-2: how numbers are read, whose crisis line is named
	JoinWords []string                `json:"joinWords"` // any of them, by text, joins
	// JoinLanguages says which join words begin in another language than the default: {"RIO": "es"}.
	JoinLanguages map[string]string       `json:"joinLanguages"`
	Help          questionnaire.Localized `json:"help"` // who to ask: a phone number or address
	Consent       Consent                 `json:"consent"`
	Uses          []Use                   `json:"questionnaires"`
	Story         string                  `json:"story"` // the questionnaire (one text item) that free words become a report of
	// StoryVersion is needed only where Story has several versions and isn't among Uses.
	StoryVersion string      `json:"storyVersion"`
	Attributes   []Attribute `json:"attributes"`
	Breakdowns   [][]string  `json:"breakdowns"` // menu: each one or two of the attributes' ids, "language", "channel", "relation"
	Period       string      `json:"period"`     // "month" (default) or "week" (ISO)
	LagDays      int         `json:"lagDays"`    // days after a period's end before its release
	Threshold    int         `json:"threshold"`  // the smallest count that may be shown, less one: 10 (default) hides 1–10; never below 5
	OpenForm     bool        `json:"openForm"`   // whether anyone may answer on the web without a personal link
	Lessons      []Lesson    `json:"lessons"`
	Crisis       Crisis      `json:"crisis"`
	Outreach     Outreach    `json:"outreach"`

	location *time.Location
	story    Use // how Story is used where Uses doesn't say
	menu     [][]string
	values   map[string][]string   // by source
	despair  map[string][][]string // Crisis.Words by language, folded, word by word
}

// Consent is what people agree to; Version changes whenever a text does.
type Consent struct {
	Version string                  `json:"version"`
	Text    questionnaire.Localized `json:"text"` // for the web: what, who sees what, not for emergencies
	SMS     questionnaire.Localized `json:"sms"`  // the same in one text message's words, message rates included
}

// Role is who a participant is to the program.
type Role string

// The roles.
const (
	Patient   Role = "patient"
	Caregiver Role = "caregiver"
)

// Use is how a program uses one questionnaire.
type Use struct {
	Questionnaire string `json:"questionnaire"` // id
	Version       string `json:"version"`
	Roles         []Role `json:"roles"`     // who answers it about themselves
	Proxy         bool   `json:"proxy"`     // whether a caregiver may answer it about a patient
	FirstDay      int    `json:"firstDay"`  // days after joining until the first text invitation; 0 at once, −1 never by text
	EveryDays     int    `json:"everyDays"` // days between invitations; 0: only once
	OneByOne      bool   `json:"oneByOne"`  // never several of its questions in one text, not even where they share a scale
	// Days and RRule are calendars, one of which may take EveryDays' place: dates, or a [Rule] counted from joining. With a
	// FirstDay above 0 they count from that day on.
	Days   []string `json:"days"`
	RRule  string   `json:"rrule"`
	At     string   `json:"at"` // "10:00", by the clock where the participant lives
	Remind Remind   `json:"remind"`

	minute int
	days   []time.Time
	rule   Rule
}

// Remind is how often an invitation that was not fully answered is repeated.
type Remind struct {
	AfterDays int `json:"afterDays"` // days after the invitation, and after each reminder
	Most      int `json:"most"`      // reminders of one invitation; 0: none
}

// Attribute is something about a participant that breakdowns may use, asked once at joining; always optional.
type Attribute struct {
	ID      string                  `json:"id"`
	Text    questionnaire.Localized `json:"text"`
	Options []AttributeOption       `json:"options"`
}

// AttributeOption is one permitted value of an attribute.
type AttributeOption struct {
	Code  string                  `json:"code"`
	Label questionnaire.Localized `json:"label"`
	// Numbers are the first and the last whole number that the option stands for, where it is a range: [18, 39]. Whoever
	// texts one of them ("35" to "How old are you?") has chosen it.
	Numbers []int `json:"numbers"`
	// TimeZone is where those live who choose the option, by its IANA name: their hours are kept, not the program's.
	TimeZone string `json:"timeZone"`

	location *time.Location
}

// Holding is the option in whose range n is; ok is false when none says that it is.
func (a Attribute) Holding(n int) (o AttributeOption, ok bool) {
	for _, o := range a.Options {
		if len(o.Numbers) == 2 && o.Numbers[0] <= n && n <= o.Numbers[1] {
			return o, true
		}
	}
	return AttributeOption{}, false
}

// Lesson is a sentence template for one share: "In {month}, {share} people said …" ({share} becomes "6 in 10").
type Lesson struct {
	Questionnaire string                  `json:"questionnaire"`
	Item          string                  `json:"item"`
	Codes         []string                `json:"codes"` // answers that count towards the share
	Text          questionnaire.Localized `json:"text"`  // has {month} and {share}
}

// Crisis is what happens when words of despair arrive: a fixed reply, before any parsing, and an alert.
type Crisis struct {
	Words map[string][]string     `json:"words"` // by language; folded before comparing
	Reply questionnaire.Localized `json:"reply"`
}

// Outreach bounds what the program texts of its own accord.
type Outreach struct {
	QuietFrom  string `json:"quietFrom"`  // "20:00" where the participant lives: no texts from here …
	QuietUntil string `json:"quietUntil"` // "09:00" … until here
	PerWeek    int    `json:"perWeek"`    // texts to one person in seven days, of all programs together
	PerDay     int    `json:"perDay"`     // texts of the whole program in a day
	// SegmentPrice is what one segment costs, and the other two are the most that may be spent on segments of the
	// program's own accord; "" is no bound.
	SegmentPrice  string `json:"segmentPrice"`
	SpendPerDay   string `json:"spendPerDay"`
	SpendPerMonth string `json:"spendPerMonth"`

	price, perDay, perMonth Money
}

// Location is the program's time zone.
func (p *Program) Location() *time.Location { return p.location }

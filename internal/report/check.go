package report

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/tellback/tellback/internal/fault"
)

// MaxAbout is how long a caregiver's word for the patient may be, in characters.
const MaxAbout = 60

// Reference begins an About that is a system's own reference to the patient, no word of a person's: it keeps patients apart
// and is shown to nobody.
const Reference = "ref:"

// maxAttributes is how many attributes a report may have.
const maxAttributes = 10

// Check judges the shape of a draft, before anything is known of its program or questionnaire. Issues are in the order
// of the fields, one each; Where is the field's name with a small first letter. Codes: required, unknown-option, too-long,
// too-many, wrong-form. An issue names fields, rules and limits, never a value.
func (d Draft) Check() []fault.Issue {
	var c check
	c.text("key", d.Key, 300)
	c.text("program", d.Program, 32)
	c.text("questionnaire", d.Questionnaire, 64)
	c.short("version", d.Version, 32)
	if c.text("participant", d.Participant, 64) && !alphanumeric(d.Participant) {
		c.add("participant", "wrong-form", "participant may have only letters and digits.")
	}
	c.oneOf("perspective", string(d.Perspective), "self", "proxy")
	if d.Perspective == Proxy && d.Relation == "" {
		c.add("relation", "required", "relation is missing: when somebody else answers, say who they are to the patient.")
	} else if d.Relation != "" {
		c.oneOf("relation", d.Relation, Relations...)
	}
	c.oneOf("role", d.Role, "patient", "caregiver")
	c.oneOf("channel", string(d.Channel), "sms", "web", "api")
	c.oneOf("origin", string(d.Origin), "known", "open")
	if c.text("language", d.Language, 35) {
		if _, err := language.Parse(d.Language); err != nil {
			c.add("language", "wrong-form", "language must be a language tag such as en or es-MX.")
		}
	}
	c.attributes(d.Attributes)
	if d.At.IsZero() {
		c.add("at", "required", "at is missing.")
	}
	if long(d.About.Reveal(), MaxAbout) {
		c.limit("about", "too-long", MaxAbout, "about is too long: a first name is enough, 60 characters at most.")
	}
	return c.issues
}

// check gathers issues.
type check struct{ issues []fault.Issue }

func (c *check) add(where, code, text string) {
	c.issues = append(c.issues, fault.Issue{Where: where, Code: code, Text: text})
}

func (c *check) limit(where, code string, most int, text string) {
	c.issues = append(c.issues, fault.Issue{Where: where, Code: code, Args: map[string]string{"max": strconv.Itoa(most)}, Text: text})
}

// text says whether a field is there and no longer than it may be.
func (c *check) text(field, value string, most int) bool {
	if value == "" {
		c.add(field, "required", field+" is missing.")
		return false
	}
	return c.short(field, value, most)
}

func (c *check) short(field, value string, most int) bool {
	if long(value, most) {
		c.limit(field, "too-long", most, field+" is too long: "+strconv.Itoa(most)+" characters at most.")
		return false
	}
	return true
}

func (c *check) oneOf(field, value string, options ...string) {
	if !slices.Contains(options, value) {
		c.add(field, "unknown-option", field+" must be one of: "+strings.Join(options, ", ")+".")
	}
}

// attributes are named by the sender in words of its own: an issue shows only that one of them is too long.
func (c *check) attributes(all map[string]string) {
	if len(all) > maxAttributes {
		c.limit("attributes", "too-many", maxAttributes, "There are too many attributes: 10 at most.")
		return
	}
	for name, value := range all {
		if long(name, 32) || long(value, 32) {
			c.limit("attributes", "too-long", 32, "A name or value in attributes is too long: 32 characters at most.")
			return
		}
	}
}

// long counts characters, and does not count far: a text of megabytes is long at once.
func long(text string, most int) bool {
	return len(text) > utf8.UTFMax*most || utf8.RuneCountInString(text) > most
}

func alphanumeric(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) < 0
}

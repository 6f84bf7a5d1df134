package app

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tellback/tellback/internal/fault"
)

// Config is what a function is told by its environment. A field that its function has no use for is empty.
type Config struct {
	PublicURL string // scheme and host that people and Twilio use, without a slash at the end

	TwilioAccount   string   // AC…
	TwilioTokens    []string // auth tokens, any of which may have signed; the first one sends
	TwilioFrom      string   // E.164, or empty with a messaging service
	TwilioMessaging string   // MG…
	TwilioPerSecond int      // segments that the number may send in a second
	TwilioAPI       string   // where api.twilio.com's stand-in is; empty in production

	OIDCIssuer string
	OIDCClient string
	OIDCSecret string

	Clients map[string]string // API client → lower-case hex SHA-256 of its secret
}

// setting is one environment variable: who needs it, and how it gets into the Config.
type setting struct {
	variable string
	need     []Name // must be set for these
	use      []Name // may be set for these
	read     func(c *Config, value string) error
}

var settings = []setting{
	{"TELLBACK_PUBLIC_URL", []Name{SMS, Web, Outreach, Export}, nil, func(c *Config, v string) (err error) { c.PublicURL, err = origin(v); return }},
	{"TELLBACK_TWILIO_ACCOUNT_SID", []Name{SMS, Outreach}, nil, func(c *Config, v string) error {
		c.TwilioAccount = v
		return match(v, "AC", "an account SID: AC and 32 characters")
	}},
	{"TELLBACK_TWILIO_AUTH_TOKEN", []Name{SMS, Outreach}, nil, func(c *Config, v string) error { c.TwilioTokens = list(v); return nil }},
	{"TELLBACK_TWILIO_FROM", nil, []Name{SMS, Outreach}, func(c *Config, v string) error { c.TwilioFrom = v; return number(v) }},
	{"TELLBACK_TWILIO_MESSAGING_SERVICE_SID", nil, []Name{SMS, Outreach}, func(c *Config, v string) error {
		c.TwilioMessaging = v
		return match(v, "MG", "a messaging service SID: MG and 32 characters")
	}},
	{"TELLBACK_TWILIO_SEGMENTS_PER_SECOND", nil, []Name{Outreach}, func(c *Config, v string) (err error) {
		if c.TwilioPerSecond, err = strconv.Atoi(v); err != nil || c.TwilioPerSecond < 1 || c.TwilioPerSecond > 1000 {
			return fmt.Errorf("a number from 1 to 1000: what Twilio lets your number or messaging service send")
		}
		return nil
	}},
	{"TELLBACK_TWILIO_API_URL", nil, []Name{SMS, Outreach}, func(c *Config, v string) (err error) { c.TwilioAPI, err = origin(v); return }},
	{"TELLBACK_OIDC_ISSUER", []Name{Export}, nil, func(c *Config, v string) error { c.OIDCIssuer = v; _, err := origin(v); return err }},
	{"TELLBACK_OIDC_CLIENT_ID", []Name{Export}, nil, func(c *Config, v string) error { c.OIDCClient = v; return nil }},
	{"TELLBACK_OIDC_CLIENT_SECRET", nil, []Name{Export}, func(c *Config, v string) error { c.OIDCSecret = v; return nil }},
	{"TELLBACK_API_CLIENTS", nil, []Name{Web}, func(c *Config, v string) (err error) { c.Clients, err = clients(v); return }},
}

// Variables are the environment variables that a function reads, in order.
func Variables(n Name) []string {
	var out []string
	for _, s := range settings {
		if slices.Contains(s.need, n) || slices.Contains(s.use, n) {
			out = append(out, s.variable)
		}
	}
	return out
}

// Read reads the configuration of one function and reports everything wrong with it together. Values are never quoted
// in an error: some are secrets.
func Read(n Name, getenv func(string) string) (Config, error) {
	var c Config
	var issues []fault.Issue
	for _, s := range settings {
		needed := slices.Contains(s.need, n)
		if !needed && !slices.Contains(s.use, n) {
			continue
		}
		value := strings.TrimSpace(getenv(s.variable))
		if value == "" {
			if needed {
				issues = append(issues, fault.Issue{Where: s.variable, Code: "required", Text: s.variable + " must be set."})
			}
			continue
		}
		if err := s.read(&c, value); err != nil {
			issues = append(issues, fault.Issue{Where: s.variable, Code: "wrong-form", Text: fmt.Sprintf("%s must be %v.", s.variable, err)})
		}
	}
	if (n == SMS || n == Outreach) && c.TwilioFrom == "" && c.TwilioMessaging == "" {
		issues = append(issues, fault.Issue{Where: "TELLBACK_TWILIO_FROM", Code: "required", Text: "TELLBACK_TWILIO_FROM or TELLBACK_TWILIO_MESSAGING_SERVICE_SID must be set."})
	}
	if len(issues) == 0 {
		return c, nil
	}
	var all []string
	for _, i := range issues {
		all = append(all, i.Text)
	}
	return c, fault.New(fault.Invalid, "The configuration is not complete. "+strings.Join(all, " "), issues...)
}

func origin(v string) (string, error) {
	u, err := url.Parse(v)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", fmt.Errorf("an address such as https://tell.example.org")
	}
	return strings.TrimRight(v, "/"), nil
}

func match(v, prefix, want string) error {
	if len(v) != 34 || !strings.HasPrefix(v, prefix) {
		return fmt.Errorf("%s", want)
	}
	return nil
}

// number checks the form of E.164 only: a list of the world's numbering plans would put a function that needs it above 6 MB.
func number(v string) error {
	digits, ok := strings.CutPrefix(v, "+")
	if !ok || len(digits) < 8 || len(digits) > 15 || digits[0] == '0' || strings.Trim(digits, "0123456789") != "" {
		return fmt.Errorf("a phone number such as +12025550100")
	}
	return nil
}

func list(v string) []string {
	var out []string
	for _, s := range strings.Split(v, ",") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func clients(v string) (map[string]string, error) {
	out := map[string]string{}
	for _, entry := range list(v) {
		name, sum, ok := strings.Cut(entry, "=")
		raw, err := hex.DecodeString(sum)
		if !ok || name == "" || err != nil || len(raw) != 32 {
			return nil, fmt.Errorf("name=hex pairs with commas between, each hex the SHA-256 of a client's secret")
		}
		out[name] = strings.ToLower(sum)
	}
	return out, nil
}

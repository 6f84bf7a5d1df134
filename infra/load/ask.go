package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

func sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

// text posts one signed inbound text and gives the TwiML.
func text(ctx context.Context, c *http.Client, base, sid, from, body string) (string, error) {
	form := url.Values{"MessageSid": {sid}, "From": {from}, "To": {"+12025550100"}, "Body": {body}, "NumMedia": {"0"}, "AccountSid": {"AC00000000000000000000000000000000"}}
	var names []string
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	mac := hmac.New(sha1.New, []byte(token))
	_, _ = io.WriteString(mac, base+"/sms/inbound")
	for _, name := range names {
		_, _ = io.WriteString(mac, name+form.Get(name))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/sms/inbound", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Twilio-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return do(c, r, http.StatusOK)
}

// post sends one report through the API and gives its receipt.
func post(ctx context.Context, c *http.Client, base, key, subject string, answers map[string]any) (receipt string, replayed bool, err error) {
	body, err := json.Marshal(map[string]any{"questionnaire": "weekly-check-in", "subject": subject, "answers": answers,
		"consent": map[string]any{"given": true, "textVersion": "2026-10"}})
	if err != nil {
		return "", false, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/v1/programs/river/reports", strings.NewReader(string(body)))
	if err != nil {
		return "", false, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+clientSecret)
	r.Header.Set("Idempotency-Key", key)
	resp, err := c.Do(r)
	if err != nil {
		return "", false, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", false, err
	}
	if resp.StatusCode != http.StatusCreated {
		return "", false, fmt.Errorf("%s: %s", resp.Status, raw)
	}
	var out struct{ Receipt string }
	if err := json.Unmarshal(raw, &out); err != nil {
		return "", false, err
	}
	return out.Receipt, resp.Header.Get("Idempotent-Replayed") == "true", nil
}

func get(ctx context.Context, c *http.Client, address string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	return do(c, r, http.StatusOK)
}

func do(c *http.Client, r *http.Request, want int) (string, error) {
	resp, err := c.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	if resp.StatusCode != want {
		return "", fmt.Errorf("%s %s: %s", r.Method, r.URL.Path, resp.Status)
	}
	return string(raw), nil
}

package twilio

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tellback/tellback/internal/fault"
	"github.com/tellback/tellback/internal/phi"
	"github.com/tellback/tellback/internal/sms"
)

// largestBody is what a webhook's form may measure; Twilio's are a few kilobytes.
const largestBody = 64 << 10

// Service is what texts and receipts are handed to. An error means that nothing is sure, and that Twilio has to deliver
// again.
type Service interface {
	Inbound(ctx context.Context, m sms.Message) (replies []string, err error)
	Status(ctx context.Context, r sms.Receipt) error
}

// NewHandler serves POST /sms/inbound and POST /sms/status. publicURL is the origin that Twilio is told to call
// ("https://reports.example.org"): it is part of what is signed, and never taken from the request's Host.
func NewHandler(svc Service, tokens []string, publicURL string) http.Handler {
	h := &handler{svc: svc, validator: NewValidator(tokens...), origin: strings.TrimRight(publicURL, "/")}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sms/inbound", h.inbound)
	mux.HandleFunc("POST /sms/status", h.status)
	return mux
}

type handler struct {
	svc       Service
	validator *Validator
	origin    string
}

func (h *handler) inbound(w http.ResponseWriter, r *http.Request) {
	form, err := h.signed(w, r)
	if err != nil {
		refuse(w, err)
		return
	}
	m, err := message(form)
	if err != nil {
		refuse(w, err)
		return
	}
	replies, err := h.svc.Inbound(r.Context(), m)
	if err != nil {
		refuse(w, err)
		return
	}
	body := TwiML(replies)
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(body)
}

// message is the text that a webhook's form brings.
func message(form url.Values) (sms.Message, error) {
	sid := form.Get("MessageSid")
	if sid == "" {
		return sms.Message{}, fault.New(fault.Malformed, "MessageSid is missing.")
	}
	media, _ := strconv.Atoi(form.Get("NumMedia"))
	return sms.Message{
		SID: sid, From: phi.Hide(form.Get("From")), To: form.Get("To"), Body: phi.Hide(form.Get("Body")),
		OptOutType: form.Get("OptOutType"), Media: media,
	}, nil
}

func (h *handler) status(w http.ResponseWriter, r *http.Request) {
	form, err := h.signed(w, r)
	if err != nil {
		refuse(w, err)
		return
	}
	sid := form.Get("MessageSid")
	if sid == "" {
		refuse(w, fault.New(fault.Malformed, "MessageSid is missing."))
		return
	}
	err = h.svc.Status(r.Context(), sms.Receipt{
		SID: sid, Status: form.Get("MessageStatus"), Code: form.Get("ErrorCode"), To: phi.Hide(form.Get("To")),
		Ref: r.URL.Query().Get("text"), // signed with the address
	})
	if err != nil {
		refuse(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

var errForged = fault.New(fault.Forbidden, "This is not signed by Twilio with a token that is known here.")

// forged notes a request without a valid signature: many of them mean that somebody tries, or that a token or the public
// URL is wrong and people's texts are being refused. An alarm counts this line. The caller chose everything in the
// request, so nothing of it is logged.
func forged(ctx context.Context) error {
	slog.WarnContext(ctx, "a webhook was not signed by Twilio")
	return errForged
}

// signed reads the form of a request that Twilio signed. Nothing is made of it before the signature is checked.
func (h *handler) signed(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	signatures := r.Header.Values("X-Twilio-Signature")
	if len(signatures) != 1 || signatures[0] == "" {
		return nil, forged(r.Context())
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, fault.New(fault.Unsupported, "Send a form: application/x-www-form-urlencoded.")
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, fault.New(fault.TooLarge, "The form is too large.")
	}
	if err != nil {
		return nil, fault.Wrap(fault.Malformed, errBroken, "The form could not be read.")
	}
	address := h.origin + r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		address += "?" + r.URL.RawQuery
	}
	form, err := h.validator.form(signatures[0], address, string(raw))
	if errors.Is(err, errForged) {
		return nil, forged(r.Context())
	}
	return form, err
}

// form reads a form that Twilio signed when it posted it to an address.
func (v *Validator) form(signature, address, raw string) (url.Values, error) {
	form, malformed := url.ParseQuery(raw)
	if !v.Valid(signature, address, form) {
		return nil, errForged
	}
	if malformed != nil {
		return nil, fault.New(fault.Malformed, "The form is malformed.")
	}
	// The signature covers each parameter's values without their order, so with two the order would be anybody's choice.
	for _, name := range []string{"MessageSid", "From", "To", "Body", "OptOutType", "MessageStatus", "ErrorCode"} {
		if len(form[name]) > 1 {
			return nil, fault.New(fault.Malformed, "A parameter that comes once came twice.")
		}
	}
	return form, nil
}

// errBroken stands for a transport error, which could quote the request.
var errBroken = errors.New("twilio: the request broke off")

// refuse answers with the status that Twilio acts on: on any 5xx it calls its fallback, or delivers again. An internal
// failure is one that the same text may not meet again.
func refuse(w http.ResponseWriter, err error) {
	if k := fault.KindOf(err); k == fault.Internal || k.Status() >= 500 || k == fault.Conflict || k == fault.TooMany {
		w.Header().Set("Retry-After", "1")
		err = fault.Wrap(fault.Unavailable, err, "This could not be done just now. Please deliver it again.")
	}
	fault.WriteProblem(w, err)
}

package rehearsal

import (
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// openTwilio stands in for Twilio's API: it has received no texts, and takes every one that it is given.
func openTwilio() (*http.Server, string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.Method == http.MethodPost:
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, `{"sid":"SM00000000000000000000000000000099"}`)
		case strings.HasSuffix(r.URL.Path, "/Messages.json"):
			_, _ = io.WriteString(w, `{"messages":[]}`)
		default:
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"code":20404,"status":404}`)
		}
	})}
	go func() { _ = server.Serve(listener) }()
	return server, "http://" + listener.Addr().String(), nil
}

package rehearsal

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// quiet says nothing of connections that functions break off: they are ended at will.
var quiet = log.New(io.Discard, "", 0)

// Region is the only one that [Amazon] knows.
const Region = "us-east-1"

// Amazon stands in for what functions call in AWS. It is reached as a proxy, so that a function dials the names that it
// dials in production, and shows a certificate of its own for them. Tables are those of a real DynamoDB server behind it;
// secrets and objects are its own.
type Amazon struct {
	Proxy        string // address for HTTPS_PROXY
	Certificates string // a file for AWS_CA_BUNDLE: the authorities that functions trust, and ours

	secrets map[string]string // by path
	tables  http.Handler
	proxy   *http.Server
	inside  *http.Server
	tunnels tunnels
	folder  string

	mu      sync.Mutex
	objects map[string][]byte // by path
	calls   []string
	held    chan struct{} // while it is open, tables don't answer
}

// OpenAmazon listens at a free port of this machine. endpoint is the DynamoDB server's.
func OpenAmazon(endpoint string, secrets map[string]string) (*Amazon, error) {
	server, err := url.Parse(endpoint)
	if err != nil {
		return nil, err
	}
	root, err := checkout()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "rehearsal")
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	a := &Amazon{
		Proxy: "http://" + l.Addr().String(), Certificates: filepath.Join(folder, "certificates.pem"), folder: folder,
		secrets: secrets, objects: map[string][]byte{}, tunnels: tunnels{conns: make(chan net.Conn), addr: l.Addr(), closed: make(chan struct{})},
		tables: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(server) }, ErrorLog: quiet},
	}
	certificate, err := certify(root, a.Certificates)
	if err != nil {
		return nil, errors.Join(err, l.Close(), os.RemoveAll(folder))
	}
	a.proxy = &http.Server{Handler: http.HandlerFunc(a.connect), ErrorLog: quiet}
	a.inside = &http.Server{Handler: a, ErrorLog: quiet}
	go func() { _ = a.proxy.Serve(l) }()
	go func() {
		_ = a.inside.Serve(tls.NewListener(&a.tunnels, &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"http/1.1"}}))
	}()
	return a, nil
}

// Close ends every connection.
func (a *Amazon) Close() {
	a.Answer()
	_ = a.proxy.Close()
	_ = a.inside.Close()
	_ = os.RemoveAll(a.folder)
}

// Calls are what has been asked for since the last time, in order: "dynamodb GetItem", "ssm GetParameters", "s3 GET".
func (a *Amazon) Calls() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	calls := a.calls
	a.calls = nil
	return calls
}

// Hold keeps tables from answering until [Amazon.Answer].
func (a *Amazon) Hold() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.held == nil {
		a.held = make(chan struct{})
	}
}

// Answer ends a Hold.
func (a *Amazon) Answer() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.held != nil {
		close(a.held)
		a.held = nil
	}
}

// connect turns a CONNECT into a connection to ourselves.
func (a *Amazon) connect(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		http.Error(w, "only HTTPS goes through here", http.StatusBadRequest)
		return
	}
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		_ = conn.Close()
		return
	}
	a.tunnels.give(tunnel{conn, rw.Reader})
}

func (a *Amazon) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	service, held := strings.SplitN(r.Host, ".", 2)[0], a.note(r.Host, r.Method, operation)
	switch {
	case strings.Contains(r.Host, "s3."+Region):
		a.object(w, r)
	case service == "ssm":
		a.parameters(w, r)
	case service == "dynamodb":
		if held != nil {
			select {
			case <-held:
			case <-r.Context().Done():
				return
			}
		}
		a.tables.ServeHTTP(w, r)
	default:
		http.Error(w, "no such service", http.StatusBadGateway)
	}
}

func (a *Amazon) note(host, method, operation string) (held chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	call := strings.SplitN(host, ".", 2)[0] + " " + operation
	if strings.Contains(host, "s3."+Region) {
		call = "s3 " + method
	}
	a.calls = append(a.calls, call)
	return a.held
}

// parameters answers Parameter Store's GetParameters, whatever the signature.
func (a *Amazon) parameters(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Names          []string
		WithDecryption bool
	}
	if err := json.NewDecoder(r.Body).Decode(&ask); err != nil || !ask.WithDecryption || len(ask.Names) == 0 || len(ask.Names) > 10 {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type":"ValidationException","message":"from one to ten names, decrypted"}`)
		return
	}
	type parameter struct{ Name, Type, Value string }
	var answer struct {
		Parameters        []parameter
		InvalidParameters []string
	}
	for _, name := range ask.Names {
		if value, ok := a.secrets[name]; ok {
			answer.Parameters = append(answer.Parameters, parameter{name, "SecureString", value})
		} else {
			answer.InvalidParameters = append(answer.InvalidParameters, name)
		}
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	_ = json.NewEncoder(w).Encode(answer)
}

// object answers S3's GetObject and conditional PutObject.
func (a *Amazon) object(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	data, there := a.objects[r.URL.Path]
	refuse := func(status int, code string) {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<Error><Code>"+code+"</Code></Error>")
	}
	switch {
	case r.Method == http.MethodGet && there:
		_, _ = w.Write(data)
	case r.Method == http.MethodGet:
		refuse(http.StatusNotFound, "NoSuchKey")
	case r.Method == http.MethodPut && there && r.Header.Get("If-None-Match") == "*":
		refuse(http.StatusPreconditionFailed, "PreconditionFailed")
	case r.Method == http.MethodPut:
		data, err := io.ReadAll(r.Body)
		if err != nil {
			refuse(http.StatusBadRequest, "IncompleteBody")
			return
		}
		a.objects[r.URL.Path] = data
	default:
		refuse(http.StatusNotImplemented, "NotImplemented")
	}
}

// tunnels is a listener of the connections that a proxy was asked for.
type tunnels struct {
	conns  chan net.Conn
	addr   net.Addr
	closed chan struct{}
	once   sync.Once
}

func (t *tunnels) give(c net.Conn) {
	select {
	case t.conns <- c:
	case <-t.closed:
		_ = c.Close()
	}
}

func (t *tunnels) Accept() (net.Conn, error) {
	select {
	case c := <-t.conns:
		return c, nil
	case <-t.closed:
		return nil, net.ErrClosed
	}
}

func (t *tunnels) Close() error   { t.once.Do(func() { close(t.closed) }); return nil }
func (t *tunnels) Addr() net.Addr { return t.addr }

// tunnel reads first what the proxy has read ahead.
type tunnel struct {
	net.Conn
	ahead *bufio.Reader
}

func (t tunnel) Read(p []byte) (int, error) { return t.ahead.Read(p) }

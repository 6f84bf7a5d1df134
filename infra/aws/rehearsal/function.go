// Package rehearsal runs functions on this machine as Lambda would: the very binary, started in the environment that it
// has in production, fed through the Runtime API, with stand-ins for what it calls in AWS. Tests and measurements use it.
package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Function is a process that takes events over the Runtime API, one at a time.
type Function struct {
	process *exec.Cmd
	began   time.Time
	server  *http.Server
	said    transcript
	next    chan invocation
	ready   chan struct{} // closed at the first next
	ended   chan struct{} // closed when the process is gone

	mu      sync.Mutex
	first   time.Time
	count   int
	answers map[string]chan Answer
}

type invocation struct {
	id       string
	event    []byte
	deadline time.Time
}

// Answer is what a function said to an event.
type Answer struct {
	Body   []byte
	Failed bool // it called this an error
}

// ErrEnded is that the process ended before it answered.
var ErrEnded = errors.New("rehearsal: the function's process ended")

// Start runs a bootstrap in an environment and nothing else of this process's. It dies with this process.
func Start(bootstrap string, environment []string) (*Function, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &Function{
		process: exec.Command(bootstrap),
		next:    make(chan invocation), ready: make(chan struct{}), ended: make(chan struct{}), answers: map[string]chan Answer{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", f.give)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", func(w http.ResponseWriter, r *http.Request) { f.take(w, r, false) })
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", func(w http.ResponseWriter, r *http.Request) { f.take(w, r, true) })
	f.server = &http.Server{Handler: mux}
	go func() { _ = f.server.Serve(l) }()
	f.process.Env = append([]string{"AWS_LAMBDA_RUNTIME_API=" + l.Addr().String()}, environment...)
	f.process.Stdout, f.process.Stderr = &f.said, &f.said
	f.process.SysProcAttr = &unix.SysProcAttr{Pdeathsig: unix.SIGKILL}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // the process dies with the thread that started it: this one, which waits for its end
		defer runtime.UnlockOSThread()
		f.began = time.Now()
		err := f.process.Start()
		if started <- err; err == nil {
			_ = f.process.Wait()
			_ = f.server.Close()
			close(f.ended)
		}
	}()
	if err := <-started; err != nil {
		return nil, errors.Join(err, f.server.Close())
	}
	return f, nil
}

// give answers next: it waits for an event.
func (f *Function) give(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	if f.first.IsZero() {
		f.first = time.Now()
		close(f.ready)
	}
	f.mu.Unlock()
	select {
	case i := <-f.next:
		h := w.Header()
		h.Set("Lambda-Runtime-Aws-Request-Id", i.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(i.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:"+Region+":000000000000:function:rehearsal")
		h.Set("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=0")
		h.Set("Content-Type", "application/json")
		_, _ = w.Write(i.event)
	case <-r.Context().Done():
	}
}

func (f *Function) take(w http.ResponseWriter, r *http.Request, failed bool) {
	body, err := io.ReadAll(r.Body)
	f.mu.Lock()
	answer, known := f.answers[r.PathValue("id")]
	delete(f.answers, r.PathValue("id"))
	f.mu.Unlock()
	if err != nil || !known {
		http.Error(w, "no such invocation", http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusAccepted)
	answer <- Answer{body, failed}
}

// Ready waits for the first next and says how long after its start the process asked for it.
func (f *Function) Ready(ctx context.Context) (time.Duration, error) {
	select {
	case <-f.ready:
		return f.first.Sub(f.began), nil
	case <-f.ended:
		return 0, fmt.Errorf("%w before it was ready: %s", ErrEnded, f.Log())
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// Invoke hands over one event and waits for the answer. As in Lambda, nobody stops the function at the deadline that it is
// told but itself; unlike there, it isn't killed then.
func (f *Function) Invoke(ctx context.Context, event []byte, deadline time.Time) (Answer, error) {
	f.mu.Lock()
	f.count++
	i := invocation{fmt.Sprintf("00000000-0000-4000-8000-%012d", f.count), event, deadline}
	answer := make(chan Answer, 1)
	f.answers[i.id] = answer
	f.mu.Unlock()
	next := f.next
	for {
		select {
		case next <- i:
			next = nil
		case a := <-answer:
			return a, nil
		case <-f.ended:
			select {
			case a := <-answer:
				return a, nil
			default:
				return Answer{}, ErrEnded
			}
		case <-ctx.Done():
			return Answer{}, ctx.Err()
		}
	}
}

// Wait waits for the end of the process and gives its exit code, or -1 when a signal ended it.
func (f *Function) Wait(ctx context.Context) (int, error) {
	select {
	case <-f.ended:
		return f.process.ProcessState.ExitCode(), nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// Stop asks the process to end, as Lambda does with SIGTERM, and kills it after the two seconds that Lambda gives.
func (f *Function) Stop() {
	_ = f.process.Process.Signal(unix.SIGTERM)
	select {
	case <-f.ended:
	case <-time.After(2 * time.Second):
		_ = f.process.Process.Kill()
		<-f.ended
	}
}

// Log is what the process has printed.
func (f *Function) Log() string { return f.said.String() }

// Resident is the most memory that the process has had, in bytes.
func (f *Function) Resident() (int64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", f.process.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return n << 10, err
		}
	}
	return 0, errors.New("rehearsal: the system doesn't say how much memory a process has")
}

// transcript keeps what a process prints.
type transcript struct {
	mu  sync.Mutex
	all strings.Builder
}

func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all.Write(p)
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all.String()
}

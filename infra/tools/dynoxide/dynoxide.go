// Package dynoxide starts the DynamoDB server that npm delivers into infra/tools: for tests, for benchmarks and for
// running locally on the production engine. It speaks DynamoDB's API, streams and transactions included; it emulates
// neither throttling nor conflicts nor expiry.
package dynoxide

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// Variable names another server to use instead: an address such as http://127.0.0.1:8000.
const Variable = "TELLBACK_DYNAMODB_ENDPOINT"

// Server is a DynamoDB server that answers at Endpoint until it is stopped.
type Server struct {
	Endpoint string
	stop     func()
}

// Stop ends the server if it was started here. It may be called more than once.
func (s *Server) Stop() { s.stop() }

// Start starts a server on a free port of this machine and waits until it answers. file is where it keeps its data; with ""
// it keeps them in memory. Where [Variable] is set, that server is used and nothing is started. A server that is started dies
// with this process, even when that is killed, and until then another is refused its file (on Linux).
func Start(file string) (*Server, error) {
	if given := os.Getenv(Variable); given != "" {
		if !answers(given) {
			return nil, fmt.Errorf("no server answers at %s, which %s names", given, Variable)
		}
		return &Server{given, func() {}}, nil
	}
	binary, err := install()
	if err != nil {
		return nil, err
	}
	unlock := func() {}
	if file != "" {
		if unlock, err = lock(file+".lock", false); err != nil {
			return nil, fmt.Errorf("%s is in use by another process: %w", file, err)
		}
	}
	var s *Server
	for range 5 { // another process may take the port that was free
		if s, err = start(binary, file); err == nil {
			kill := s.stop
			s.stop = sync.OnceFunc(func() { kill(); unlock() })
			return s, nil
		}
	}
	unlock()
	return nil, err
}

// install is the server's file: the one of this folder's npm packages, installed now if it isn't there, or "dynoxide" on the
// PATH, where "npm install -g dynoxide" puts it on machines that the lockfile has no package for.
func install() (string, error) {
	tools, err := folder()
	if err != nil {
		return "", err
	}
	binary := filepath.Join(tools, "node_modules", "@dynoxide", platform(), "dynoxide")
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	if found, err := exec.LookPath("dynoxide"); err == nil {
		return found, nil
	}
	unlock, err := lock(filepath.Join(tools, ".install.lock"), true)
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(binary); err == nil {
		return binary, nil // installed while this process waited
	}
	npm := exec.Command("npm", "ci", "--ignore-scripts")
	npm.Dir = tools
	if out, err := npm.CombinedOutput(); err != nil {
		return "", fmt.Errorf("a DynamoDB server is needed. Run infra/tools/setup, or point %s to a server: %w\n%s", Variable, err, out)
	}
	if _, err := os.Stat(binary); err != nil {
		return "", fmt.Errorf("a DynamoDB server is needed and the lockfile has none for %s: run \"npm install -g dynoxide\", or point %s to a server", platform(), Variable)
	}
	return binary, nil
}

// platform is this machine's, as npm's packages are called.
func platform() string {
	arch := map[string]string{"amd64": "x64"}[runtime.GOARCH]
	if arch == "" {
		arch = runtime.GOARCH
	}
	return runtime.GOOS + "-" + arch
}

// folder is infra/tools of this checkout: beside this file, or above the working directory when the build trimmed paths.
func folder() (string, error) {
	if _, source, _, ok := runtime.Caller(0); ok && filepath.IsAbs(source) {
		if tools := filepath.Dir(filepath.Dir(source)); isFolder(tools) {
			return tools, nil
		}
	}
	at, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if tools := filepath.Join(at, "infra", "tools"); isFolder(tools) {
			return tools, nil
		}
		if filepath.Dir(at) == at {
			return "", fmt.Errorf("infra/tools of the checkout can't be found from here; point %s to a DynamoDB server", Variable)
		}
		at = filepath.Dir(at)
	}
}

func isFolder(tools string) bool {
	_, err := os.Stat(filepath.Join(tools, "package-lock.json"))
	return err == nil
}

func start(binary, file string) (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if err := l.Close(); err != nil {
		return nil, err
	}
	args := []string{"serve", "--host", "127.0.0.1", "--port", port}
	if file != "" {
		args = append(args, "--db-path", file)
	}
	said := &transcript{}
	process := exec.Command(binary, args...)
	process.Stdout, process.Stderr = said, said
	dieTogether(process)
	ended, started := make(chan struct{}), make(chan error, 1)
	go func() {
		runtime.LockOSThread() // the server dies with the thread that started it: this one, which waits for its end
		defer runtime.UnlockOSThread()
		err := process.Start()
		if started <- err; err == nil {
			_ = process.Wait()
			close(ended)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	s := &Server{"http://127.0.0.1:" + port, func() { _ = process.Process.Kill(); <-ended }}
	for range 500 {
		select {
		case <-ended:
			return nil, fmt.Errorf("the DynamoDB server ended: %s", said)
		default:
		}
		if answers(s.Endpoint) {
			return s, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.Stop()
	return nil, errors.New("the DynamoDB server does not answer: " + said.String())
}

func answers(endpoint string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint, nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	return resp.Body.Close() == nil
}

// transcript keeps the beginning of what the server says, for the error when it doesn't start.
type transcript struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if room := 16<<10 - t.all.Len(); room > 0 {
		t.all.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all.String()
}

package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// startServer starts a DynamoDB server in memory and answers its address, or that of the one that
// TELLBACK_DYNAMODB_ENDPOINT names. stop ends it.
func startServer() (endpoint string, stop func(), err error) {
	if given := os.Getenv("TELLBACK_DYNAMODB_ENDPOINT"); given != "" {
		return given, func() {}, nil
	}
	binary, err := serverBinary()
	if err != nil {
		return "", nil, err
	}
	for range 5 { // another process may take the port that was free
		if endpoint, stop, err = start(binary); err == nil {
			return endpoint, stop, nil
		}
	}
	return "", nil, err
}

// serverBinary is the server that npm delivers into infra/tools, installed now if it isn't there.
func serverBinary() (string, error) {
	_, source, _, ok := runtime.Caller(0)
	if !ok || !filepath.IsAbs(source) {
		return "", errors.New("the test doesn't know where its source is: run it without -trimpath, or set TELLBACK_DYNAMODB_ENDPOINT")
	}
	tools := filepath.Join(filepath.Dir(source), "..", "..", "..", "infra", "tools")
	binary := filepath.Join(tools, "node_modules", "@dynoxide", "linux-x64", "dynoxide")
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	lock, err := os.OpenFile(filepath.Join(tools, ".install.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", err
	}
	defer func() { _ = lock.Close() }() // and with it the lock
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		return "", err
	}
	if _, err := os.Stat(binary); err == nil {
		return binary, nil // installed while this test waited
	}
	install := exec.Command("npm", "ci", "--ignore-scripts")
	install.Dir = tools
	if out, err := install.CombinedOutput(); err != nil {
		return "", fmt.Errorf("these tests need a DynamoDB server. Run \"npm ci --ignore-scripts\" in infra/tools (Linux on x86-64), or point TELLBACK_DYNAMODB_ENDPOINT to a server: %w\n%s", err, out)
	}
	if _, err := os.Stat(binary); err != nil {
		return "", fmt.Errorf("these tests need a DynamoDB server and npm delivers none for this machine; point TELLBACK_DYNAMODB_ENDPOINT to one: %w", err)
	}
	return binary, nil
}

func start(binary string) (endpoint string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if err := l.Close(); err != nil {
		return "", nil, err
	}
	var said strings.Builder
	server := exec.Command(binary, "serve", "--host", "127.0.0.1", "--port", port)
	server.Stdout, server.Stderr = &said, &said
	server.SysProcAttr = &unix.SysProcAttr{Pdeathsig: unix.SIGKILL} // also when the tests are killed
	ended := make(chan error, 1)
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // the server dies with the thread that started it: this one, which waits for its end
		defer runtime.UnlockOSThread()
		err := server.Start()
		if started <- err; err == nil {
			ended <- server.Wait()
		}
	}()
	if err := <-started; err != nil {
		return "", nil, err
	}
	stop = func() { _ = server.Process.Kill(); <-ended }
	endpoint = "http://127.0.0.1:" + port
	for range 500 {
		select {
		case err := <-ended:
			return "", nil, fmt.Errorf("the DynamoDB server ended: %w: %s", err, said.String())
		default:
		}
		if answers(endpoint) {
			return endpoint, stop, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	return "", nil, fmt.Errorf("the DynamoDB server does not answer: %s", said.String())
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

// endpoint is the server of this run of the tests; it starts with the first test that asks.
func endpoint(t testing.TB) string {
	t.Helper()
	if server.endpoint == "" {
		t.Fatal(server.err)
	}
	return server.endpoint
}

var server struct {
	endpoint string
	err      error
}

func TestMain(m *testing.M) {
	var stop func()
	if server.endpoint, stop, server.err = startServer(); server.err != nil {
		stop = func() {}
	}
	code := m.Run()
	stop()
	os.Exit(code)
}

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// token signs this driver's webhooks; the server that it starts is told the same.
const token = "load-driver-token"

// clientSecret is the API credential of this driver.
const clientSecret = "load-driver-client"

// Server is infra/local as a process of its own, on a loopback port, over a data folder that outlives it.
type Server struct {
	URL  string
	Logs *bytes.Buffer // everything it printed, over all its lives

	binary, data, addr, store string
	cmd                       *exec.Cmd
}

// Build compiles infra/local into dir and prepares a data folder there. store is the engine that it is to run on; the
// DynamoDB server that it starts for that dies with it when it is killed.
func Build(ctx context.Context, dir, store string) (*Server, error) {
	s := &Server{Logs: &bytes.Buffer{}, binary: filepath.Join(dir, "tellback"), data: filepath.Join(dir, "data"), store: store}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", s.binary, "github.com/tellback/tellback/infra/local")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building infra/local: %w\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.addr = l.Addr().String()
	s.URL = "http://" + s.addr
	return s, l.Close()
}

// Start starts the process and waits until it answers.
func (s *Server) Start(ctx context.Context) error {
	s.cmd = exec.Command(s.binary, "-addr", s.addr, "-data", s.data, "-store", s.store, "-demo=false")
	s.cmd.Env = append(os.Environ(),
		"TELLBACK_PUBLIC_URL="+s.URL, "TELLBACK_TWILIO_AUTH_TOKEN="+token, "TELLBACK_API_CLIENTS=load="+sum(clientSecret))
	s.cmd.Stdout, s.cmd.Stderr = s.Logs, s.Logs
	if err := s.cmd.Start(); err != nil {
		return err
	}
	deadline := time.Now().Add(60 * time.Second)
	for time.Now().Before(deadline) && ctx.Err() == nil {
		resp, err := http.Get(s.URL + "/healthz")
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	_ = s.Kill()
	return fmt.Errorf("the server did not answer within a minute:\n%s", s.Logs)
}

// Kill is kill -9.
func (s *Server) Kill() error {
	if err := s.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	_ = s.cmd.Wait() // "signal: killed" is what we asked for
	return nil
}

// Stop ends the process as a person would, with an interrupt.
func (s *Server) Stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return s.cmd.Wait()
}

// CPU is the processor time that the process has used so far (Linux only; zero elsewhere).
func (s *Server) CPU() time.Duration {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond // USER_HZ is 100
}

package main

import (
	"net"
	"strings"
	"testing"
)

func TestWhyNothingListensIsSaidAsItIs(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for addr, running := range map[string]bool{taken.Addr().String(): true, "nonsense": false, "127.0.0.1:99999": false, "203.0.113.7:0": false} {
		l, err := net.Listen("tcp", addr)
		if err == nil {
			_ = l.Close()
			t.Fatalf("%s can be listened at", addr)
		}
		if got := unheard(addr, err).Error(); strings.Contains(got, "running already") != running || !strings.Contains(got, "-addr") {
			t.Errorf("%s: %s", addr, got)
		}
	}
}

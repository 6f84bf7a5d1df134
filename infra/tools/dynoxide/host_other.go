//go:build !linux

package dynoxide

import "os/exec"

// dieTogether can't be asked of other systems: there a killed process leaves its server behind.
func dieTogether(*exec.Cmd) {}

// lock is not needed where infra/tools/setup has run and one program uses a file.
func lock(string, bool) (unlock func(), err error) { return func() {}, nil }

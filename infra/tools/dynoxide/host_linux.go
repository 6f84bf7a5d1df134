package dynoxide

import (
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// dieTogether has the system kill the server when the thread that starts it ends, however that comes.
func dieTogether(server *exec.Cmd) {
	server.SysProcAttr = &unix.SysProcAttr{Pdeathsig: unix.SIGKILL}
}

// lock holds a file until unlock; one that another holds it waits for, or is refused.
func lock(path string, wait bool) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	unlock = func() { _ = f.Close() } // and with it the lock
	how := unix.LOCK_EX
	if !wait {
		how |= unix.LOCK_NB
	}
	if err := unix.Flock(int(f.Fd()), how); err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

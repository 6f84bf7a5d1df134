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

// lock waits until no other process holds the file, and holds it until unlock.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	unlock = func() { _ = f.Close() } // and with it the lock
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

package tools_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// On a machine without a browser and without the right to install one, setup says what is missing; it must not take
// the machine for ready.
func TestSetupNamesWhatIsMissing(t *testing.T) {
	bin := t.TempDir()
	for _, name := range []string{"bash", "dirname", "cmp", "cp"} {
		real, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(real, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, says := range map[string]string{"id": "echo 1000", "npm": "exit 0"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!"+filepath.Join(bin, "bash")+"\n"+says+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(filepath.Join(bin, "bash"), "setup")
	cmd.Env = []string{"PATH=" + bin}
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "missing: chromium") {
		t.Errorf("setup without a browser: %v\n%s", err, out)
	}
}

package aws_test

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
)

// missing stands in a stage's file for what only its owner knows; `make deploy` refuses it.
const missing = "CHANGE-ME"

func TestEachStageGivesEveryParameterThatHasNoDefault(t *testing.T) {
	tmpl, err := parse(source(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, stage := range list(at(tmpl.parameters["Stage"], "AllowedValues")) {
		raw, err := os.ReadFile(text(stage) + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Default struct {
				Deploy struct {
					Parameters struct {
						StackName          string `yaml:"stack_name"`
						Capabilities       string `yaml:"capabilities"`
						ParameterOverrides string `yaml:"parameter_overrides"`
					} `yaml:"parameters"`
				} `yaml:"deploy"`
			} `yaml:"default"`
		}
		if err := yaml.Unmarshal(raw, &file); err != nil {
			t.Fatal(err)
		}
		p := file.Default.Deploy.Parameters
		if p.StackName != "tellback-"+text(stage) || p.Capabilities != "CAPABILITY_IAM" {
			t.Errorf("%s: stack %q with %q", stage, p.StackName, p.Capabilities)
		}
		given := map[string]string{}
		for _, pair := range strings.Fields(p.ParameterOverrides) {
			name, v, _ := strings.Cut(pair, "=")
			given[name] = v
			parameter := tmpl.parameters[name]
			if parameter == nil {
				t.Errorf("%s: the template has no parameter %s", stage, name)
			}
			if pattern := text(at(parameter, "AllowedPattern")); pattern != "" && v != missing && name != "Deployment" && !regexp.MustCompile(pattern).MatchString(v) {
				t.Errorf("%s: %s=%s does not match %s", stage, name, v, pattern)
			}
			if allowed := list(at(parameter, "AllowedValues")); allowed != nil && !slices.Contains(allowed, any(v)) {
				t.Errorf("%s: %s=%s is none of %v", stage, name, v, allowed)
			}
		}
		// By itself the file deploys nothing: with the Deployment of before, no version would be published.
		if d := given["Deployment"]; d == "" || regexp.MustCompile(text(at(tmpl.parameters["Deployment"], "AllowedPattern"))).MatchString(d) {
			t.Errorf("%s gives the Deployment %q, and each must have its own", stage, d)
		}
		if given["Stage"] != stage {
			t.Errorf("%s deploys %q", stage, given["Stage"])
		}
		for name, parameter := range tmpl.parameters {
			if at(parameter, "Default") == nil && given[name] == "" {
				t.Errorf("%s does not give %s", stage, name)
			}
		}
		if given["PublicUrl"] == "" && given["DomainName"] == "" {
			t.Errorf("%s has no address", stage)
		}
	}
}

// What `sam build` does with a function: make its target in a folder of its own choice. All targets are there and keep the
// file's mode; one is really made.
func TestSAMCanBuildEveryFunction(t *testing.T) {
	tmpl, err := parse(source(t))
	if err != nil {
		t.Fatal(err)
	}
	build := func(dir string, args ...string) string {
		cmd := exec.Command("make", args...)
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "ARTIFACTS_DIR="+dir)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("make %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	for _, f := range tmpl.functions() {
		if out := build("/artifacts", "-n", "build-"+f); !strings.Contains(out, "chmod 0755 /artifacts/bootstrap") || !strings.Contains(out, "GOARCH=arm64") {
			t.Errorf("%s:\n%s", f, out)
		}
	}
	dir := t.TempDir()
	build(dir, "build-AggregateFunction")
	bootstrap := filepath.Join(dir, "bootstrap")
	info, err := os.Stat(bootstrap)
	if err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	binary, err := elf.Open(bootstrap)
	if err != nil {
		t.Fatal(err)
	}
	defer binary.Close()
	if binary.Machine != elf.EM_AARCH64 {
		t.Errorf("made for %v", binary.Machine)
	}
	if libraries, err := binary.ImportedLibraries(); err != nil || len(libraries) > 0 {
		t.Errorf("needs %v, %v", libraries, err)
	}
}

func TestDeployingSaysWhatIsMissing(t *testing.T) {
	path := t.TempDir() // with make's shell, and without sam
	for _, tool := range []string{"make", "bash", "grep", "awk", "echo", "go", "tr"} {
		at, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(at, filepath.Join(path, tool)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"deploy"}, "STAGE=staging or STAGE=production"},
		{[]string{"deploy", "STAGE=test"}, "STAGE=staging or STAGE=production"},
		{[]string{"deploy", "STAGE=staging"}, "fill these in first"},
		{[]string{"destroy", "STAGE=staging"}, "Kept are the three tables"},
		{[]string{"destroy", "STAGE=staging"}, "sam is not installed"},
	} {
		cmd := exec.Command("make", c.args...)
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "PATH="+path)
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), c.says) {
			t.Errorf("make %s: %v\n%s", strings.Join(c.args, " "), err, out)
		}
	}
}

// Each `make deploy` gives sam a Deployment of its own and every other parameter of the stage, by the file that it reads:
// what stands on sam's command line would replace all of the file's.
func TestEachDeploymentHasItsOwnName(t *testing.T) {
	dir, bin := t.TempDir(), t.TempDir()
	copied := func(name string, change ...string) {
		raw, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, []byte(strings.NewReplacer(change...).Replace(string(raw))), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	copied("Makefile")
	copied("infra/aws/staging.yaml", missing, "given")
	// In sam's place: it makes its folder, and shows what it was given.
	sam := "#!/bin/sh\nif [ $1 = build ]; then mkdir -p .aws-sam; else cat \"$3\"; fi\n"
	if err := os.WriteFile(filepath.Join(bin, "sam"), []byte(sam), 0o755); err != nil {
		t.Fatal(err)
	}
	start := time.Now().Unix()
	cmd := exec.Command("make", "-s", "deploy", "STAGE=staging")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got := regexp.MustCompile(`Deployment=([0-9]{10})\n`).FindStringSubmatch(string(out))
	if got == nil {
		t.Fatalf("sam was given no Deployment:\n%s", out)
	}
	if second, _ := strconv.ParseInt(got[1], 10, 64); second < start || second > time.Now().Unix() {
		t.Errorf("Deployment is %s, and it was %d", got[1], start)
	}
	want, err := os.ReadFile(filepath.Join(dir, "infra/aws/staging.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if given := strings.Replace(string(out), got[1], "BY-MAKE-DEPLOY", 1); given != string(want) {
		t.Errorf("sam was given\n%s", given)
	}
}

package test

import (
	"bytes"
	"debug/elf"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"retrycatch/internal/deployment"
)

// skipValidation turns off the CDK's own validation of the templates, which takes a second.
const skipValidation = "CDK_VALIDATION=false"

func TestSynthesis(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		arguments    []string
		variables    []string
		architecture string
		machine      elf.Machine
	}{
		{"arm64 by default", nil, nil, "arm64", elf.EM_AARCH64},
		{"x86_64", []string{"-c", "architecture=x86_64"}, []string{skipValidation}, "x86_64", elf.EM_X86_64},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			out := t.TempDir()
			synth := append([]string{cdkCLI(t), "synth", "--quiet", "--no-notices", "--output", out}, test.arguments...)
			code, stdout, stderr := runOffline(t, t.TempDir(), test.variables, synth...)
			if code != 0 || stdout != "" || strings.Contains(stderr, "exited abnormally") {
				t.Fatalf("cdk synth exited with %d and printed\n%s%swant 0, no stdout and no abnormal exit", code, stdout, stderr)
			}

			s := synthesis{document: readJSON(t, filepath.Join(out, "retrycatch.template.json"))}
			_, function := s.onlyResource(t, "AWS::Lambda::Function")
			architectures := function["Architectures"].([]any)
			if len(architectures) != 1 || architectures[0] != test.architecture {
				t.Errorf("got architectures %v, want %s", architectures, test.architecture)
			}
			key := function["Code"].(map[string]any)["S3Key"].(string)
			file := filepath.Join(out, "asset."+strings.TrimSuffix(key, ".zip"), "bootstrap")
			requireMachine(t, file, test.machine)
			if info, err := os.Stat(file); err != nil || info.Mode().Perm()&0o111 != 0o111 {
				t.Errorf("got file %v and error %v, want a file that everyone can execute", info, err)
			}
		})
	}
}

// requireMachine fails the test unless the file is an executable for this machine type.
func requireMachine(t *testing.T, file string, want elf.Machine) {
	t.Helper()
	executable, err := elf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer executable.Close()
	if executable.Machine != want {
		t.Errorf("got an executable for %v, want %v", executable.Machine, want)
	}
}

const (
	stageFault = `retrycatch: option stage cannot be "Dev": it must be up to 16 lowercase letters, ` +
		"digits and single hyphens, starting with a letter, for example -c stage=dev\n"
	accountFault = `retrycatch: option account cannot be "1234": it must be an account number ` +
		"of 12 digits, for example -c account=123456789012\n"
	regionsFault = `retrycatch: option regions cannot be "eu-central-1,eu-central-1": it must be one or more ` +
		"different regions, separated by commas, for example -c regions=eu-central-1,us-east-1\n"
	observabilityFault = `retrycatch: option observability cannot be "no": it must be on or off, ` +
		"for example -c observability=off\n"
	alarmEmailFault = `retrycatch: option alarmEmail cannot be "me": it must be an email address in ASCII, ` +
		"with an international domain in Punycode, for example -c alarmEmail=oncall@example.com\n"
	protectFault = `retrycatch: option protect cannot be "yes": it must be true or false, ` +
		"for example -c protect=true\n"
)

func architectureFault(value string) string {
	return `retrycatch: option architecture cannot be "` + value + `": ` +
		"it must be arm64 or x86_64, for example -c architecture=arm64\n"
}

func TestSynthesisInvalidOption(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	code, _, stderr := runOffline(t, t.TempDir(), nil,
		cdkCLI(t), "synth", "--quiet", "--no-notices", "--output", out, "-c", "architecture=mips")
	if line := architectureFault("mips"); code == 0 || strings.Count(stderr, line) != 1 {
		t.Errorf("cdk synth exited with %d and printed\n%s\nwant an error and the line %q once", code, stderr, line)
	}
	if _, err := os.Stat(filepath.Join(out, "manifest.json")); err == nil {
		t.Error("cdk synth wrote a manifest despite the invalid option")
	}
}

// TestAppInvalidOptions runs the app as the CDK CLI does. The app prints a line for each invalid
// option.
func TestAppInvalidOptions(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, context, stderr string }{
		{"unknown architecture", `{"architecture":"mips"}`, architectureFault("mips")},
		{"number", `{"architecture":64}`, architectureFault("64")},
		{"empty", `{"architecture":""}`, architectureFault("")},
		{"every option", `{"stage":"Dev","account":1234,"regions":["eu-central-1","eu-central-1"],` +
			`"architecture":"arm","observability":"no","alarmEmail":"me","protect":"yes"}`,
			stageFault + accountFault + regionsFault + architectureFault("arm") + observabilityFault +
				alarmEmailFault + protectFault},
	}
	for _, option := range deployment.OptionNames() {
		if last := tests[len(tests)-1]; !strings.Contains(last.context, `"`+option+`":`) {
			t.Errorf("the test %q lacks %s", last.name, option)
		}
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			temporary := t.TempDir()
			variables := []string{"CDK_OUTDIR=" + t.TempDir(), "CDK_CONTEXT_JSON=" + test.context}
			code, stdout, stderr := runOffline(t, temporary, variables, "go", "run", ".")
			if want := test.stderr + "exit status 2\n"; code == 0 || stdout != "" || stderr != want {
				t.Errorf("the app exited with %d and printed\n%s%swant\n%s", code, stdout, stderr, want)
			}
			requireEmpty(t, temporary)
		})
	}
}

func TestAppCleansUp(t *testing.T) {
	t.Parallel()
	temporary, out := t.TempDir(), t.TempDir()
	code, stdout, stderr := runOffline(t, temporary, []string{"CDK_OUTDIR=" + out, skipValidation}, "go", "run", ".")
	if code != 0 || stdout != "" || stderr != "" {
		t.Errorf("the app exited with %d, want 0, and printed\n%s%swant no output", code, stdout, stderr)
	}
	if _, err := os.Stat(filepath.Join(out, "manifest.json")); err != nil {
		t.Error(err)
	}
	requireEmpty(t, temporary)
}

// TestAppContextFile passes the context in a file, as the CDK CLI does when the context is too
// large for the environment. The app starts to build the function before the CDK reads this file,
// so the app must build the function again if the file names another architecture.
func TestAppContextFile(t *testing.T) {
	t.Parallel()
	out, overflow := t.TempDir(), filepath.Join(t.TempDir(), "context.json")
	if err := os.WriteFile(overflow, []byte(`{"architecture":"x86_64"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	variables := []string{"CDK_OUTDIR=" + out, "CONTEXT_OVERFLOW_LOCATION_ENV=" + overflow, skipValidation}
	if code, stdout, stderr := runOffline(t, t.TempDir(), variables, "go", "run", "."); code != 0 {
		t.Fatalf("the app exited with %d, want 0:\n%s%s", code, stdout, stderr)
	}
	files, err := filepath.Glob(filepath.Join(out, "asset.*", "bootstrap"))
	if err != nil || len(files) != 1 {
		t.Fatalf("got functions %q and error %v, want one function", files, err)
	}
	requireMachine(t, files[0], elf.EM_X86_64)
}

// runOffline runs a command in the repository, without AWS credentials or configuration. It fails
// the test if the command sends a request to any host.
func runOffline(
	t *testing.T, temporary string, variables []string, command ...string,
) (code int, stdout, stderr string) {
	t.Helper()
	network := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("%s sent the request %s %s, want none", command[0], r.Method, r.RequestURI)
		http.Error(w, "the tests are offline", http.StatusForbidden)
	}))
	defer network.Close()

	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir = repository
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "AWS_") && !strings.HasPrefix(variable, "CDK_") {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	cmd.Env = append(cmd.Env, "TMPDIR="+temporary,
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ENDPOINT_URL="+network.URL, "HTTP_PROXY="+network.URL, "HTTPS_PROXY="+network.URL, "NO_PROXY=",
		"CDK_DISABLE_CLI_TELEMETRY=true", "CDK_NOTICES=false", "GOPROXY=off", "GOTOOLCHAIN=local")
	cmd.Env = append(cmd.Env, variables...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatalf("cannot run %s: %v", command[0], err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

func cdkCLI(t *testing.T) string {
	t.Helper()
	cli := filepath.Join(repository, "node_modules", ".bin", "cdk")
	if _, err := os.Stat(cli); err != nil {
		t.Fatalf("the CDK CLI is not installed: run \"make test-setup\": %v", err)
	}
	return cli
}

func requireEmpty(t *testing.T, folder string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		t.Errorf("%s was not removed", entry.Name())
	}
}

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
	"sync/atomic"
	"testing"
)

// unvalidated has the CDK leave out its own validation of the templates, which takes a second.
const unvalidated = "CDK_VALIDATION=false"

func TestPlainCDKSynthesizesTheStackWithTheFunctionBuilt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		arguments    []string
		variables    []string
		architecture string
		machine      elf.Machine
	}{
		{"for arm64 by default", nil, nil, "arm64", elf.EM_AARCH64},
		{"for x86_64 on request", []string{"-c", "architecture=x86_64"}, []string{unvalidated}, "x86_64", elf.EM_X86_64},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			out := t.TempDir()
			synth := append([]string{cdk(t), "synth", "--quiet", "--no-notices", "--output", out}, test.arguments...)
			code, stdout, stderr := runOffline(t, t.TempDir(), test.variables, synth...)
			if code != 0 || stdout != "" || strings.Contains(stderr, "exited abnormally") {
				t.Fatalf("cdk synth ends with %d, want 0 without noise:\n%s%s", code, stdout, stderr)
			}

			_, function := synthesis{document: readJSON(t, filepath.Join(out, "retrycatch.template.json"))}.only(t, "AWS::Lambda::Function")
			if architectures := function["Architectures"].([]any); len(architectures) != 1 || architectures[0] != test.architecture {
				t.Errorf("the function is for %v, want %s", architectures, test.architecture)
			}
			key := function["Code"].(map[string]any)["S3Key"].(string)
			file := filepath.Join(out, "asset."+strings.TrimSuffix(key, ".zip"), "bootstrap")
			bootstrap, err := elf.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer bootstrap.Close()
			if bootstrap.Machine != test.machine {
				t.Errorf("the executable is for %v, want %v", bootstrap.Machine, test.machine)
			}
			if info, err := os.Stat(file); err != nil || info.Mode().Perm()&0o111 != 0o111 {
				t.Errorf("not everyone may execute the executable: %v, %v", info.Mode(), err)
			}
		})
	}
}

func TestTheCDKFailsOnAWrongOption(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	code, _, stderr := runOffline(t, t.TempDir(), nil,
		cdk(t), "synth", "--quiet", "--no-notices", "--output", out, "-c", "architecture=mips")
	line := "retrycatch: option architecture cannot be \"mips\": it must be arm64 or x86_64, for example -c architecture=arm64\n"
	if code == 0 || strings.Count(stderr, line) != 1 {
		t.Errorf("cdk synth ends with %d, want another code and the line %q in:\n%s", code, line, stderr)
	}
	if _, err := os.Stat(filepath.Join(out, "manifest.json")); err == nil {
		t.Error("there is something to deploy all the same")
	}
}

// The app alone, as the CDK CLI starts it: it says one line of each option, and leaves nothing behind.
func TestTheAppSaysOneLineOfEachWrongOption(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, context, stderr string }{
		{"of an architecture there is not", `{"architecture":"mips"}`,
			`retrycatch: option architecture cannot be "mips": it must be arm64 or x86_64, for example -c architecture=arm64`},
		{"of a value that is no text", `{"architecture":64}`,
			`retrycatch: option architecture cannot be "64": it must be arm64 or x86_64, for example -c architecture=arm64`},
		{"of an empty value", `{"architecture":""}`,
			`retrycatch: option architecture cannot be "": it must be arm64 or x86_64, for example -c architecture=arm64`},
		{"of all of them", `{"stage":"Dev","account":1234,"regions":["eu-central-1","eu-central-1"],"architecture":"arm","observability":"no","alarmEmail":"me","protect":"yes"}`,
			`retrycatch: option stage cannot be "Dev": it must be up to 16 lowercase letters, digits and single hyphens, starting with a letter, for example -c stage=dev
retrycatch: option account cannot be "1234": it must be an account number of 12 digits, for example -c account=123456789012
retrycatch: option regions cannot be "eu-central-1,eu-central-1": it must be one or more different regions, separated by commas, for example -c regions=eu-central-1,us-east-1
retrycatch: option architecture cannot be "arm": it must be arm64 or x86_64, for example -c architecture=arm64
retrycatch: option observability cannot be "no": it must be on or off, for example -c observability=off
retrycatch: option alarmEmail cannot be "me": it must be an email address in ASCII, with an international domain in Punycode, for example -c alarmEmail=oncall@example.com
retrycatch: option protect cannot be "yes": it must be true or false, for example -c protect=true`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			temporary := t.TempDir()
			variables := []string{"CDK_OUTDIR=" + t.TempDir(), "CDK_CONTEXT_JSON=" + test.context}
			code, stdout, stderr := runOffline(t, temporary, variables, "go", "run", ".")
			if want := test.stderr + "\nexit status 2\n"; code == 0 || stdout != "" || stderr != want {
				t.Errorf("the app ends with %d and says\n%s%swant\n%s", code, stdout, stderr, want)
			}
			requireEmpty(t, temporary)
		})
	}
}

func TestTheAppLeavesNothingButItsOutput(t *testing.T) {
	t.Parallel()
	temporary, out := t.TempDir(), t.TempDir()
	code, stdout, stderr := runOffline(t, temporary, []string{"CDK_OUTDIR=" + out, unvalidated}, "go", "run", ".")
	if code != 0 || stdout != "" || stderr != "" {
		t.Errorf("the app ends with %d, want 0, and says\n%s%swant nothing", code, stdout, stderr)
	}
	if _, err := os.Stat(filepath.Join(out, "manifest.json")); err != nil {
		t.Error(err)
	}
	requireEmpty(t, temporary)
}

// A context too large for the environment comes in a file, which only the CDK reads: the function that was begun by what the
// environment says is not the one that is deployed.
func TestTheFunctionIsBuiltForTheOptionsThatTheCDKReads(t *testing.T) {
	t.Parallel()
	out, overflow := t.TempDir(), filepath.Join(t.TempDir(), "context.json")
	if err := os.WriteFile(overflow, []byte(`{"architecture":"x86_64"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	variables := []string{"CDK_OUTDIR=" + out, "CONTEXT_OVERFLOW_LOCATION_ENV=" + overflow, unvalidated}
	if code, stdout, stderr := runOffline(t, t.TempDir(), variables, "go", "run", "."); code != 0 {
		t.Fatalf("the app ends with %d, want 0:\n%s%s", code, stdout, stderr)
	}
	files, err := filepath.Glob(filepath.Join(out, "asset.*", "bootstrap"))
	if err != nil || len(files) != 1 {
		t.Fatalf("there are the functions %q, want one: %v", files, err)
	}
	bootstrap, err := elf.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer bootstrap.Close()
	if bootstrap.Machine != elf.EM_X86_64 {
		t.Errorf("the executable is for %v, want x86-64", bootstrap.Machine)
	}
}

// runOffline runs a command in the repository, without credentials or configuration of AWS, and fails the test if it
// speaks to AWS or to anybody else.
func runOffline(t *testing.T, temporary string, variables []string, command ...string) (code int, stdout, stderr string) {
	t.Helper()
	var requests atomic.Int32
	network := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		t.Errorf("%s asks for %s %s", command[0], r.Method, r.RequestURI)
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
		"CDK_DISABLE_CLI_TELEMETRY=true", "GOPROXY=off", "GOTOOLCHAIN=local")
	cmd.Env = append(cmd.Env, variables...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatalf("%s does not run: %v", command[0], err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

func cdk(t *testing.T) string {
	t.Helper()
	cli := filepath.Join(repository, "node_modules", ".bin", "cdk")
	if _, err := os.Stat(cli); err != nil {
		t.Fatalf("the CDK CLI is not installed: run the tests with \"make test\", which installs it: %v", err)
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
		t.Errorf("%s is left behind", entry.Name())
	}
}

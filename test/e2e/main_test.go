// Package e2e tests the commands against a local AWS, as a user runs them. Most tests compare the
// account before and after the commands.
package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/middleware"

	"retrycatch/internal/inventory"
	"retrycatch/internal/localaws"
	"retrycatch/internal/session"
	"retrycatch/stacks"
	"retrycatch/test/faults"
)

const region = "eu-central-1"

var (
	repository string // path of the repository
	retrycatch string // path of the program under test
	scratch    string // path of a temporary folder for all tests
)

func TestMain(m *testing.M) {
	stderr := os.Stderr // stacks.CloseRuntime replaces os.Stderr
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	// The tests mostly wait, so more tests than CPUs can run in parallel.
	if err := flag.Set("test.parallel", strconv.Itoa(4*runtime.GOMAXPROCS(0))); err != nil {
		return 1, err
	}
	// Ignore the user's endpoint, because the tests start their own endpoints.
	if err := os.Unsetenv("AWS_ENDPOINT_URL"); err != nil {
		return 1, err
	}
	// Skip the validation of templates, which takes longer than their synthesis.
	if err := os.Setenv("CDK_VALIDATION", "false"); err != nil {
		return 1, err
	}
	var err error
	if repository, err = filepath.Abs("../.."); err != nil {
		return 1, err
	}
	if scratch, err = os.MkdirTemp("", "retrycatch-e2e-"); err != nil {
		return 1, err
	}
	defer os.RemoveAll(scratch)
	defer stacks.CloseRuntime()
	retrycatch = filepath.Join(scratch, "retrycatch")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", scratch, "retrycatch/cmd/...")
	if output, err := build.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("cannot build the commands: %w\n%s", err, output)
	}
	return m.Run(), nil
}

// cloud is a local AWS, seen from one of its accounts.
type cloud struct {
	server  *localaws.Server
	account string
	config  aws.Config
	cdkApp  string // the result of cdkAppVariable; empty to run the app in cdk.json
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	server, err := localaws.Open(t.Context(), localaws.Options{Project: repository, Region: region})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	config := aws.Config{
		Region:       region,
		BaseEndpoint: &server.Endpoint,
		Credentials:  credentials.NewStaticCredentialsProvider("test", "test", ""),
		APIOptions:   []func(*middleware.Stack) error{session.RequireReadable},
	}
	return &cloud{server: server, account: server.Account, config: config}
}

// result holds the exit code and output of a command.
type result struct {
	code           int
	stdout, stderr string
}

// run runs retrycatch without a terminal.
func (c *cloud) run(t *testing.T, args ...string) result {
	t.Helper()
	return runCommand(t, c.environ(), retrycatch, args...)
}

const secretKey, sessionToken = "a-key-that-nobody-may-see", "a-token-that-nobody-may-see"

// secrets lists texts that no output may contain: credentials and parts of signed URLs.
var secrets = []string{secretKey, sessionToken, "X-Amz-Signature", "X-Amz-Security-Token", "AWS4-HMAC-SHA256"}

// environ returns the environment of commands that use the account.
func (c *cloud) environ() []string {
	// Skip the validation of templates, which takes a second per command. TestDemo covers it.
	environ := append(c.server.Environ(), "CDK_VALIDATION=false",
		"AWS_SECRET_ACCESS_KEY="+secretKey, "AWS_SESSION_TOKEN="+sessionToken)
	if c.account != c.server.Account {
		environ = append(environ, "AWS_ACCESS_KEY_ID="+c.account)
	}
	if c.cdkApp != "" {
		environ = append(environ, c.cdkApp)
	}
	return environ
}

// environThrough returns the environment of commands that call the account through a proxy.
func (c *cloud) environThrough(proxy *faults.Proxy) []string {
	return append(c.environ(), "AWS_ENDPOINT_URL="+proxy.URL)
}

// mustRun runs retrycatch, and fails the test unless it exits with the given code.
func (c *cloud) mustRun(t *testing.T, code int, args ...string) result {
	t.Helper()
	r := c.run(t, args...)
	if r.code != code {
		t.Fatalf("retrycatch %s: got exit code %d, want %d\n%s\n%s",
			strings.Join(args, " "), r.code, code, r.stderr, r.stdout)
	}
	return r
}

func runCommand(t *testing.T, environ []string, program string, args ...string) result {
	t.Helper()
	return runIn(t, repository, environ, program, args...)
}

func runIn(t *testing.T, folder string, environ []string, program string, args ...string) result {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = folder
	cmd.Env = environ
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	r := result{code: cmd.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
	for _, secret := range secrets {
		if strings.Contains(r.stdout+r.stderr, secret) {
			t.Errorf("%s %s prints the secret %q:\n%s\n%s",
				filepath.Base(program), strings.Join(args, " "), secret, r.stderr, r.stdout)
		}
	}
	return r
}

// decode parses standard output, which must be one JSON document.
func decode[T any](t *testing.T, r result) T {
	t.Helper()
	var value T
	decoder := json.NewDecoder(strings.NewReader(r.stdout))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("standard output does not match the documented JSON: %v\n%s", err, r.stdout)
	}
	if decoder.More() {
		t.Fatalf("standard output holds more than one JSON value:\n%s", r.stdout)
	}
	return value
}

// resources lists the account's resources.
func (c *cloud) resources(t *testing.T) inventory.Account {
	t.Helper()
	account, err := inventory.ReadAccount(t.Context(), c.config)
	if err != nil {
		t.Fatal(err)
	}
	return account
}

// wantText fails the test unless the output contains the given text.
func (r result) wantText(t *testing.T, text string) {
	t.Helper()
	if !strings.Contains(r.stdout+r.stderr, text) {
		t.Errorf("got no %q in the output:\n%s\n%s", text, r.stderr, r.stdout)
	}
}

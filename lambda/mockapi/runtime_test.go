package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/deployment"
	"retrycatch/lambda"
)

// TestCompiledFunction runs the executable as Lambda does, against a simulated Runtime API. It
// checks the results that Step Functions would get:
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
func TestCompiledFunction(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		build func(t *testing.T) (command []string)
	}{
		{"this machine", buildForThisMachine},
		{"arm64 as deployed", buildAsDeployed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			reports, stdout, stderr := runInLambda(t, test.build(t))
			if stderr != "" {
				t.Errorf("got %q on standard error, want nothing", stderr)
			}
			lines := strings.SplitAfter(stdout, "\n")
			if len(lines) != len(invocations)+1 || lines[len(invocations)] != "" {
				t.Fatalf("got %d log lines, want %d:\n%s", len(lines)-1, len(invocations), stdout)
			}
			for i, invocation := range invocations {
				t.Run(invocation.name, func(t *testing.T) {
					if diff := cmp.Diff(invocation.want, reports[i]); diff != "" {
						t.Errorf("the report to Lambda differs (-want +got):\n%s", diff)
					}
					requireLine(t, []byte(lines[i]), invocation.want, requestID(i), traces[i%len(traces)].want)
				})
			}
		})
	}
}

// buildForThisMachine builds the function for this machine, with the same build tag as the stack.
func buildForThisMachine(t *testing.T) (command []string) {
	t.Helper()
	bootstrap := filepath.Join(t.TempDir(), "bootstrap")
	build := exec.CommandContext(t.Context(), "go", "build", "-tags=lambda.norpc", "-o", bootstrap, ".")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return []string{bootstrap}
}

// buildAsDeployed builds the executable that is deployed by default. Except on Linux on arm64, the
// command runs it in an emulator of ARMv8.0, the oldest version that the build supports.
func buildAsDeployed(t *testing.T) (command []string) {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "arm64" {
		command = []string{emulator(t), "-cpu", "cortex-a57"}
	}
	folder := t.TempDir()
	if err := lambda.BuildFunction(t.Context(), folder, deployment.ARM64); err != nil {
		t.Fatal(err)
	}
	return append(command, filepath.Join(folder, "bootstrap"))
}

// emulator finds QEMU under the name that Debian and Ubuntu use, or under its own. Without it, the
// test fails in CI and is skipped elsewhere.
func emulator(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"qemu-aarch64-static", "qemu-aarch64"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const missing = "the arm64 function cannot run here: install qemu-aarch64-static " +
		"(apt-get install qemu-user-static), or use Linux on arm64"
	if os.Getenv("CI") == "true" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}

// runInLambda passes all invocations to the executable, one by one. It returns the reports and the
// output of the executable.
func runInLambda(t *testing.T, command []string) (reports []outcome, stdout, stderr string) {
	t.Helper()
	// The timeout stops a function that hangs. The number of reports then shows where.
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	api := &runtimeAPI{done: stop}
	server := httptest.NewServer(api)
	defer server.Close()

	var out, errs bytes.Buffer
	function := exec.CommandContext(ctx, command[0], command[1:]...)
	function.Env = []string{"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(server.URL, "http://")}
	function.Stdout, function.Stderr = &out, &errs
	err := function.Run() // after the last event, the API cancels the context, which kills the process
	if len(api.reports) != len(invocations) {
		t.Fatalf("got %d reports, want %d: %v\n%s", len(api.reports), len(invocations), err, errs.String())
	}
	return api.reports, out.String(), errs.String()
}

// runtimeAPI simulates the part of Lambda's Runtime API that a function uses. It needs no lock: the
// function sends one request at a time.
type runtimeAPI struct {
	reports []outcome
	done    func()
}

func (a *runtimeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const prefix = "/2018-06-01/runtime/invocation/"
	current := prefix + requestID(len(a.reports))
	switch r.Method + " " + r.URL.Path {
	case "GET " + prefix + "next":
		if len(a.reports) == len(invocations) {
			a.done()
			<-r.Context().Done() // Lambda does not respond until there is an event
			return
		}
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", requestID(len(a.reports)))
		if trace := traces[len(a.reports)%len(traces)]; trace.header != "" {
			w.Header().Set("Lambda-Runtime-Trace-Id", trace.header)
		}
		w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(time.Minute).UnixMilli(), 10))
		_, _ = io.WriteString(w, invocations[len(a.reports)].event)
	case "POST " + current + "/response":
		response, err := io.ReadAll(r.Body)
		a.report(w, outcome{Response: string(response)}, err)
	case "POST " + current + "/error":
		var failure struct{ ErrorType, ErrorMessage string }
		err := json.NewDecoder(r.Body).Decode(&failure)
		a.report(w, outcome{ErrorType: failure.ErrorType, ErrorMessage: failure.ErrorMessage}, err)
	default:
		http.Error(w, "unexpected request: "+r.Method+" "+r.URL.Path, http.StatusNotFound)
	}
}

func (a *runtimeAPI) report(w http.ResponseWriter, o outcome, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a.reports = append(a.reports, o)
	w.WriteHeader(http.StatusAccepted)
}

func requestID(invocation int) string { return fmt.Sprintf("request-%d", invocation) }

func TestWithoutEcho(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, line, want string }{
		{"echo of an error", `{"errorMessage":"Unknown error","errorType":"UnknownException"}` + "\n", ""},
		{"message of the runtime", "failed to get the next invoke\n", "failed to get the next invoke\n"},
		{"empty line", "\n", "\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var to bytes.Buffer
			n, err := withoutEcho{&to}.Write([]byte(test.line))
			if n != len(test.line) || err != nil || to.String() != test.want {
				t.Errorf("Write(%q) = %d, %v: got %q, want %q", test.line, n, err, to.String(), test.want)
			}
		})
	}
}

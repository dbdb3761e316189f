package test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"retrycatch/internal/scenario"
)

// TestMockAPIErrors checks that the function returns the errors that the scenarios expect. It calls
// the function through a simulated Runtime API, once for each scenario:
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
func TestMockAPIErrors(t *testing.T) {
	t.Parallel()
	scenarios := scenario.All()
	var reported []string // error names, empty for a response
	// The timeout stops a function that hangs.
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			var failure struct{ ErrorType string }
			_ = json.NewDecoder(r.Body).Decode(&failure) // a response is not an object
			reported = append(reported, failure.ErrorType)
			w.WriteHeader(http.StatusAccepted)
			return
		}
		if len(reported) == len(scenarios) {
			stop()
			<-r.Context().Done() // Lambda does not respond until there is an event
			return
		}
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", strconv.Itoa(len(reported)))
		w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(time.Minute).UnixMilli(), 10))
		_, _ = io.WriteString(w, scenarios[len(reported)].Input())
	}))
	defer api.Close()

	function := exec.CommandContext(ctx, buildMockAPI(t))
	function.Env = []string{"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(api.URL, "http://")}
	err := function.Run() // after the last report, the API stops the function
	if len(reported) != len(scenarios) {
		t.Fatalf("got %d reports, want %d: %v", len(reported), len(scenarios), err)
	}
	for i, s := range scenarios {
		if want := scenario.APIErrors()[s.Name]; reported[i] != want {
			t.Errorf("scenario %s: got the error %q, want %q: add the status code to lambda/mockapi/handler.go, "+
				"or correct the scenario", s.Name, reported[i], want)
		}
	}
}

// buildMockAPI builds the function for this machine, and returns the path of the executable.
func buildMockAPI(t *testing.T) string {
	t.Helper()
	bootstrap := filepath.Join(t.TempDir(), "bootstrap")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", bootstrap, "retrycatch/lambda/mockapi")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("cannot build the function: %v\n%s", err, output)
	}
	return bootstrap
}

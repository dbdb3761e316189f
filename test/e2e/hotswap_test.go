package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

// A developer changes the function and the definition, reviews the changes with cdk diff, and
// deploys with --hotswap. A hotswap deployment bypasses CloudFormation.
func TestHotswap(t *testing.T) {
	t.Parallel()
	b := deployBlueprint(t)
	c := newCloud(t)
	c.bootstrap(t, b)
	c.create(t, b.template)

	project := copyProject(t)
	replaceInFile(t, filepath.Join(project, "lambda", "mockapi", "handler.go"), "503 Server Unavailable", "503 Hotswapped")
	definition := filepath.Join(project, "statemachine", "definition.asl.json")
	replaceInFile(t, definition, "The request has succeeded.", "It is hotswapped.")
	updates := &atomic.Int32{}
	environ := append(c.environ(), "AWS_ENDPOINT_URL="+startCloudControl(t, c, updates),
		"GOFLAGS=-trimpath") // so that Go compiles the app once for all folders
	cdk := func(arguments ...string) result {
		t.Helper()
		r := runIn(t, project, environ, filepath.Join(repository, "node_modules", ".bin", "cdk"), arguments...)
		if r.code != 0 {
			t.Fatalf("cdk %s: got exit code %d, want 0:\n%s\n%s", strings.Join(arguments, " "), r.code, r.stdout, r.stderr)
		}
		return r
	}
	assembly := t.TempDir()
	cdk("synth", "--quiet", "--output", assembly)
	difference := cdk("diff", "--app", assembly)
	difference.wantText(t, "[~] AWS::Lambda::Function")
	difference.wantText(t, "[~] AWS::StepFunctions::StateMachine")
	difference.wantText(t, "It is hotswapped.")
	cdk("deploy", "--hotswap", "--app", assembly).wantText(t, "hotswapping resources")

	if n := updates.Load(); n != 1 {
		t.Errorf("got %d Cloud Control updates, want only the update of the definition", n)
	}
	for input, want := range map[string]struct{ output, message string }{
		`{"statuscode":"200"}`: {output: "It is hotswapped."},
		`{"statuscode":"503"}`: {message: "503 Hotswapped"},
	} {
		execution := decode[runDocument](t, c.mustRun(t, 0, "run", "--input", input, "--output", "json")).Executions[0]
		output, _ := execution.Output.(string)
		if message := execution.Steps[0].Attempts[0].Message; output != want.output || message != want.message {
			t.Errorf("%s: got the output %q and the message %q, want %q and %q",
				input, output, message, want.output, want.message)
		}
	}
}

// startCloudControl starts a proxy in front of the local AWS, and returns the proxy's URL. The
// local AWS's Cloud Control API cannot change resources of a stack. So the proxy simulates
// UpdateResource, which --hotswap calls for a state machine: the proxy passes the new definition to
// UpdateStateMachine.
func startCloudControl(t *testing.T, c *cloud, updates *atomic.Int32) string {
	t.Helper()
	target, err := url.Parse(c.server.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Target") != "CloudApiService.UpdateResource" {
			forward.ServeHTTP(w, r)
			return
		}
		updates.Add(1)
		arn, definition, err := readPatch(r.Body)
		if err != nil {
			t.Error(err)
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if _, err := sfn.NewFromConfig(c.config).UpdateStateMachine(r.Context(),
			&sfn.UpdateStateMachineInput{StateMachineArn: &arn, Definition: &definition}); err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = io.WriteString(w, `{"ProgressEvent": {"OperationStatus": "SUCCESS", "RequestToken": "token"}}`)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// readPatch reads a Cloud Control request that replaces a state machine's definition.
func readPatch(body io.Reader) (arn, definition string, err error) {
	var request struct{ TypeName, Identifier, PatchDocument string }
	var patches []struct{ Path, Value string }
	if err := json.NewDecoder(body).Decode(&request); err != nil {
		return "", "", err
	}
	if err := json.Unmarshal([]byte(request.PatchDocument), &patches); err != nil {
		return "", "", err
	}
	if request.TypeName != "AWS::StepFunctions::StateMachine" || len(patches) != 1 ||
		patches[0].Path != "/DefinitionString" {
		return "", "", fmt.Errorf("got the request %+v, want a patch of /DefinitionString only", request)
	}
	return request.Identifier, patches[0].Value, nil
}

// copyProject copies the project files that the CDK needs, so that a test can change them.
func copyProject(t *testing.T) string {
	t.Helper()
	project := t.TempDir()
	for _, name := range []string{"app.go", "cdk.json", "go.mod", "go.sum"} {
		content, err := os.ReadFile(filepath.Join(repository, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(project, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"internal", "lambda", "stacks", "statemachine", "tools"} {
		if err := os.CopyFS(filepath.Join(project, name), os.DirFS(filepath.Join(repository, name))); err != nil {
			t.Fatal(err)
		}
	}
	return project
}

func replaceInFile(t *testing.T, file, old, replacement string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(content), old) {
		t.Fatalf("%s does not contain %q", file, old)
	}
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(content), old, replacement)), 0o600); err != nil {
		t.Fatal(err)
	}
}

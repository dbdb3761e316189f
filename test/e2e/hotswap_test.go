package e2e

import (
	"encoding/json"
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

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
)

// What a developer does all day: a change of the function and of the definition, looked at with cdk diff and deployed past
// CloudFormation, each by its own service.
func TestAChangeOfTheFunctionAndTheDefinitionIsShownAndHotswapped(t *testing.T) {
	t.Parallel()
	o := deployOriginal(t)
	c := newCloud(t)
	c.stage(t, o)
	c.create(t, o.template)

	project := copyProject(t)
	replace(t, filepath.Join(project, "lambda", "mockapi", "handler.go"), "503 Server Unavailable", "503 Hotswapped")
	replace(t, filepath.Join(project, "statemachine", "definition.asl.json"), "The request has succeeded.", "It is hotswapped.")
	updates := &atomic.Int32{}
	environ := append(c.environ(), "AWS_ENDPOINT_URL="+cloudControl(t, c, updates),
		"GOFLAGS=-trimpath") // or Go compiles and links the app anew in each folder
	cdk := func(arguments ...string) result {
		t.Helper()
		r := runIn(t, project, environ, filepath.Join(repository, "node_modules", ".bin", "cdk"), arguments...)
		if r.code != 0 {
			t.Fatalf("cdk %s ended with exit code %d:\n%s\n%s", strings.Join(arguments, " "), r.code, r.stdout, r.stderr)
		}
		return r
	}
	assembly := t.TempDir()
	cdk("synth", "--quiet", "--output", assembly)
	difference := cdk("diff", "--app", assembly)
	difference.says(t, "[~] AWS::Lambda::Function")
	difference.says(t, "[~] AWS::StepFunctions::StateMachine")
	difference.says(t, "It is hotswapped.")
	cdk("deploy", "--hotswap", "--app", assembly).says(t, "hotswapping resources")

	if n := updates.Load(); n != 1 {
		t.Errorf("Cloud Control was asked for %d updates, expected that of the definition", n)
	}
	for input, want := range map[string]struct{ output, message string }{
		`{"statuscode":"200"}`: {output: "It is hotswapped."},
		`{"statuscode":"503"}`: {message: "503 Hotswapped"},
	} {
		execution := decode[runDocument](t, c.must(t, 0, "run", "--input", input, "--output", "json")).Executions[0]
		output, _ := execution.Output.(string)
		if message := execution.Steps[0].Attempts[0].Message; output != want.output || message != want.message {
			t.Errorf("for %s the output is %q and the message %q, expected %q and %q", input, output, message, want.output, want.message)
		}
	}
}

// cloudControl stands between the CDK CLI and the local AWS, whose Cloud Control API knows nothing of a stack's resources.
// It plays the one operation that a hotswap of a state machine needs, as AWS does: the properties of the patch, and no
// others, go to UpdateStateMachine. It returns its address.
func cloudControl(t *testing.T, c *cloud, updates *atomic.Int32) string {
	t.Helper()
	target, err := url.Parse(c.server.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	rest := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Target") != "CloudApiService.UpdateResource" {
			rest.ServeHTTP(w, r)
			return
		}
		updates.Add(1)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		var request struct{ TypeName, Identifier, PatchDocument string }
		var patches []struct{ Path, Value string }
		if err := json.Unmarshal(body, &request); err != nil {
			t.Error(err)
		}
		if err := json.Unmarshal([]byte(request.PatchDocument), &patches); err != nil {
			t.Error(err)
		}
		if request.TypeName != "AWS::StepFunctions::StateMachine" || len(patches) != 1 || patches[0].Path != "/DefinitionString" {
			t.Errorf("the update is %s", body)
			http.Error(w, "unexpected", http.StatusBadRequest)
			return
		}
		if _, err := sfn.NewFromConfig(c.config).UpdateStateMachine(r.Context(), &sfn.UpdateStateMachineInput{
			StateMachineArn: &request.Identifier, Definition: aws.String(patches[0].Value)}); err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = io.WriteString(w, `{"ProgressEvent": {"OperationStatus": "SUCCESS", "RequestToken": "token"}}`)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// copyProject copies what the CDK needs of the project, so that a test may change it.
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

func replace(t *testing.T, file, old, replacement string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(content), old) {
		t.Fatalf("%s does not hold %q", file, old)
	}
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(content), old, replacement)), 0o600); err != nil {
		t.Fatal(err)
	}
}

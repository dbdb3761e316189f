package test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"retrycatch/internal/history"
	"retrycatch/internal/localaws"
	"retrycatch/internal/workflow"
	"retrycatch/statemachine"
)

// TestDefinitionOnTheLocalAWS runs the definition with a real function. The local AWS skips waits,
// which would take two minutes. TestDefinitionOnAnotherEngine checks the waits.
func TestDefinitionOnTheLocalAWS(t *testing.T) {
	t.Parallel()
	options := localaws.Options{Project: repository, Region: "eu-central-1", SkipWaits: true}
	server, err := localaws.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	cfg := aws.Config{Region: server.Region, BaseEndpoint: &server.Endpoint,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}
	stateMachine := createStateMachine(t, cfg, createFailingAPI(t, cfg))
	for i, expected := range expectations(t) {
		t.Run(expected.testName, func(t *testing.T) {
			name := fmt.Sprint("run-", i)
			input, err := json.Marshal(map[string]any{
				"statuscode": expected.Name, "run": name, "failures": expected.failures})
			if err != nil {
				t.Fatal(err)
			}
			execution, err := workflow.Start(t.Context(), cfg, stateMachine, name, string(input), workflow.NewTraceID())
			if err != nil {
				t.Fatal(err)
			}
			ended, err := workflow.Follow(t.Context(), cfg, execution, func(history.Execution) {})
			if err != nil {
				t.Fatal(err)
			}
			for _, deviation := range expected.Check(ended) {
				t.Error(deviation)
			}
		})
	}
}

// createFailingAPI creates the function testdata/failingapi, and returns its ARN. The local AWS
// runs the function on this machine.
func createFailingAPI(t *testing.T, cfg aws.Config) string {
	t.Helper()
	created, err := lambda.NewFromConfig(cfg).CreateFunction(t.Context(), &lambda.CreateFunctionInput{
		FunctionName: aws.String("FailingAPI"),
		Runtime:      lambdatypes.RuntimeProvidedal2023,
		Handler:      aws.String("bootstrap"),
		Role:         aws.String("arn:aws:iam::000000000000:role/any"),
		Code:         &lambdatypes.FunctionCode{ZipFile: zipFailingAPI(t)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return *created.FunctionArn
}

func zipFailingAPI(t *testing.T) []byte {
	t.Helper()
	bootstrap := filepath.Join(t.TempDir(), "bootstrap")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", bootstrap, "./testdata/failingapi")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("cannot build the function: %v\n%s", err, output)
	}
	executable, err := os.ReadFile(bootstrap)
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	writer := zip.NewWriter(&archive)
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Store}
	header.SetMode(0o755)
	entry, err := writer.CreateHeader(header)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := entry.Write(executable); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return archive.Bytes()
}

func createStateMachine(t *testing.T, cfg aws.Config, function string) string {
	t.Helper()
	created, err := sfn.NewFromConfig(cfg).CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
		Name: aws.String("MyAPIStateMachine"), RoleArn: aws.String("arn:aws:iam::000000000000:role/any"),
		Definition: aws.String(strings.ReplaceAll(statemachine.Definition, "${MockAPIFunctionArn}", function))})
	if err != nil {
		t.Fatal(err)
	}
	return *created.StateMachineArn
}

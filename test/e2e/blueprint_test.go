package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
)

// blueprint holds the template and assets of a CDK deployment. Tests create the stack from a
// blueprint in their own accounts: a hundred copies take less time than three CDK deployments.
type blueprint struct {
	template string
	assets   map[string][]byte // the objects in the bootstrap bucket, by key
}

var sharedBlueprint struct {
	sync.Mutex
	*blueprint
}

// deployBlueprint deploys with the CDK once for all tests, and returns the blueprint.
func deployBlueprint(t *testing.T) blueprint {
	t.Helper()
	sharedBlueprint.Lock()
	defer sharedBlueprint.Unlock()
	if sharedBlueprint.blueprint == nil {
		c := newCloud(t)
		c.cdkApp = cdkAppVariable(t)
		c.bootstrap(t, blueprint{})
		c.mustRun(t, 0, "deploy", "--yes")
		b := c.readBlueprint(t)
		sharedBlueprint.blueprint = &b
	}
	return *sharedBlueprint.blueprint
}

// readBlueprint reads the stack's template and assets.
func (c *cloud) readBlueprint(t *testing.T) blueprint {
	t.Helper()
	out, err := cloudformation.NewFromConfig(c.config).GetTemplate(t.Context(),
		&cloudformation.GetTemplateInput{StackName: aws.String("retrycatch")})
	if err != nil {
		t.Fatal(err)
	}
	b := blueprint{template: *out.TemplateBody, assets: map[string][]byte{}}
	client, bucket := resource.S3(c.config), stagingBucket(c.server.Account)
	list, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: bucket})
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range list.Contents {
		got, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: object.Key})
		if err != nil {
			t.Fatal(err)
		}
		if b.assets[*object.Key], err = io.ReadAll(got.Body); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func stagingBucket(account string) *string {
	return aws.String(fmt.Sprintf("cdk-hnb659fds-assets-%s-%s", account, region))
}

// withDelayedRetries returns a copy of the blueprint whose state machine waits a minute before it
// retries a 429. An execution is then still running when a test stops it, even on a busy machine.
func (b blueprint) withDelayedRetries(t *testing.T) blueprint {
	t.Helper()
	const interval = `\"IntervalSeconds\": `
	delayed := strings.Replace(b.template, interval+"1,", interval+"60,", 1)
	if delayed == b.template {
		t.Fatalf("the template does not contain %s1,", interval)
	}
	b.template = delayed
	return b
}

// delayRetries changes a deployed state machine to wait a minute before it retries a 429.
func (c *cloud) delayRetries(t *testing.T, stateMachine string) {
	t.Helper()
	client := sfn.NewFromConfig(c.config)
	deployed, err := client.DescribeStateMachine(t.Context(),
		&sfn.DescribeStateMachineInput{StateMachineArn: &stateMachine})
	if err != nil {
		t.Fatal(err)
	}
	const interval = `"IntervalSeconds": `
	delayed := strings.Replace(*deployed.Definition, interval+"1,", interval+"60,", 1)
	if delayed == *deployed.Definition {
		t.Fatalf("the definition does not contain %s1,", interval)
	}
	update := sfn.UpdateStateMachineInput{StateMachineArn: &stateMachine, Definition: &delayed}
	if _, err := client.UpdateStateMachine(t.Context(), &update); err != nil {
		t.Fatal(err)
	}
}

// startWaitingExecution starts an execution of a state machine with delayed retries, and returns
// while the execution is waiting for a retry. It makes up to three attempts, because an execution
// on a busy machine may end with another error.
func (c *cloud) startWaitingExecution(t *testing.T, stateMachine string) {
	t.Helper()
	client, input := sfn.NewFromConfig(c.config), `{"statuscode":"429"}`
	for range 3 {
		started, err := client.StartExecution(t.Context(),
			&sfn.StartExecutionInput{StateMachineArn: &stateMachine, Input: &input})
		if err != nil {
			t.Fatal(err)
		}
		if c.awaitRetry(t, *started.ExecutionArn) {
			return
		}
	}
	t.Fatal("none of the three executions waited for a retry")
}

// awaitRetry waits until the first attempt fails or the execution ends. It reports whether the
// execution waits for a retry.
func (c *cloud) awaitRetry(t *testing.T, executionARN string) bool {
	t.Helper()
	client := sfn.NewFromConfig(c.config)
	for {
		out, err := client.GetExecutionHistory(t.Context(),
			&sfn.GetExecutionHistoryInput{ExecutionArn: &executionARN})
		if err != nil {
			t.Fatal(err)
		}
		failed := false
		for _, event := range out.Events {
			switch event.Type {
			case sfntypes.HistoryEventTypeExecutionFailed, sfntypes.HistoryEventTypeExecutionSucceeded:
				t.Logf("an execution ended before its retry: %+v", event)
				return false
			case sfntypes.HistoryEventTypeLambdaFunctionFailed, sfntypes.HistoryEventTypeTaskFailed:
				failed = true
			}
		}
		if failed {
			return true
		}
		time.Sleep(10 * time.Millisecond) // Step Functions sends no event that the test could await
	}
}

// inAccount returns another account of the same local AWS. The local AWS reads a 12-digit access
// key as the account ID.
func (c *cloud) inAccount(account string) *cloud {
	other := *c
	other.account = account
	other.config = c.config.Copy()
	other.config.Credentials = credentials.NewStaticCredentialsProvider(account, "test", "")
	return &other
}

// bootstrap creates the bucket and the parameter of the CDK bootstrap, and uploads the blueprint's
// assets.
func (c *cloud) bootstrap(t *testing.T, b blueprint) {
	t.Helper()
	client, bucket := resource.S3(c.config), stagingBucket(c.account)
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket:                    bucket,
		CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region},
	}); err != nil {
		t.Fatal(err)
	}
	for key, content := range b.assets {
		if _, err := client.PutObject(t.Context(),
			&s3.PutObjectInput{Bucket: bucket, Key: &key, Body: bytes.NewReader(content)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ssm.NewFromConfig(c.config).PutParameter(t.Context(), &ssm.PutParameterInput{
		Name:  aws.String("/cdk-bootstrap/hnb659fds/version"),
		Value: aws.String("30"),
		Type:  ssmtypes.ParameterTypeString,
	}); err != nil {
		t.Fatal(err)
	}
}

// stackTags holds the tags that the CDK sets on the stack.
var stackTags = []types.Tag{{Key: aws.String(deployment.TagProject), Value: aws.String(deployment.Project)},
	{Key: aws.String(deployment.TagStack), Value: aws.String("retrycatch")}}

// create creates the stack, and waits until the creation ends.
func (c *cloud) create(t *testing.T, template string) *inventory.Stack {
	t.Helper()
	_, err := cloudformation.NewFromConfig(c.config).CreateStack(t.Context(), &cloudformation.CreateStackInput{
		StackName:    aws.String("retrycatch"),
		TemplateBody: &template,
		Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
		Tags:         stackTags,
	})
	// After a lost response, the SDK repeats the call. The local AWS ignores the request token, so
	// the repeated call fails.
	if exists := (*types.AlreadyExistsException)(nil); err != nil && !errors.As(err, &exists) {
		t.Fatal(err)
	}
	for {
		stack, err := inventory.FindStack(t.Context(), c.config, "retrycatch")
		if err != nil || stack == nil {
			t.Fatalf("got no stack (error: %v)", err)
		}
		if !stack.InProgress() {
			return stack
		}
		time.Sleep(10 * time.Millisecond) // CloudFormation sends no event that the test could await
	}
}

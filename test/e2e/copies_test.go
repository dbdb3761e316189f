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

// original is what the CDK has made of the project, for copies of it elsewhere, in accounts of their own or on another local
// AWS: a teardown can be tried a hundred times in the time that the CDK takes for three deployments.
type original struct {
	template string
	staged   map[string][]byte // what lies in the bootstrap bucket, by key
}

var theOriginal struct {
	sync.Mutex
	*original
}

// deployOriginal deploys with the CDK, once for all tests, and keeps what came of it.
func deployOriginal(t *testing.T) original {
	t.Helper()
	theOriginal.Lock()
	defer theOriginal.Unlock()
	if theOriginal.original == nil {
		c := newCloud(t)
		c.app = assembly(t)
		c.stage(t, original{})
		c.must(t, 0, "deploy", "--yes")
		o := c.read(t)
		theOriginal.original = &o
	}
	return *theOriginal.original
}

// read gives what is deployed.
func (c *cloud) read(t *testing.T) original {
	t.Helper()
	out, err := cloudformation.NewFromConfig(c.config).GetTemplate(t.Context(), &cloudformation.GetTemplateInput{StackName: aws.String("retrycatch")})
	if err != nil {
		t.Fatal(err)
	}
	o := original{template: *out.TemplateBody, staged: map[string][]byte{}}
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
		if o.staged[*object.Key], err = io.ReadAll(got.Body); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func stagingBucket(account string) *string {
	return aws.String(fmt.Sprintf("cdk-hnb659fds-assets-%s-%s", account, region))
}

// patient is the same with a state machine that retries a 429 after a minute, so that its execution runs until it is stopped,
// however long other tests keep the machine busy.
func (o original) patient(t *testing.T) original {
	t.Helper()
	const interval = `\"IntervalSeconds\": `
	patient := strings.Replace(o.template, interval+"1,", interval+"60,", 1)
	if patient == o.template {
		t.Fatalf("the template has no %s1", interval)
	}
	o.template = patient
	return o
}

// delayRetries makes a deployed state machine patient too.
func (c *cloud) delayRetries(t *testing.T, stateMachine string) {
	t.Helper()
	client := sfn.NewFromConfig(c.config)
	deployed, err := client.DescribeStateMachine(t.Context(), &sfn.DescribeStateMachineInput{StateMachineArn: &stateMachine})
	if err != nil {
		t.Fatal(err)
	}
	const interval = `"IntervalSeconds": `
	patient := strings.Replace(*deployed.Definition, interval+"1,", interval+"60,", 1)
	if patient == *deployed.Definition {
		t.Fatalf("the definition has no %s1", interval)
	}
	update := sfn.UpdateStateMachineInput{StateMachineArn: &stateMachine, Definition: &patient}
	if _, err := client.UpdateStateMachine(t.Context(), &update); err != nil {
		t.Fatal(err)
	}
}

// startPatient starts an execution that waits until it is stopped. On a busy machine the function may
// fail for another reason than the one asked for, which ends the execution: then it starts another.
func (c *cloud) startPatient(t *testing.T, stateMachine string) {
	t.Helper()
	client, input := sfn.NewFromConfig(c.config), `{"statuscode":"429"}`
	for range 3 {
		started, err := client.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: &stateMachine, Input: &input})
		if err != nil {
			t.Fatal(err)
		}
		if c.waits(t, *started.ExecutionArn) {
			return
		}
	}
	t.Fatal("no execution waits")
}

// waits reports whether an execution waits for a retry: its first attempt has failed, and it runs.
func (c *cloud) waits(t *testing.T, executionARN string) bool {
	t.Helper()
	for {
		out, err := sfn.NewFromConfig(c.config).GetExecutionHistory(t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: &executionARN})
		if err != nil {
			t.Fatal(err)
		}
		failed := false
		for _, event := range out.Events {
			switch event.Type {
			case sfntypes.HistoryEventTypeExecutionFailed, sfntypes.HistoryEventTypeExecutionSucceeded:
				t.Logf("an execution ended by itself: %+v", event)
				return false
			case sfntypes.HistoryEventTypeLambdaFunctionFailed, sfntypes.HistoryEventTypeTaskFailed:
				failed = true
			}
		}
		if failed {
			return true
		}
		time.Sleep(10 * time.Millisecond) // Step Functions tells nobody
	}
}

// inAccount is the same local AWS for another customer: it takes a key of twelve digits for the account's number.
func (c *cloud) inAccount(account string) *cloud {
	other := *c
	other.account = account
	other.config = c.config.Copy()
	other.config.Credentials = credentials.NewStaticCredentialsProvider(account, "test", "")
	return &other
}

// stage puts into an account what the CDK's bootstrap and its upload would have put there, as far as the CDK needs it.
func (c *cloud) stage(t *testing.T, o original) {
	t.Helper()
	client, bucket := resource.S3(c.config), stagingBucket(c.account)
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: bucket,
		CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region}}); err != nil {
		t.Fatal(err)
	}
	for key, content := range o.staged {
		if _, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: &key, Body: bytes.NewReader(content)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ssm.NewFromConfig(c.config).PutParameter(t.Context(), &ssm.PutParameterInput{
		Name: aws.String("/cdk-bootstrap/hnb659fds/version"), Value: aws.String("30"), Type: ssmtypes.ParameterTypeString}); err != nil {
		t.Fatal(err)
	}
}

// tags returns the tags that the CDK gives to the stack.
var tags = []types.Tag{{Key: aws.String(deployment.TagProject), Value: aws.String(deployment.Project)},
	{Key: aws.String(deployment.TagStack), Value: aws.String("retrycatch")}}

// create makes the stack, and returns it as it is then.
func (c *cloud) create(t *testing.T, template string) *inventory.Stack {
	t.Helper()
	_, err := cloudformation.NewFromConfig(c.config).CreateStack(t.Context(), &cloudformation.CreateStackInput{StackName: aws.String("retrycatch"),
		TemplateBody: &template, Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam}, Tags: tags})
	// Where an answer was lost, the SDK has tried again, and the local AWS does not know a request again by its token.
	if exists := (*types.AlreadyExistsException)(nil); err != nil && !errors.As(err, &exists) {
		t.Fatal(err)
	}
	for {
		stack, err := inventory.FindStack(t.Context(), c.config, "retrycatch")
		if err != nil || stack == nil {
			t.Fatalf("the stack is not there: %v", err)
		}
		if !stack.InProgress() {
			return stack
		}
		time.Sleep(10 * time.Millisecond) // CloudFormation has no notification
	}
}

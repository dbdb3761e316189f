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

// original holds a deployment of the CDK. Tests copy it into their own accounts: a hundred copies
// take less time than three deployments.
type original struct {
	template string
	assets   map[string][]byte // the objects in the bootstrap bucket, by key
}

var theOriginal struct {
	sync.Mutex
	*original
}

// deployOriginal deploys with the CDK, once for all tests.
func deployOriginal(t *testing.T) original {
	t.Helper()
	theOriginal.Lock()
	defer theOriginal.Unlock()
	if theOriginal.original == nil {
		c := newCloud(t)
		c.app = assembly(t)
		c.bootstrap(t, original{})
		c.must(t, 0, "deploy", "--yes")
		o := c.readOriginal(t)
		theOriginal.original = &o
	}
	return *theOriginal.original
}

// readOriginal reads the stack's template and its assets.
func (c *cloud) readOriginal(t *testing.T) original {
	t.Helper()
	out, err := cloudformation.NewFromConfig(c.config).GetTemplate(t.Context(),
		&cloudformation.GetTemplateInput{StackName: aws.String("retrycatch")})
	if err != nil {
		t.Fatal(err)
	}
	o := original{template: *out.TemplateBody, assets: map[string][]byte{}}
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
		if o.assets[*object.Key], err = io.ReadAll(got.Body); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func stagingBucket(account string) *string {
	return aws.String(fmt.Sprintf("cdk-hnb659fds-assets-%s-%s", account, region))
}

// delayed returns a copy whose state machine retries a 429 only after a minute. Its execution still
// runs when a test stops it, even on a busy machine.
func (o original) delayed(t *testing.T) original {
	t.Helper()
	const interval = `\"IntervalSeconds\": `
	delayed := strings.Replace(o.template, interval+"1,", interval+"60,", 1)
	if delayed == o.template {
		t.Fatalf("the template has no %s1", interval)
	}
	o.template = delayed
	return o
}

// delayRetries makes a deployed state machine retry a 429 only after a minute.
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
		t.Fatalf("the definition has no %s1", interval)
	}
	update := sfn.UpdateStateMachineInput{StateMachineArn: &stateMachine, Definition: &delayed}
	if _, err := client.UpdateStateMachine(t.Context(), &update); err != nil {
		t.Fatal(err)
	}
}

// startWaiting starts an execution of a delayed state machine, and returns when it waits for a
// retry. On a busy machine the function may fail for another reason, which ends the execution. Then
// startWaiting starts another one.
func (c *cloud) startWaiting(t *testing.T, stateMachine string) {
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
	t.Fatal("no execution waits for a retry")
}

// awaitRetry reports whether an execution waits for a retry after its first attempt, or ends.
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
				t.Logf("an execution ended by itself: %+v", event)
				return false
			case sfntypes.HistoryEventTypeLambdaFunctionFailed, sfntypes.HistoryEventTypeTaskFailed:
				failed = true
			}
		}
		if failed {
			return true
		}
		time.Sleep(10 * time.Millisecond) // Step Functions has no notification
	}
}

// inAccount returns another account of the same local AWS, which uses an access key of 12 digits as
// the account number.
func (c *cloud) inAccount(account string) *cloud {
	other := *c
	other.account = account
	other.config = c.config.Copy()
	other.config.Credentials = credentials.NewStaticCredentialsProvider(account, "test", "")
	return &other
}

// bootstrap creates the bucket and the parameter of the CDK's bootstrap, and uploads the assets of
// a deployment.
func (c *cloud) bootstrap(t *testing.T, o original) {
	t.Helper()
	client, bucket := resource.S3(c.config), stagingBucket(c.account)
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket:                    bucket,
		CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region},
	}); err != nil {
		t.Fatal(err)
	}
	for key, content := range o.assets {
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

// tags holds the tags that the CDK gives to the stack.
var tags = []types.Tag{{Key: aws.String(deployment.TagProject), Value: aws.String(deployment.Project)},
	{Key: aws.String(deployment.TagStack), Value: aws.String("retrycatch")}}

// create creates the stack and waits for the end of its creation.
func (c *cloud) create(t *testing.T, template string) *inventory.Stack {
	t.Helper()
	_, err := cloudformation.NewFromConfig(c.config).CreateStack(t.Context(), &cloudformation.CreateStackInput{
		StackName:    aws.String("retrycatch"),
		TemplateBody: &template,
		Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
		Tags:         tags,
	})
	// The SDK retries after a lost answer, and the local AWS ignores the token of the request.
	if exists := (*types.AlreadyExistsException)(nil); err != nil && !errors.As(err, &exists) {
		t.Fatal(err)
	}
	for {
		stack, err := inventory.FindStack(t.Context(), c.config, "retrycatch")
		if err != nil || stack == nil {
			t.Fatalf("cannot find the stack: %v", err)
		}
		if !stack.InProgress() {
			return stack
		}
		time.Sleep(10 * time.Millisecond) // CloudFormation has no notification
	}
}

package e2e

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"retrycatch/test/faults"
)

// foreignSituations holds situations with resources that do not belong to the stack.
var foreignSituations = []situation{
	{name: "foreign stack in review", run: func(t *testing.T, c *cloud, _ blueprint) {
		client := cloudformation.NewFromConfig(c.config)
		name, changeSet := aws.String("retrycatch"), aws.String("theirs")
		if _, err := client.CreateChangeSet(t.Context(),
			&cloudformation.CreateChangeSetInput{StackName: name, ChangeSetName: changeSet,
				ChangeSetType: types.ChangeSetTypeCreate,
				TemplateBody:  aws.String(`{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}`)}); err != nil {
			t.Fatal(err)
		}
		for _, command := range []string{"destroy", "deploy"} {
			c.mustRun(t, 2, command, "--yes").wantText(t, "the stack retrycatch belongs to somebody else")
		}
		if _, err := client.DescribeChangeSet(t.Context(),
			&cloudformation.DescribeChangeSetInput{StackName: name, ChangeSetName: changeSet}); err != nil {
			t.Errorf("the foreign change set no longer exists: %v", err)
		}
		if _, err := client.DeleteStack(t.Context(), &cloudformation.DeleteStackInput{StackName: name}); err != nil {
			t.Fatal(err)
		}
	}},
	{name: "EventBridge rule", run: func(t *testing.T, c *cloud, b blueprint) {
		machine := c.create(t, b.template).Outputs["StateMachineArn"]
		client := eventbridge.NewFromConfig(c.config)
		if _, err := client.PutRule(t.Context(), &eventbridge.PutRuleInput{Name: aws.String("nightly"),
			ScheduleExpression: aws.String("rate(1 day)")}); err != nil {
			t.Fatal(err)
		}
		if _, err := client.PutTargets(t.Context(), &eventbridge.PutTargetsInput{Rule: aws.String("nightly"),
			Targets: []ebtypes.Target{{Id: aws.String("1"), Arn: &machine}}}); err != nil {
			t.Fatal(err)
		}
		c.mustRun(t, 0, "destroy", "--yes").wantText(t, "The EventBridge rule nightly is not deleted")
	}},
	{name: "foreign role after a rollback", leftovers: []string{"IAM role " + functionRole},
		run: func(t *testing.T, c *cloud, b blueprint) {
			proxy := faults.Start(t, c.server.Endpoint, faults.Options{Behaviors: faults.BenignBehaviors()})
			stack := c.createThrough(t, proxy, failingTemplate(t, b.template), "")
			if stack.Status != types.StackStatusRollbackComplete {
				t.Fatalf("got stack status %s, want %s", stack.Status, types.StackStatusRollbackComplete)
			}
			c.createRole(t, functionRole)
			c.attachPolicy(t)
			c.mustRunThrough(t, proxy, 2, "deploy", "--yes").wantText(t,
				"the IAM role "+functionRole+" already exists, and this stack does not own it")
			r := c.mustRunThrough(t, proxy, 0, "destroy", "--yes", "--force")
			r.wantText(t, "The IAM role "+functionRole+" was created or changed at")
			if policies := c.attachedPolicies(t); !slices.Equal(policies, []string{readOnlyPolicy}) {
				t.Errorf("policies of the foreign role: got %q, want %q", policies, readOnlyPolicy)
			}
		}},
	{name: "new deployment while the teardown is verified", run: func(t *testing.T, c *cloud, b blueprint) {
		c.create(t, b.template)
		created := false
		proxy := faults.Start(t, c.server.Endpoint, faults.Options{OnCall: func(operation string, _ int) {
			// When this call arrives, the stack is gone, and destroy is checking that each resource
			// is gone.
			if operation == "lambda:GetFunctionConfiguration" && !created {
				created = true
				c.create(t, b.template)
			}
		}})
		r := c.mustRunThrough(t, proxy, 0, "destroy", "--yes")
		r.wantText(t, "another stack named retrycatch was created at")
		status := decode[statusDocument](t, c.mustRun(t, 0, "status", "--output", "json"))
		checkStatus(t, status)
		c.mustRun(t, 0, "destroy", "--yes")
	}},
}

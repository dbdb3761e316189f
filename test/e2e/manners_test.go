package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"

	"retrycatch/test/faults"
)

// The whole lifecycle, with every manner of a healthy AWS account at once.
func TestManners(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.app = assembly(t)
	c.bootstrap(t, original{})
	c.createRole(t, "cdk-hnb659fds-cfn-exec-role-"+c.account+"-"+region) // CloudFormation assumes it for the CDK
	before := c.holds(t)
	proxy := faults.Start(t, c.server.Endpoint, faults.Options{Manners: faults.Benign()})
	must := func(args ...string) result {
		t.Helper()
		r := runCommand(t, c.through(proxy), retrycatch, args...)
		if r.code != 0 {
			t.Fatalf("retrycatch %s ended with exit code %d\n%s\n%s\n%s", strings.Join(args, " "), r.code, r.stderr,
				r.stdout, proxy)
		}
		return r
	}
	must("deploy", "--yes")
	checkRuns(t, decode[runDocument](t, must("run", "--output", "json")))
	must("inspect", "latest") // the list of executions lags behind, and run has waited for it
	checkStatus(t, decode[statusDocument](t, must("status", "--output", "json")))
	must("deploy", "--yes").says(t, "CloudFormation has nothing to change.")
	proof := decode[destroyDocument](t, must("destroy", "--yes", "--assets", "--output", "json"))
	if n := gone(proof); n < 12 {
		t.Errorf("%d resources are proved to be gone, expected at least 12", n)
	}
	if diff := cmp.Diff(before, c.holds(t)); diff != "" {
		t.Errorf("the account changed:\n%s", diff)
	}
	again := decode[destroyDocument](t, must("destroy", "--yes", "--output", "json"))
	if n := gone(again); n != 12 {
		t.Errorf("the repeated proof has %d resources, expected 12", n)
	}
	t.Logf("%s", proxy)
}

func gone(proof destroyDocument) (n int) {
	for _, resource := range proof.Resources {
		if resource.Gone {
			n++
		}
	}
	return n
}

const (
	functionRole = "lambda_basic_execution"
	functionLogs = "/aws/lambda/MockAPIFunction"
	readOnly     = "arn:aws:iam::aws:policy/ReadOnlyAccess"
)

// unkind holds situations in which AWS is less kind than a local AWS. Each has its own account. In
// the end the account must be unchanged, unless the test says what stays.
var unkind = []struct {
	name  string
	run   func(t *testing.T, c *cloud, o original)
	stays []string
}{
	{name: "a policy attached during the deletion", run: func(t *testing.T, c *cloud, o original) {
		c.create(t, o.template)
		attached := false
		proxy := faults.Start(t, c.server.Endpoint,
			faults.Options{Manners: []faults.Manner{faults.RoleDeletionConflict(), faults.DeletedStaysListed()},
				OnCall: func(operation string, _ int) {
					if operation == "cloudformation:DeleteStack" && !attached {
						attached = true
						c.attachPolicy(t)
					}
				}})
		failed := c.ends(t, proxy, 1, "destroy", "--yes")
		failed.says(t, "must detach all policies first")
		failed.says(t, "next: retrycatch destroy --force --region "+region)
		c.ends(t, proxy, 2, "destroy", "--yes").says(t, "aws iam detach-role-policy --role-name "+functionRole)
		c.ends(t, proxy, 0, "destroy", "--yes", "--force")
	}},
	{name: "a policy attached before every deletion", run: func(t *testing.T, c *cloud, o original) {
		c.create(t, o.template)
		proxy := faults.Start(t, c.server.Endpoint,
			faults.Options{Manners: []faults.Manner{faults.RoleDeletionConflict(), faults.DeletedStaysListed()},
				OnCall: func(operation string, _ int) {
					if operation == "cloudformation:DeleteStack" {
						c.attachPolicy(t)
					}
				}})
		forced := c.ends(t, proxy, 0, "destroy", "--yes", "--force")
		forced.says(t, "leaving behind the resources that it cannot delete")
		forced.says(t, "removing the IAM role "+functionRole)
	}},
	{name: "an instance profile", run: func(t *testing.T, c *cloud, o original) {
		c.create(t, o.template)
		client := iam.NewFromConfig(c.config)
		if _, err := client.CreateInstanceProfile(t.Context(),
			&iam.CreateInstanceProfileInput{InstanceProfileName: aws.String("theirs")}); err != nil {
			t.Fatal(err)
		}
		if _, err := client.AddRoleToInstanceProfile(t.Context(),
			&iam.AddRoleToInstanceProfileInput{InstanceProfileName: aws.String("theirs"),
				RoleName: aws.String(functionRole)}); err != nil {
			t.Fatal(err)
		}
		proxy := faults.Start(t, c.server.Endpoint, faults.Options{Manners: faults.Benign()})
		c.ends(t, proxy, 2, "destroy", "--yes").says(t,
			"aws iam remove-role-from-instance-profile --instance-profile-name theirs --role-name "+functionRole)
		c.ends(t, proxy, 0, "destroy", "--yes", "--force")
	}},
	{name: "deletion protection of a log group", run: func(t *testing.T, c *cloud, o original) {
		proxy := faults.Start(t, c.server.Endpoint, faults.Options{Manners: faults.Benign()})
		c.createThrough(t, proxy, o.template, "")
		if _, err := cloudwatchlogs.NewFromConfig(c.configThrough(proxy)).PutLogGroupDeletionProtection(t.Context(),
			&cloudwatchlogs.PutLogGroupDeletionProtectionInput{
				LogGroupIdentifier: aws.String(functionLogs), DeletionProtectionEnabled: aws.Bool(true)}); err != nil {
			t.Fatal(err)
		}
		refused := c.ends(t, proxy, 2, "destroy", "--yes")
		refused.says(t, "the log group "+functionLogs+" has deletion protection, so it cannot be deleted")
		refused.says(t, "next: aws logs put-log-group-deletion-protection")
		c.ends(t, proxy, 0, "destroy", "--yes", "--force")
	}},
	{name: "somebody's stack in review", run: func(t *testing.T, c *cloud, _ original) {
		client := cloudformation.NewFromConfig(c.config)
		name, set := aws.String("retrycatch"), aws.String("theirs")
		if _, err := client.CreateChangeSet(t.Context(),
			&cloudformation.CreateChangeSetInput{StackName: name, ChangeSetName: set,
				ChangeSetType: types.ChangeSetTypeCreate,
				TemplateBody:  aws.String(`{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}`)}); err != nil {
			t.Fatal(err)
		}
		for _, command := range []string{"destroy", "deploy"} {
			c.must(t, 2, command, "--yes").says(t, "the stack retrycatch is somebody else's")
		}
		if _, err := client.DescribeChangeSet(t.Context(),
			&cloudformation.DescribeChangeSetInput{StackName: name, ChangeSetName: set}); err != nil {
			t.Errorf("their change set is gone: %v", err)
		}
		if _, err := client.DeleteStack(t.Context(), &cloudformation.DeleteStackInput{StackName: name}); err != nil {
			t.Fatal(err)
		}
	}},
	{name: "a rule of EventBridge that stays", run: func(t *testing.T, c *cloud, o original) {
		machine := c.create(t, o.template).Outputs["StateMachineArn"]
		client := eventbridge.NewFromConfig(c.config)
		if _, err := client.PutRule(t.Context(), &eventbridge.PutRuleInput{Name: aws.String("nightly"),
			ScheduleExpression: aws.String("rate(1 day)")}); err != nil {
			t.Fatal(err)
		}
		if _, err := client.PutTargets(t.Context(), &eventbridge.PutTargetsInput{Rule: aws.String("nightly"),
			Targets: []ebtypes.Target{{Id: aws.String("1"), Arn: &machine}}}); err != nil {
			t.Fatal(err)
		}
		c.must(t, 0, "destroy", "--yes").says(t, "The EventBridge rule nightly stays")
	}},
	{name: "a region that is not enabled", run: func(t *testing.T, c *cloud, _ original) {
		proxy := faults.Start(t, c.server.Endpoint,
			faults.Options{Manners: []faults.Manner{faults.RegionNotEnabled(region)}})
		for _, command := range []string{"status", "destroy", "run"} {
			c.ends(t, proxy, 2, command).says(t, "the region "+region+" is not enabled in the account")
		}
	}},
	{name: "a role that an update could not delete", run: func(t *testing.T, c *cloud, o original) {
		c.create(t, o.template)
		c.attachPolicy(t)
		proxy := faults.Start(t, c.server.Endpoint,
			faults.Options{Manners: []faults.Manner{faults.CleanupSkips(), faults.RoleDeletionConflict(),
				faults.DeletedStaysListed()}})
		c.updateThrough(t, proxy, strings.ReplaceAll(o.template, `"`+functionRole+`"`, `"`+functionRole+`_other"`))
		left := c.ends(t, proxy, 1, "destroy", "--yes")
		left.says(t, "The IAM role "+functionRole+" was left behind by the stack retrycatch (DELETE_FAILED")
		left.says(t, "next: retrycatch destroy --force --region "+region)
		c.ends(t, proxy, 1, "destroy", "--yes").says(t, "these resources are left: IAM role "+functionRole)
		c.ends(t, proxy, 0, "destroy", "--yes", "--force")
	}},
	{name: "a lost execution role", run: func(t *testing.T, c *cloud, o original) {
		proxy := faults.Start(t, c.server.Endpoint, faults.Options{Manners: faults.Benign()})
		lost, other := c.createRole(t, "cdk-hnb659fds-cfn-exec-role-1-"+region), c.createRole(t, "other")
		stack := c.createThrough(t, proxy, o.template, lost)
		c.deleteRole(t, "cdk-hnb659fds-cfn-exec-role-1-"+region)
		c.start(t, stack.Outputs["StateMachineArn"])
		refused := c.ends(t, proxy, 2, "destroy", "--yes")
		refused.says(t, "with the role "+lost+", which no longer exists")
		refused.says(t, "next: npx cdk bootstrap aws://"+c.account+"/"+region)
		if running := decode[statusDocument](t, c.ends(t, proxy, 0, "status", "--output",
			"json")).Running; len(running) != 1 {
			t.Errorf("a teardown that was refused has stopped the execution")
		}
		c.ends(t, proxy, 2, "destroy", "--yes", "--role-arn", lost).says(t, "of --role-arn does not exist")
		c.ends(t, proxy, 0, "destroy", "--yes", "--role-arn", other)
		c.deleteRole(t, "other")
	}},
	{name: "a rolled-back deployment beside a tutorial", stays: []string{"IAM role " + functionRole},
		run: func(t *testing.T, c *cloud, o original) {
			proxy := faults.Start(t, c.server.Endpoint, faults.Options{Manners: faults.Benign()})
			if stack := c.createThrough(t, proxy, neverComplete(t, o.template),
				""); stack.Status != types.StackStatusRollbackComplete {
				t.Fatalf("it is %s", stack.Status)
			}
			c.createRole(t, functionRole)
			c.attachPolicy(t)
			c.ends(t, proxy, 2, "deploy", "--yes").says(t,
				"the IAM role "+functionRole+" exists already, and this stack does not own it")
			r := c.ends(t, proxy, 0, "destroy", "--yes", "--force")
			r.says(t, "The IAM role "+functionRole+" was created or changed at")
			if policies := c.attachedPolicies(t); !slices.Equal(policies, []string{readOnly}) {
				t.Errorf("the policies of somebody else's role are %q", policies)
			}
		}},
	{name: "a colleague's deployment during the proof", stays: nil, run: func(t *testing.T, c *cloud, o original) {
		c.create(t, o.template)
		created := false
		proxy := faults.Start(t, c.server.Endpoint, faults.Options{OnCall: func(operation string, _ int) {
			// the stack is deleted, and the proof has begun
			if operation == "lambda:GetFunctionConfiguration" && !created {
				created = true
				c.create(t, o.template)
			}
		}})
		r := c.ends(t, proxy, 0, "destroy", "--yes")
		r.says(t, "another stack retrycatch was created at")
		status := decode[statusDocument](t, c.must(t, 0, "status", "--output", "json"))
		checkStatus(t, status)
		c.must(t, 0, "destroy", "--yes")
	}},
	{name: "a denied observation", run: func(t *testing.T, c *cloud, o original) {
		c.create(t, o.template)
		proxy := faults.Start(t, c.server.Endpoint,
			faults.Options{Manners: []faults.Manner{faults.Denied("logs:DescribeLogGroups")}})
		r := c.ends(t, proxy, 1, "destroy", "--yes", "--output", "json")
		r.says(t, "the credentials may not call logs:DescribeLogGroups")
		proof := decode[destroyDocument](t, r)
		for _, resource := range proof.Resources {
			want := "gone"
			if resource.Type == "AWS::Logs::LogGroup" {
				want = "unknown"
			}
			if resource.Now != want {
				t.Errorf("%s %s is %s, expected %s", resource.Type, resource.Name, resource.Now, want)
			}
		}
	}},
	{name: "credentials that expire during the proof", run: func(t *testing.T, c *cloud, o original) {
		c.create(t, o.template)
		proxy := faults.Start(t, c.server.Endpoint,
			faults.Options{Manners: []faults.Manner{faults.ExpiredAfter("lambda:GetFunctionConfiguration", 1)}})
		r := c.ends(t, proxy, 1, "destroy", "--yes")
		r.says(t, "the AWS credentials have expired")
		r.says(t, "then retrycatch destroy --region "+region)
		if strings.Contains(r.stderr, "delete-") {
			t.Errorf("it advises to delete something that may be gone:\n%s", r.stderr)
		}
		c.must(t, 0, "destroy", "--yes").says(t, "Proved to be gone: 12 resources.")
	}},
	{name: "empty and HTML answers", run: func(t *testing.T, c *cloud, o original) {
		c.create(t, o.template)
		for _, manner := range []faults.Manner{faults.EmptyBody("logs:DescribeLogGroups"),
			faults.HTMLBody("cloudwatch:DescribeAlarms")} {
			proxy := faults.Start(t, c.server.Endpoint, faults.Options{Manners: []faults.Manner{manner}})
			environ := append(c.through(proxy), "AWS_MAX_ATTEMPTS=2") // the answer stays the same
			r := runCommand(t, environ, retrycatch, "destroy", "--yes", "--output", "json")
			if r.code == 0 {
				t.Errorf("%s: an answer that cannot be read counts as a proof:\n%s", manner.Name, r.stdout)
			}
		}
		c.must(t, 0, "destroy", "--yes")
	}},
}

func TestUnkindAWS(t *testing.T) {
	t.Parallel()
	o := deployOriginal(t).delayed(t)
	c := newCloud(t)
	for i, test := range unkind {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			account := c.inAccount(fmt.Sprintf("4%011d", i))
			account.bootstrap(t, o)
			before := account.holds(t)
			test.run(t, account, o)
			added, removed := account.holds(t).Difference(before)
			if diff := cmp.Diff(test.stays, added); diff != "" || len(removed) > 0 {
				t.Errorf("the account changed (removed: %q):\n%s", removed, diff)
			}
		})
	}
}

package e2e

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"retrycatch/test/faults"
)

// blockerSituations holds situations that block a deletion.
var blockerSituations = []situation{
	{name: "policy attached during the deletion", run: func(t *testing.T, c *cloud, b blueprint) {
		c.create(t, b.template)
		attached := false
		proxy := faults.Start(t, c.server.Endpoint,
			faults.Options{Behaviors: []faults.Behavior{faults.RoleDeletionConflict(), faults.DeletedResourcesListed()},
				OnCall: func(operation string, _ int) {
					if operation == "cloudformation:DeleteStack" && !attached {
						attached = true
						c.attachPolicy(t)
					}
				}})
		failed := c.mustRunThrough(t, proxy, 1, "destroy", "--yes")
		failed.wantText(t, "must detach all policies first")
		failed.wantText(t, "next: retrycatch destroy --force --region "+region)
		c.mustRunThrough(t, proxy, 2, "destroy", "--yes").wantText(t, "aws iam detach-role-policy --role-name "+functionRole)
		c.mustRunThrough(t, proxy, 0, "destroy", "--yes", "--force")
	}},
	{name: "policy attached before every deletion", run: func(t *testing.T, c *cloud, b blueprint) {
		c.create(t, b.template)
		proxy := faults.Start(t, c.server.Endpoint,
			faults.Options{Behaviors: []faults.Behavior{faults.RoleDeletionConflict(), faults.DeletedResourcesListed()},
				OnCall: func(operation string, _ int) {
					if operation == "cloudformation:DeleteStack" {
						c.attachPolicy(t)
					}
				}})
		forced := c.mustRunThrough(t, proxy, 0, "destroy", "--yes", "--force")
		forced.wantText(t, "but not the resources that CloudFormation cannot delete")
		forced.wantText(t, "removing the IAM role "+functionRole)
	}},
	{name: "instance profile", run: func(t *testing.T, c *cloud, b blueprint) {
		c.create(t, b.template)
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
		proxy := faults.Start(t, c.server.Endpoint, faults.Options{Behaviors: faults.BenignBehaviors()})
		c.mustRunThrough(t, proxy, 2, "destroy", "--yes").wantText(t,
			"aws iam remove-role-from-instance-profile --instance-profile-name theirs --role-name "+functionRole)
		c.mustRunThrough(t, proxy, 0, "destroy", "--yes", "--force")
	}},
	{name: "protected log group", run: func(t *testing.T, c *cloud, b blueprint) {
		proxy := faults.Start(t, c.server.Endpoint, faults.Options{Behaviors: faults.BenignBehaviors()})
		c.createThrough(t, proxy, b.template, "")
		if _, err := cloudwatchlogs.NewFromConfig(c.configThrough(proxy)).PutLogGroupDeletionProtection(t.Context(),
			&cloudwatchlogs.PutLogGroupDeletionProtectionInput{
				LogGroupIdentifier: aws.String(functionLogs), DeletionProtectionEnabled: aws.Bool(true)}); err != nil {
			t.Fatal(err)
		}
		refused := c.mustRunThrough(t, proxy, 2, "destroy", "--yes")
		refused.wantText(t, "the log group "+functionLogs+" has deletion protection, so the stack's deletion would fail")
		refused.wantText(t, "next: aws logs put-log-group-deletion-protection")
		c.mustRunThrough(t, proxy, 0, "destroy", "--yes", "--force")
	}},
	{name: "role left behind by an update", run: func(t *testing.T, c *cloud, b blueprint) {
		c.create(t, b.template)
		c.attachPolicy(t)
		proxy := faults.Start(t, c.server.Endpoint,
			faults.Options{Behaviors: []faults.Behavior{faults.FailedUpdateCleanup(), faults.RoleDeletionConflict(),
				faults.DeletedResourcesListed()}})
		c.updateThrough(t, proxy, strings.ReplaceAll(b.template, `"`+functionRole+`"`, `"`+functionRole+`_other"`))
		failed := c.mustRunThrough(t, proxy, 1, "destroy", "--yes")
		failed.wantText(t, "The IAM role "+functionRole+" was left behind by the stack retrycatch (DELETE_FAILED")
		failed.wantText(t, "next: retrycatch destroy --force --region "+region)
		c.mustRunThrough(t, proxy, 1, "destroy", "--yes").wantText(t, "these resources are left: IAM role "+functionRole)
		c.mustRunThrough(t, proxy, 0, "destroy", "--yes", "--force")
	}},
	{name: "missing execution role", run: func(t *testing.T, c *cloud, b blueprint) {
		proxy := faults.Start(t, c.server.Endpoint, faults.Options{Behaviors: faults.BenignBehaviors()})
		deletedRole, other := c.createRole(t, "cdk-hnb659fds-cfn-exec-role-1-"+region), c.createRole(t, "other")
		stack := c.createThrough(t, proxy, b.template, deletedRole)
		c.deleteRole(t, "cdk-hnb659fds-cfn-exec-role-1-"+region)
		c.startWaitingExecution(t, stack.Outputs["StateMachineArn"])
		refused := c.mustRunThrough(t, proxy, 2, "destroy", "--yes")
		refused.wantText(t, "assumes the role "+deletedRole+", which no longer exists")
		refused.wantText(t, "next: npx cdk bootstrap aws://"+c.account+"/"+region)
		status := decode[statusDocument](t, c.mustRunThrough(t, proxy, 0, "status", "--output", "json"))
		if n := len(status.Running); n != 1 {
			t.Errorf("after a refused teardown: got %d running executions, want 1", n)
		}
		c.mustRunThrough(t, proxy, 2, "destroy", "--yes", "--role-arn", deletedRole).wantText(t,
			"in --role-arn does not exist")
		c.mustRunThrough(t, proxy, 0, "destroy", "--yes", "--role-arn", other)
		c.deleteRole(t, "other")
	}},
}

package e2e

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/inventory"
)

// An account holds two stages. Destroying one stage keeps the other.
func TestStages(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.bootstrap(t, blueprint{})
	before := c.resources(t)

	c.cdkApp = cdkAppVariable(t, "stage=blue")
	c.mustRun(t, 0, "deploy", "--yes", "--stage", "blue")
	blue, _ := c.resources(t).Difference(before)
	protected := []string{"protect=true", "alarmEmail=oncall@example.com"}
	c.cdkApp = cdkAppVariable(t, append([]string{"stage=green"}, protected...)...)
	c.mustRun(t, 0, "deploy", "--yes", "--stage", "green", "-c", protected[0], "-c", protected[1])
	both, _ := c.resources(t).Difference(before)
	green := slices.DeleteFunc(slices.Clone(both), func(line string) bool { return slices.Contains(blue, line) })
	requireStageNames(t, blue, "blue", len(addedByDeployment))
	requireStageNames(t, green, "green", len(addedByDeployment)+emailResources)

	// Without --stage, run uses the stack without a stage, which is not deployed.
	c.mustRun(t, 2, "run").wantText(t, "the stack retrycatch is not deployed")
	var running sync.WaitGroup
	for _, stage := range []string{"blue", "green"} {
		running.Go(func() {
			runs := decode[runDocument](t, c.mustRun(t, 0, "run", "--stage", stage, "--output", "json"))
			checkRuns(t, runs)
			if !strings.HasSuffix(runs.StateMachineARN, ":MyAPIStateMachine-"+stage) {
				t.Errorf("run --stage %[2]s: got the state machine %[1]s, want MyAPIStateMachine-%[2]s",
					runs.StateMachineARN, stage)
			}
		})
	}
	running.Wait()

	// Both stages use the same asset, the function's zip file.
	c.mustRun(t, 0, "destroy", "--yes", "--assets", "--stage", "blue").wantText(t, "the stack retrycatch-green uses it")
	both = slices.Concat(before, green)
	if added, removed := c.resources(t).Difference(both); len(added)+len(removed) > 0 {
		t.Errorf("destroying the stage blue changed the account (added: %q, removed: %q)", added, removed)
	}
	c.checkRefusedTeardown(t, both)
	c.checkForcedTeardown(t, both)
	// The protected log groups still exist, and a new deployment does not overwrite them.
	c.mustRun(t, 2, "deploy", "--yes", "--stage", "green").wantText(t,
		"the log group /aws/lambda/MockAPIFunction-green already exists")
}

// checkRefusedTeardown adds policies to a role of the protected stage green. Then destroy names
// every blocker and changes nothing.
func (c *cloud) checkRefusedTeardown(t *testing.T, before inventory.Account) {
	t.Helper()
	status := decode[statusDocument](t, c.mustRun(t, 0, "status", "--stage", "green", "--output", "json"))
	if count := resourceCount + emailResources; !status.Healthy || !status.Protected || len(status.Resources) != count {
		t.Errorf("status: got %+v, want a healthy, protected deployment of %d resources", status, count)
	}
	const document = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}`
	client, role := iam.NewFromConfig(c.config), aws.String("lambda_basic_execution-green")
	if _, err := client.AttachRolePolicy(t.Context(),
		&iam.AttachRolePolicyInput{RoleName: role, PolicyArn: aws.String(readOnlyPolicy)}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{
		RoleName: role, PolicyName: aws.String("more"), PolicyDocument: aws.String(document)}); err != nil {
		t.Fatal(err)
	}
	refused := c.mustRun(t, 2, "destroy", "--yes", "--stage", "green")
	shown := c.mustRun(t, 0, "status", "--stage", "green")
	for _, blocker := range []string{
		"the stack retrycatch-green has termination protection",
		"the IAM role lambda_basic_execution-green has the policy " + readOnlyPolicy + ", which the stack did not attach",
		"the IAM role lambda_basic_execution-green has the inline policy more, which the stack did not add",
	} {
		refused.wantText(t, blocker)
		shown.wantText(t, blocker)
	}
	if added, removed := c.resources(t).Difference(before); len(added)+len(removed) > 0 {
		t.Errorf("a refused teardown changed the account (added: %q, removed: %q)", added, removed)
	}
}

// checkForcedTeardown destroys the protected stage green with --force. The teardown keeps the log
// groups.
func (c *cloud) checkForcedTeardown(t *testing.T, before inventory.Account) {
	t.Helper()
	teardown := decode[destroyDocument](t,
		c.mustRun(t, 0, "destroy", "--yes", "--force", "--assets", "--stage", "green", "--output", "json"))
	var kept []string
	assets := 0
	for _, resource := range teardown.Resources {
		if resource.Kept == resource.Gone {
			t.Errorf("%s %s: got kept: %t, gone: %t, want one of them true",
				resource.Type, resource.Name, resource.Kept, resource.Gone)
		}
		if strings.HasPrefix(resource.Name, "cdk-") && resource.Proof == "s3:ListObjectVersions: not listed" {
			assets++
		}
		if resource.Kept {
			kept = append(kept, resource.Name)
		}
	}
	want := []string{"/aws/lambda/MockAPIFunction-green", "/aws/vendedlogs/states/MyAPIStateMachine-green"}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("kept resources (-want +got):\n%s", diff)
	}
	if assets != 2 { // the template, and the zip that the stage blue no longer uses
		t.Errorf("got proof for %d assets, want 2", assets)
	}
	_, removed := c.resources(t).Difference(before)
	if want := len(addedByDeployment) + emailResources - len(kept); len(removed) != want {
		t.Errorf("got %d removed resources, want %d: %q", len(removed), want, removed)
	}
}

// requireStageNames checks the number of a stage's resources, and that their names contain the
// stage.
func requireStageNames(t *testing.T, lines []string, stage string, count int) {
	t.Helper()
	if len(lines) != count {
		t.Errorf("stage %s: got %d resources, want %d: %q", stage, len(lines), count, lines)
	}
	for _, line := range lines {
		if !strings.Contains(line, "-"+stage) {
			t.Errorf("stage %[2]s: the name in %[1]q does not contain -%[2]s", line, stage)
		}
	}
}

// Each region has its own stack.
func TestRegions(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	regions := []string{region, "us-west-2"}
	option := "regions=" + strings.Join(regions, ",")
	resourcesIn := func(region string) inventory.Account {
		regional := *c
		regional.config.Region = region
		return regional.resources(t)
	}

	c.bootstrap(t, blueprint{})
	c.cdkApp = cdkAppVariable(t, option)
	c.mustRun(t, 2, "deploy", "--yes", "-c", option, "--region", "us-east-1").wantText(t,
		"the region us-east-1 is not in the regions option")
	c.mustRun(t, 0, "deploy", "--yes", "-c", option, "--region", "us-west-2") // bootstraps the region
	c.mustRun(t, 0, "destroy", "--yes", "--region", "us-west-2")
	deployed := decode[deployDocument](t, c.mustRun(t, 0, "deploy", "--yes", "-c", option, "--output", "json"))
	var got []string
	for _, stack := range deployed.Stacks {
		got = append(got, stack.Region)
	}
	if diff := cmp.Diff(regions, got); diff != "" {
		t.Fatalf("regions of the deployment (-want +got):\n%s", diff)
	}
	for _, name := range regions {
		for _, line := range []string{
			"stack retrycatch", "IAM role lambda_basic_execution_" + name,
			"IAM role step_functions_basic_execution_" + name, "dashboard retrycatch_" + name,
			"state machine MyAPIStateMachine",
		} {
			if !slices.Contains(resourcesIn(name), line) {
				t.Errorf("%[2]s: got no %[1]s", line, name)
			}
		}
		runs := decode[runDocument](t, c.mustRun(t, 0, "run", "200", "--region", name, "--output", "json"))
		if !runs.AsExpected || !strings.Contains(runs.StateMachineARN, ":"+name+":") {
			t.Errorf("run --region %[2]s: got %+[1]v, want executions as expected in this region", runs, name)
		}
	}
	c.mustRun(t, 0, "destroy", "--yes", "--region", regions[0])
	c.mustRun(t, 0, "status", "--region", regions[1]).wantText(t, "is CREATE_COMPLETE")
	c.mustRun(t, 0, "destroy", "--yes", "--region", regions[1])
	own := regexp.MustCompile("retrycatch|basic_execution|MyAPI|MockAPI")
	for _, name := range regions {
		for _, line := range resourcesIn(name) {
			if own.MatchString(line) {
				t.Errorf("%[2]s: got the leftover %[1]s", line, name)
			}
		}
	}
}

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

// An account holds two stages, and destroying one keeps the other.
func TestStages(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.bootstrap(t, original{})
	before := c.resources(t)

	c.app = assembly(t, "stage=blue")
	c.must(t, 0, "deploy", "--yes", "--stage", "blue")
	blue, _ := c.resources(t).Difference(before)
	protected := []string{"protect=true", "alarmEmail=oncall@example.com"}
	c.app = assembly(t, append([]string{"stage=green"}, protected...)...)
	c.must(t, 0, "deploy", "--yes", "--stage", "green", "-c", protected[0], "-c", protected[1])
	both, _ := c.resources(t).Difference(before)
	green := slices.DeleteFunc(slices.Clone(both), func(line string) bool { return slices.Contains(blue, line) })
	requireAllNamed(t, blue, "-blue", 13)
	requireAllNamed(t, green, "-green", 15)

	// The deployment without a stage does not exist.
	c.must(t, 2, "run").contains(t, "the stack retrycatch is not deployed")
	var running sync.WaitGroup
	for _, stage := range []string{"blue", "green"} {
		running.Go(func() {
			runs := decode[runDocument](t, c.must(t, 0, "run", "--stage", stage, "--output", "json"))
			checkRuns(t, runs)
			if !strings.HasSuffix(runs.StateMachineARN, ":MyAPIStateMachine-"+stage) {
				t.Errorf("got a run of %s in the stage %s", runs.StateMachineARN, stage)
			}
		})
	}
	running.Wait()

	// Both stages use the same zip.
	c.must(t, 0, "destroy", "--yes", "--assets", "--stage", "blue").contains(t, "the stack retrycatch-green uses it")
	both = slices.Concat(before, green)
	if added, removed := c.resources(t).Difference(both); len(added)+len(removed) > 0 {
		t.Errorf("the stage green changed (added: %q, removed: %q)", added, removed)
	}
	c.checkRefusedTeardown(t, both)
	c.checkForcedTeardown(t, both)
	// A deployment does not overwrite the kept log groups.
	c.must(t, 2, "deploy", "--yes", "--stage", "green").contains(t,
		"the log group /aws/lambda/MockAPIFunction-green exists already")
}

// checkRefusedTeardown adds policies to a role of the protected stage green. A teardown names every
// blocker and changes nothing.
func (c *cloud) checkRefusedTeardown(t *testing.T, before inventory.Account) {
	t.Helper()
	status := decode[statusDocument](t, c.must(t, 0, "status", "--stage", "green", "--output", "json"))
	if !status.Healthy || !status.Protected || len(status.Resources) != 14 {
		t.Errorf("got the status %+v, want a healthy, protected deployment of 14 resources", status)
	}
	const document = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}`
	client, role := iam.NewFromConfig(c.config), aws.String("lambda_basic_execution-green")
	if _, err := client.AttachRolePolicy(t.Context(),
		&iam.AttachRolePolicyInput{RoleName: role, PolicyArn: aws.String(readOnly)}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{
		RoleName: role, PolicyName: aws.String("more"), PolicyDocument: aws.String(document)}); err != nil {
		t.Fatal(err)
	}
	refused := c.must(t, 2, "destroy", "--yes", "--stage", "green")
	shown := c.must(t, 0, "status", "--stage", "green")
	for _, blocker := range []string{
		"the stack retrycatch-green has termination protection",
		"the IAM role lambda_basic_execution-green has the policy " + readOnly + ", which the stack did not attach",
		"the IAM role lambda_basic_execution-green has the inline policy more, which the stack did not add",
	} {
		refused.contains(t, blocker)
		shown.contains(t, blocker)
	}
	if added, removed := c.resources(t).Difference(before); len(added)+len(removed) > 0 {
		t.Errorf("a refused teardown changed the account (added: %q, removed: %q)", added, removed)
	}
}

// checkForcedTeardown destroys the protected stage green, which keeps its log groups.
func (c *cloud) checkForcedTeardown(t *testing.T, before inventory.Account) {
	t.Helper()
	proof := decode[destroyDocument](t,
		c.must(t, 0, "destroy", "--yes", "--force", "--assets", "--stage", "green", "--output", "json"))
	var kept []string
	assets := 0
	for _, resource := range proof.Resources {
		if resource.Kept == resource.Gone {
			t.Errorf("%s %s: got kept: %v and gone: %v", resource.Type, resource.Name, resource.Kept, resource.Gone)
		}
		if strings.HasPrefix(resource.Name, "cdk-") && resource.Proof == "s3:HeadObject: NotFound" {
			assets++
		}
		if resource.Kept {
			kept = append(kept, resource.Name)
		}
	}
	want := []string{"/aws/lambda/MockAPIFunction-green", "/aws/vendedlogs/states/MyAPIStateMachine-green"}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("the kept resources differ (-want +got):\n%s", diff)
	}
	if assets != 2 { // the template, and the zip that the stage blue no longer uses
		t.Errorf("got the proof of %d assets, want 2", assets)
	}
	_, removed := c.resources(t).Difference(before)
	if want := 13; len(removed) != want { // all except the two log groups
		t.Errorf("got %d removed resources, want %d: %q", len(removed), want, removed)
	}
}

func requireAllNamed(t *testing.T, lines []string, suffix string, count int) {
	t.Helper()
	if len(lines) != count {
		t.Errorf("got %d resources with the suffix %s, want %d: %q", len(lines), suffix, count, lines)
	}
	for _, line := range lines {
		if !strings.Contains(line, suffix) {
			t.Errorf("%q does not have the suffix %s", line, suffix)
		}
	}
}

// Each region has its own stack.
func TestRegions(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	regions := []string{region, "us-west-2"}
	option := "regions=" + strings.Join(regions, ",")
	holds := func(region string) inventory.Account {
		elsewhere := *c
		elsewhere.config.Region = region
		return elsewhere.resources(t)
	}

	c.bootstrap(t, original{})
	c.app = assembly(t, option)
	c.must(t, 2, "deploy", "--yes", "-c", option, "--region", "us-east-1").contains(t,
		"the region us-east-1 is not in the option regions")
	c.must(t, 0, "deploy", "--yes", "-c", option, "--region", "us-west-2") // bootstraps
	c.must(t, 0, "destroy", "--yes", "--region", "us-west-2")
	deployed := decode[deployDocument](t, c.must(t, 0, "deploy", "--yes", "-c", option, "--output", "json"))
	var got []string
	for _, stack := range deployed.Stacks {
		got = append(got, stack.Region)
	}
	if diff := cmp.Diff(regions, got); diff != "" {
		t.Fatalf("the regions differ (-want +got):\n%s", diff)
	}
	for _, name := range regions {
		for _, line := range []string{
			"stack retrycatch", "IAM role lambda_basic_execution_" + name,
			"IAM role step_functions_basic_execution_" + name, "dashboard retrycatch_" + name,
			"state machine MyAPIStateMachine",
		} {
			if !slices.Contains(holds(name), line) {
				t.Errorf("got no %s in %s", line, name)
			}
		}
		runs := decode[runDocument](t, c.must(t, 0, "run", "200", "--region", name, "--output", "json"))
		if !runs.AsExpected || !strings.Contains(runs.StateMachineARN, ":"+name+":") {
			t.Errorf("got the run %+v in %s", runs, name)
		}
	}
	c.must(t, 0, "destroy", "--yes", "--region", regions[0])
	c.must(t, 0, "status", "--region", regions[1]).contains(t, "is CREATE_COMPLETE")
	c.must(t, 0, "destroy", "--yes", "--region", regions[1])
	own := regexp.MustCompile("retrycatch|basic_execution|MyAPI|MockAPI")
	for _, name := range regions {
		for _, line := range holds(name) {
			if own.MatchString(line) {
				t.Errorf("got a leftover %s in %s", line, name)
			}
		}
	}
}

package e2e

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/inventory"
)

func TestTwoStagesLiveSideBySideAndEachGoesAlone(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.bootstrap(t, original{})
	before := c.holds(t)

	c.app = assembly(t, "stage=blue")
	c.must(t, 0, "deploy", "--yes", "--stage", "blue")
	blue, _ := c.holds(t).Difference(before)
	protected := []string{"protect=true", "alarmEmail=oncall@example.com"}
	c.app = assembly(t, append([]string{"stage=green"}, protected...)...)
	c.must(t, 0, "deploy", "--yes", "--stage", "green", "-c", protected[0], "-c", protected[1])
	both, _ := c.holds(t).Difference(before)
	green := slices.DeleteFunc(slices.Clone(both), func(line string) bool { return slices.Contains(blue, line) })
	requireAllNamed(t, blue, "-blue", 13)
	requireAllNamed(t, green, "-green", 15)

	// Neither is the one without a stage.
	c.must(t, 2, "run").says(t, "the stack retrycatch is not deployed")
	var running sync.WaitGroup
	for _, stage := range []string{"blue", "green"} {
		running.Go(func() {
			runs := decode[runDocument](t, c.must(t, 0, "run", "--stage", stage, "--output", "json"))
			checkRuns(t, runs)
			if !strings.HasSuffix(runs.StateMachineARN, ":MyAPIStateMachine-"+stage) {
				t.Errorf("the stage %s has run %s", stage, runs.StateMachineARN)
			}
		})
	}
	running.Wait()

	// The function is the same, so its zip is too.
	c.must(t, 0, "destroy", "--yes", "--assets", "--stage", "blue").says(t, "the stack retrycatch-green uses it")
	if come, gone := c.holds(t).Difference(slices.Concat(before, green)); len(come)+len(gone) > 0 {
		t.Errorf("beside the stage green, the account holds %q more and lacks %q", come, gone)
	}
	checkProtection(t, c, append(before, green...))
}

// checkProtection destroys the stage green, which is protected, and one of whose roles has got policies from elsewhere.
func checkProtection(t *testing.T, c *cloud, holds inventory.Account) {
	t.Helper()
	status := decode[statusDocument](t, c.must(t, 0, "status", "--stage", "green", "--output", "json"))
	if !status.Healthy || !status.Protected || len(status.Resources) != 14 {
		t.Errorf("the status is %+v", status)
	}
	client := iam.NewFromConfig(c.config)
	role, document := "lambda_basic_execution-green", `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}`
	if _, err := client.AttachRolePolicy(t.Context(), &iam.AttachRolePolicyInput{RoleName: &role,
		PolicyArn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: &role, PolicyName: aws.String("more"), PolicyDocument: &document}); err != nil {
		t.Fatal(err)
	}
	// All of it at once, and nothing is touched.
	refused := c.must(t, 2, "destroy", "--yes", "--stage", "green")
	shown := c.must(t, 0, "status", "--stage", "green")
	for _, what := range []string{"the stack retrycatch-green has termination protection",
		"the IAM role lambda_basic_execution-green has the policy arn:aws:iam::aws:policy/ReadOnlyAccess, which is not the stack's",
		"the IAM role lambda_basic_execution-green has the inline policy more, which is not the stack's"} {
		refused.says(t, what)
		shown.says(t, what)
	}
	if come, gone := c.holds(t).Difference(holds); len(come)+len(gone) > 0 {
		t.Errorf("a teardown that was refused has created %q and removed %q", come, gone)
	}

	var kept []string
	staged := 0
	for _, resource := range decode[destroyDocument](t, c.must(t, 0, "destroy", "--yes", "--force", "--assets", "--stage", "green", "--output", "json")).Resources {
		if resource.Kept == resource.Gone {
			t.Errorf("%s %s is kept: %v, and gone: %v", resource.Type, resource.Name, resource.Kept, resource.Gone)
		}
		if strings.HasPrefix(resource.Name, "cdk-") && resource.Proof == "s3:HeadObject: NotFound" {
			staged++
		}
		if resource.Kept {
			kept = append(kept, resource.Name)
		}
	}
	want := []string{"/aws/lambda/MockAPIFunction-green", "/aws/vendedlogs/states/MyAPIStateMachine-green"}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("something else is kept (-want +got):\n%s", diff)
	}
	if staged != 2 { // the zip, which nobody uses any more, and the template
		t.Errorf("%d staged assets are proved to be gone, expected 2", staged)
	}
	_, gone := c.holds(t).Difference(holds)
	if want := 13; len(gone) != want { // all but the two log groups
		t.Errorf("%d of the stage green are gone, expected %d: %q", len(gone), want, gone)
	}
	// What was kept is not overwritten either.
	c.must(t, 2, "deploy", "--yes", "--stage", "green").says(t, "the log group /aws/lambda/MockAPIFunction-green exists already")
}

func requireAllNamed(t *testing.T, lines []string, suffix string, count int) {
	t.Helper()
	if len(lines) != count {
		t.Errorf("the stage %s has %d resources, expected %d: %q", suffix, len(lines), count, lines)
	}
	for _, line := range lines {
		if !strings.Contains(line, suffix) {
			t.Errorf("%q does not have the suffix %s", line, suffix)
		}
	}
}

func TestEachRegionHasAStackOfItsOwn(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	regions := []string{region, "us-west-2"}
	option := "regions=" + strings.Join(regions, ",")
	holds := func(region string) inventory.Account {
		elsewhere := *c
		elsewhere.config.Region = region
		return elsewhere.holds(t)
	}

	c.bootstrap(t, original{})
	c.app = assembly(t, option)
	c.must(t, 2, "deploy", "--yes", "-c", option, "--region", "us-east-1").says(t,
		"the option regions does not have the region us-east-1")
	c.must(t, 0, "deploy", "--yes", "-c", option, "--region", "us-west-2") // bootstraps
	c.must(t, 0, "destroy", "--yes", "--region", "us-west-2")
	deployed := decode[deployDocument](t, c.must(t, 0, "deploy", "--yes", "-c", option, "--output", "json"))
	var in []string
	for _, stack := range deployed.Stacks {
		in = append(in, stack.Region)
	}
	if diff := cmp.Diff(regions, in); diff != "" {
		t.Fatalf("the regions differ (-want +got):\n%s", diff)
	}
	for _, name := range regions {
		for _, line := range []string{"stack retrycatch", "IAM role lambda_basic_execution_" + name, "IAM role step_functions_basic_execution_" + name,
			"dashboard retrycatch_" + name, "state machine MyAPIStateMachine"} {
			if !slices.Contains(holds(name), line) {
				t.Errorf("there is no %s in %s", line, name)
			}
		}
		runs := decode[runDocument](t, c.must(t, 0, "run", "200", "--region", name, "--output", "json"))
		if !runs.AsExpected || !strings.Contains(runs.StateMachineARN, ":"+name+":") {
			t.Errorf("the run in %s is %+v", name, runs)
		}
	}
	c.must(t, 0, "destroy", "--yes", "--region", regions[0])
	c.must(t, 0, "status", "--region", regions[1]).says(t, "is CREATE_COMPLETE")
	c.must(t, 0, "destroy", "--yes", "--region", regions[1])
	for _, name := range regions {
		for _, line := range holds(name) {
			if strings.Contains(line, "retrycatch") || strings.Contains(line, "basic_execution") || strings.Contains(line, "MyAPI") || strings.Contains(line, "MockAPI") {
				t.Errorf("%s is left in %s", line, name)
			}
		}
	}
}

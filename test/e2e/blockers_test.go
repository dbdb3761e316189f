package e2e

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"
)

func TestNamesTakenByOthersBlockADeploymentAndAreLeftAlone(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	trust := `{"Version":"2012-10-17","Statement":[]}`
	if _, err := iam.NewFromConfig(c.config).CreateRole(t.Context(), &iam.CreateRoleInput{
		RoleName: aws.String("lambda_basic_execution"), AssumeRolePolicyDocument: &trust}); err != nil {
		t.Fatal(err)
	}
	if _, err := cloudwatchlogs.NewFromConfig(c.config).CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{
		LogGroupName: aws.String("/aws/lambda/MockAPIFunction")}); err != nil {
		t.Fatal(err)
	}
	before := c.holds(t)

	refused := c.must(t, 2, "deploy", "--yes")
	refused.says(t, "the IAM role lambda_basic_execution exists already")
	refused.says(t, "the log group /aws/lambda/MockAPIFunction exists already")
	left := c.must(t, 0, "destroy", "--yes")
	left.says(t, "The IAM role lambda_basic_execution exists, but no stack of this name ever had it")
	if diff := cmp.Diff(before, c.holds(t)); diff != "" {
		t.Errorf("the account has changed:\n%s", diff)
	}
}

func TestWrongUsageEndsWithExitCodeTwoAndTheNextStep(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	for name, test := range map[string]struct {
		args []string
		says []string
	}{
		"curly quotes": {[]string{"run", "--input", "{“statuscode”: “200”}"},
			[]string{"unexpected '“' (U+201C) at line 1, character 2", "replace the curly quotes"}},
		"an input that ends early":       {[]string{"run", "--input", `{"statuscode":`}, []string{"it ends before its value does"}},
		"a second value in the input":    {[]string{"run", "--input", "{}\n {}"}, []string{"unexpected '{' (U+007B) at line 2, character 2"}},
		"a scenario that does not exist": {[]string{"run", "418"}, []string{`there is no scenario "418"`, "next: retrycatch run --help"}},
		"a scenario and an input":        {[]string{"run", "200", "--input", "{}"}, []string{"exclude each other"}},
		"an unknown command": {[]string{"deplyo"},
			[]string{`there is no command "deplyo"; did you mean deploy?`, "next: retrycatch deploy"}},
		"an unknown flag": {[]string{"run", "--fast"},
			[]string{"retrycatch run has no flag --fast", "next: retrycatch run --help"}},
		"an unknown format":    {[]string{"status", "--output", "yaml"}, []string{"must be text or json"}},
		"an unknown profile":   {[]string{"status", "--profile", "nope"}, []string{"there is no profile nope", "--profile or AWS_PROFILE"}},
		"a wrong architecture": {[]string{"deploy", "--yes", "-c", "architecture=arm"}, []string{"must be arm64 or x86_64"}},
		"an unknown option":    {[]string{"deploy", "--yes", "-c", "color=red"}, []string{`there is no option "color"`}},
		"a command that is not there": {[]string{"local", "--", "no-such-command"},
			[]string{"cannot find the command no-such-command"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := c.must(t, 2, test.args...)
			for _, text := range append(test.says, "next:") {
				r.says(t, text)
			}
			if r.stdout != "" {
				t.Errorf("standard output is for data, and holds:\n%s", r.stdout)
			}
		})
	}
}

func TestWithoutAnyAccessEveryBlockerIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	environ := []string{"PATH=/usr/bin:/bin", "HOME=" + t.TempDir(), "AWS_EC2_METADATA_DISABLED=true"}
	r := runCommand(t, environ, retrycatch, "deploy", "-c", "architecture=mips")
	if r.code != 2 {
		t.Fatalf("it ended with exit code %d:\n%s", r.code, r.stderr)
	}
	r.says(t, `option architecture cannot be "mips"`)
	r.says(t, "no region is set")
	r.says(t, "there are no usable AWS credentials")
	r.says(t, "go is not in PATH")
}

func TestAnEndpointThatDoesNotAnswerIsNamed(t *testing.T) {
	t.Parallel()
	environ := []string{"PATH=/usr/bin:/bin", "HOME=" + t.TempDir(), "AWS_REGION=" + region, "AWS_ACCESS_KEY_ID=test",
		"AWS_SECRET_ACCESS_KEY=very-secret", "AWS_ENDPOINT_URL=http://127.0.0.1:1"}
	for _, command := range []string{"status", "run", "destroy", "deploy"} {
		r := runCommand(t, environ, retrycatch, command)
		if r.code != 2 {
			t.Errorf("%s ended with exit code %d:\n%s", command, r.code, r.stderr)
		}
		r.says(t, "127.0.0.1:1")
	}
}

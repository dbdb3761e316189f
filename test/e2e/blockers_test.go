package e2e

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"
)

// Resources that others created under names that the stack needs block a deployment. A teardown
// keeps these resources.
func TestNamesInUse(t *testing.T) {
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
	before := c.resources(t)

	refused := c.mustRun(t, 2, "deploy", "--yes")
	refused.wantText(t, "the IAM role lambda_basic_execution already exists")
	refused.wantText(t, "the log group /aws/lambda/MockAPIFunction already exists")
	destroyed := c.mustRun(t, 0, "destroy", "--yes")
	destroyed.wantText(t, "The IAM role lambda_basic_execution was not created by any stack of this stage")
	if diff := cmp.Diff(before, c.resources(t)); diff != "" {
		t.Errorf("the account changed (-before +after):\n%s", diff)
	}
}

// Wrong usage ends with exit code 2 and a next step.
func TestWrongUsage(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	for name, test := range map[string]struct {
		args []string
		want []string
	}{
		"curly quotes": {[]string{"run", "--input", "{“statuscode”: “200”}"},
			[]string{"unexpected '“' (U+201C) at line 1, character 2", "replace the curly quotes"}},
		"truncated input": {[]string{"run", "--input", `{"statuscode":`}, []string{"it is truncated"}},
		"two values": {[]string{"run", "--input", "{}\n {}"},
			[]string{"unexpected '{' (U+007B) at line 2, character 2"}},
		"unknown scenario": {[]string{"run", "418"},
			[]string{`there is no scenario "418"`, "next: retrycatch run --help"}},
		"scenario and input": {[]string{"run", "200", "--input", "{}"}, []string{"use SCENARIO or --input"}},
		"unknown command": {[]string{"deplyo"},
			[]string{`there is no command "deplyo"; did you mean deploy?`, "next: retrycatch deploy"}},
		"unknown flag": {[]string{"run", "--fast"},
			[]string{"retrycatch run has no flag --fast", "next: retrycatch run --help"}},
		"unknown format": {[]string{"status", "--output", "yaml"}, []string{"must be text or json"}},
		"unknown profile": {[]string{"status", "--profile", "nope"},
			[]string{"the profile nope does not exist", "--profile or AWS_PROFILE"}},
		"wrong architecture": {[]string{"deploy", "--yes", "-c", "architecture=arm"}, []string{"it must be arm64 or x86_64"}},
		"unknown option":     {[]string{"deploy", "--yes", "-c", "color=red"}, []string{`there is no option "color"`}},
		"missing program": {[]string{"local", "--", "no-such-command"},
			[]string{"cannot find the command no-such-command"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := c.mustRun(t, 2, test.args...)
			for _, text := range append(test.want, "next:") {
				r.wantText(t, text)
			}
			if r.stdout != "" {
				t.Errorf("got standard output\n%s\nwant none", r.stdout)
			}
		})
	}
}

// One run of deploy names every blocker.
func TestAllBlockersNamed(t *testing.T) {
	t.Parallel()
	environ := []string{"PATH=/usr/bin:/bin", "HOME=" + t.TempDir(), "AWS_EC2_METADATA_DISABLED=true"}
	r := runCommand(t, environ, retrycatch, "deploy", "-c", "architecture=mips")
	if r.code != 2 {
		t.Fatalf("got exit code %d, want 2:\n%s", r.code, r.stderr)
	}
	r.wantText(t, `option architecture cannot be "mips"`)
	r.wantText(t, "no region is set")
	r.wantText(t, "there are no usable AWS credentials")
	r.wantText(t, "go is not in PATH")
}

func TestUnreachableEndpoint(t *testing.T) {
	t.Parallel()
	environ := []string{"PATH=/usr/bin:/bin", "HOME=" + t.TempDir(), "AWS_REGION=" + region, "AWS_ACCESS_KEY_ID=test",
		"AWS_SECRET_ACCESS_KEY=very-secret", "AWS_ENDPOINT_URL=http://127.0.0.1:1"}
	for _, command := range []string{"status", "run", "destroy", "deploy"} {
		r := runCommand(t, environ, retrycatch, command)
		if r.code != 2 {
			t.Errorf("%s: got exit code %d, want 2:\n%s", command, r.code, r.stderr)
		}
		r.wantText(t, "127.0.0.1:1")
	}
}

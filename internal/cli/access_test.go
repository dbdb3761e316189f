package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/cdk"
	"retrycatch/internal/problem"
)

func TestSelectAccess(t *testing.T) {
	cdkProfile := cdk.Settings{Profile: cdk.Setting{Value: "corp", Source: "profile in cdk.json"}}
	cdkRegion := cdk.Settings{Region: cdk.Setting{Value: "us-east-1", Source: "CDK_REGION"}}
	keys := map[string]string{"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"}
	const webIdentity = "AWS_WEB_IDENTITY_TOKEN_FILE"
	tests := []struct {
		name     string
		flags    []string
		settings cdk.Settings
		environ  map[string]string
		region   string // the stack's region
		want     accessSettings
		problems []string // the problems, each followed by its next step
	}{
		{name: "no settings"},
		{name: "the CDK's profile", settings: cdkProfile, want: accessSettings{profile: "corp"}},
		{name: "the CDK's region", settings: cdkRegion, want: accessSettings{region: "us-east-1"}},
		{name: "the environment's profile", environ: map[string]string{"AWS_PROFILE": "mine"}},
		{name: "the same profile twice", settings: cdkProfile, environ: map[string]string{"AWS_PROFILE": "corp"},
			want: accessSettings{profile: "corp"}},
		{name: "two profiles", settings: cdkProfile, environ: map[string]string{"AWS_PROFILE": "mine"},
			problems: []string{`the settings select two profiles: the CDK uses "corp" (profile in cdk.json), but other tools ` +
				`use "mine" (AWS_PROFILE)`, "retrycatch deploy --yes --profile corp"}},
		{name: "two profiles and --profile", flags: []string{"--profile", "mine"}, settings: cdkProfile,
			environ: map[string]string{"AWS_DEFAULT_PROFILE": "other"}, want: accessSettings{profile: "mine"}},
		{name: "the CDK's profile and keys", settings: cdkProfile, environ: keys,
			problems: []string{`the settings select two identities: the CDK uses the profile "corp" (profile in cdk.json), ` +
				"but other tools use keys", "retrycatch deploy --yes --profile corp"}},
		{name: "AWS_PROFILE and a web identity",
			environ: map[string]string{"AWS_PROFILE": "mine", webIdentity: "token"},
			problems: []string{`the settings select two identities: the profile "mine" (AWS_PROFILE) and a web identity`,
				"retrycatch deploy --yes --profile mine"}},
		{name: "the CDK's profile and a web identity", settings: cdkProfile, environ: map[string]string{webIdentity: "token"},
			problems: []string{`the settings select two identities: the CDK uses the profile "corp" (profile in cdk.json), ` +
				"but other tools use a web identity", "retrycatch deploy --yes --profile corp"}},
		{name: "a web identity", environ: map[string]string{webIdentity: "token"}},
		{name: "two regions", settings: cdkRegion, environ: map[string]string{"AWS_REGION": "eu-west-1"},
			problems: []string{`the settings select two regions: the CDK uses "us-east-1" (CDK_REGION), but other tools use ` +
				`"eu-west-1" (AWS_REGION)`, "retrycatch deploy --yes --region us-east-1"}},
		{name: "two regions and a stack with its own region", settings: cdkRegion,
			environ: map[string]string{"AWS_REGION": "eu-west-1"},
			region:  "eu-north-1", want: accessSettings{region: "eu-north-1"}},
		{name: "two regions and --region", flags: []string{"--region", "eu-west-3"}, settings: cdkRegion,
			environ: map[string]string{"AWS_REGION": "eu-west-1"}, want: accessSettings{region: "eu-west-3"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			setCaller(t, userARN)
			for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"} {
				t.Setenv(name, "")
			}
			for name, value := range test.environ {
				t.Setenv(name, value)
			}
			a := appWithFlags(t, test.flags...)
			a.args = []string{"deploy", "--yes"}
			got, err := a.selectAccess(test.settings, test.region)
			if test.problems != nil {
				requireProblems(t, err, test.problems...)
				return
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(accessSettings{})); err != nil || diff != "" {
				t.Errorf("got the error %v, want none; access settings (-want +got, empty if equal):\n%s", err, diff)
			}
		})
	}
}

// Contradictory settings stop every command before it calls AWS or runs the CDK.
func TestContradictorySettings(t *testing.T) {
	setCaller(t, userARN)
	chdirProject(t, `{"profile": "corp"}`)
	for _, command := range []string{"deploy --yes", "run", "status", "executions", "destroy --yes"} {
		t.Run(command, func(t *testing.T) {
			code, stderr := projectCommand(t, filepath.Join(t.TempDir(), "retrycatch"), strings.Fields(command)...)
			next := "next: retrycatch " + command + " --profile corp\n"
			if code != exitUnable || !strings.Contains(stderr, "the settings select two identities") ||
				!strings.Contains(stderr, next) {
				t.Errorf("got exit code %d and standard error\n%s\nwant %d, the contradiction and %q",
					code, stderr, exitUnable, next)
			}
		})
	}
}

func TestBlankFlags(t *testing.T) {
	for _, flags := range [][]string{{"--profile", ""}, {"--profile= "}, {"--region", ""}} {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			code, stderr := projectCommand(t, "retrycatch", append([]string{"destroy", "--yes"}, flags...)...)
			if want := "must not be empty"; code != exitUnable || !strings.Contains(stderr, want) {
				t.Errorf("got exit code %d and standard error\n%s\nwant %d and %q", code, stderr, exitUnable, want)
			}
		})
	}
}

// The CDK CLI gets the checked credentials, but no profile or web identity that could replace them.
func TestDeployPassesCredentials(t *testing.T) {
	setCaller(t, userARN)
	t.Setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "token")
	project := createProject(t, `{"region": "eu-west-1"}`)
	bin := filepath.Join(project, "node_modules", ".bin")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	recorded := filepath.Join(project, "recorded")
	script := "#!/bin/sh\nenv > '" + recorded + "'\necho \"arguments $*\" >> '" + recorded + "'\nexit 1\n"
	writeProgram(t, filepath.Join(bin, "cdk"), script)
	t.Chdir(project)
	console, _, stderr := consoleOf("")
	a := &app{console: console, executable: os.Executable}
	target, err := a.openOne(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a.announce(target)
	const want = "Account 111122223333, region eu-west-1\nas arn:aws:iam::111122223333:user/someone.\n"
	if stderr.String() != want {
		t.Errorf("got standard error %q, want %q", stderr, want)
	}
	cli, err := a.cdk()
	if err != nil {
		t.Fatal(err)
	}
	if cli.Access, err = target.cdkAccess(t.Context()); err != nil {
		t.Fatal(err)
	}
	_ = cli.Deploy(t.Context(), cdk.Deployment{Stack: "retrycatch", Approval: "never"})
	content, err := os.ReadFile(recorded)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=" + awsstub.Secret,
		"AWS_REGION=eu-west-1", "--profile= --region eu-west-1"} {
		if !strings.Contains(string(content), want) {
			t.Errorf("the environment and arguments of the CDK CLI lack %s", want)
		}
	}
	if strings.Contains(string(content), "AWS_WEB_IDENTITY_TOKEN_FILE") {
		t.Error("the CDK CLI also gets the web identity")
	}
}

func TestSettingsBlockers(t *testing.T) {
	t.Parallel()
	const role = "arn:aws:iam::111122223333:role/mine"
	noSuchEntity := awsstub.Error(404, "NoSuchEntity", "")
	tests := []struct {
		name     string
		settings cdk.Settings
		answers  map[string]awsstub.Answer
		problems []string // the problems, each followed by its next step
	}{
		{"no settings", cdk.Settings{}, nil, nil},
		{"a role", cdk.Settings{RoleARN: cdk.Setting{Value: role, Source: "CDK_ROLE_ARN"}},
			map[string]awsstub.Answer{"IAM.GetRole": awsstub.Role("mine")}, nil},
		{"a missing role and boundary", cdk.Settings{RoleARN: cdk.Setting{Value: role, Source: "CDK_ROLE_ARN"},
			Context: map[string]any{"@aws-cdk/core:permissionsBoundary": map[string]any{"name": "limit"}}},
			map[string]awsstub.Answer{"IAM.GetRole": noSuchEntity, "IAM.GetPolicy": noSuchEntity},
			[]string{"the role " + role + " in CDK_ROLE_ARN does not exist", "set a role",
				"the permissions boundary arn:aws:iam::111122223333:policy/limit does not exist", "create it"}},
		{"custom tags", cdk.Settings{Tags: []cdk.Tag{{Key: "team", Value: "pay"}}}, nil, nil},
		{"the stack's own tag", cdk.Settings{Tags: []cdk.Tag{{Key: "Project", Value: "retrycatch"}}}, nil, nil},
		{"another value of the stack's own tag", cdk.Settings{Tags: []cdk.Tag{{Key: "Project", Value: "payroll"}}}, nil,
			[]string{"the tag Project=payroll in cdk.json replaces the stack's own tag Project=retrycatch",
				"rename the tag Project"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t)
			for operation, answer := range test.answers {
				stub.On(operation, answer)
			}
			console, _, _ := consoleOf("")
			subject := targetIn("eu-west-1", stub)
			subject.bootstrap = test.settings.Bootstrap(nil)
			var problems []string
			for _, err := range (&app{console: console}).settingsBlockers(t.Context(), subject, test.settings) {
				p := (*problem.Problem)(nil)
				if !errors.As(err, &p) {
					t.Fatalf("got %v, want a problem", err)
				}
				problems = append(problems, p.What, p.Next)
			}
			if len(problems) != len(test.problems) {
				t.Fatalf("got the blockers and next steps %q, want %q", problems, test.problems)
			}
			for i, want := range test.problems {
				if !strings.Contains(problems[i], want) {
					t.Errorf("got %q, want it to contain %q", problems[i], want)
				}
			}
		})
	}
}

func TestStackTags(t *testing.T) {
	t.Parallel()
	own := []cdk.Tag{{Key: "Project", Value: "retrycatch"}, {Key: "Stack", Value: "retrycatch-dev"}}
	team := cdk.Tag{Key: "team", Value: "pay"}
	for name, test := range map[string]struct{ tags, want []cdk.Tag }{
		"no tags":             {nil, nil},
		"another tag":         {[]cdk.Tag{team}, append(own[:2:2], team)},
		"the stack's own tag": {[]cdk.Tag{own[0], team}, append(own[:2:2], team)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, stackTags(cdk.Settings{Tags: test.tags}, "retrycatch-dev")); diff != "" {
				t.Errorf("the tags differ (-want +got):\n%s", diff)
			}
		})
	}
}

package cli

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/deployment"
	"retrycatch/internal/problem"
	"retrycatch/internal/view"
)

// enter changes to a new folder with this cdk.json, or with one that sets nothing.
func enter(t *testing.T, settings string) {
	t.Helper()
	if settings == "" {
		settings = "{}"
	}
	t.Chdir(projectWith(t, settings))
}

// projectWith creates a project's folder with this cdk.json.
func projectWith(t *testing.T, settings string) string {
	t.Helper()
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "cdk.json"), []byte(settings), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// given returns an app that has parsed these flags.
func given(t *testing.T, flags ...string) *app {
	t.Helper()
	a := &app{console: view.NewConsole(view.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard}),
		executable: os.Executable}
	if err := a.status().ParseFlags(flags); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestOptionPrecedence(t *testing.T) {
	const inProject = `{"context": {"stage": "project", "architecture": "x86_64", "account": 123456789012}}`
	ofProject := func(stage string) deployment.Deployment {
		return deployment.Deployment{
			Stage:         stage,
			Account:       "123456789012",
			Architecture:  deployment.X8664,
			Observability: true,
		}
	}
	plain := deployment.Deployment{Architecture: deployment.ARM64, Observability: true}
	tests := []struct {
		name                 string
		settings, env        string
		commandLine, flagged []string // of -c, and the other flags
		want                 deployment.Deployment
		pairs                []string // for the CDK CLI, which reads cdk.json by itself
	}{
		{"a project without context", `{}`, "", nil, nil, plain, nil},
		{"cdk.json", inProject, "", nil, nil, ofProject("project"), nil},
		{"CDK_CONTEXT over cdk.json", inProject, "stage=env", nil, nil, ofProject("env"), []string{"stage=env"}},
		{
			"-c over CDK_CONTEXT",
			inProject,
			"stage=env",
			[]string{"stage=line"},
			nil,
			ofProject("line"),
			[]string{"stage=env", "stage=line"},
		},
		{
			"--stage over CDK_CONTEXT",
			inProject,
			"stage=env",
			nil,
			[]string{"--stage=flag"},
			ofProject("flag"),
			[]string{"stage=env", "stage=flag"},
		},
		{"--stage over cdk.json", inProject, "", nil, []string{"--stage=flag"}, ofProject("flag"), []string{"stage=flag"}},
		{"one option from each source", inProject, "protect=true", []string{"observability=off"}, []string{"--stage=flag"},
			deployment.Deployment{Stage: "flag", Account: "123456789012", Architecture: deployment.X8664, Protect: true},
			[]string{"protect=true", "observability=off", "stage=flag"}},
		{"--stage over a wrong stage in cdk.json", `{"context": {"stage": "Wrong"}}`, "", nil, []string{"--stage", "right"},
			deployment.Deployment{Stage: "right", Architecture: deployment.ARM64, Observability: true}, []string{"stage=right"}},
		{"the same stage twice", "", "", []string{"stage=dev"}, []string{"--stage=dev", "--stage", "dev"},
			deployment.Deployment{
				Stage:         "dev",
				Architecture:  deployment.ARM64,
				Observability: true,
			}, []string{"stage=dev", "stage=dev", "stage=dev"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			enter(t, test.settings)
			t.Setenv("CDK_CONTEXT", test.env)
			a := given(t, test.flagged...)
			got, pairs, err := a.options(test.commandLine)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the deployment differs (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.pairs, pairs); diff != "" {
				t.Errorf("the pairs for the CDK CLI differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOptionsOfParentFolder(t *testing.T) {
	t.Setenv("CDK_CONTEXT", "")
	enter(t, `{"context": {"stage": "dev"}}`)
	if err := os.MkdirAll("internal/deep", 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir("internal/deep")
	if d, _, err := given(t).options(nil); err != nil || d.Stage != "dev" {
		t.Errorf("the stage is %q, the error %v", d.Stage, err)
	}
}

func TestWrongOptions(t *testing.T) {
	const correct = "correct it on the command line or in cdk.json"
	tests := []struct {
		name                 string
		settings, env        string
		commandLine, flagged []string // of -c, and the other flags
		want                 []string // parts of the problems, each with its next step
	}{
		{
			"two stages by --stage",
			"",
			"",
			nil,
			[]string{"--stage=dev", "--stage=prod"},
			[]string{"the command line names two stages", "name one, with --stage"},
		},
		{
			"two stages by -c",
			"",
			"",
			[]string{"stage=dev", "stage=prod"},
			nil,
			[]string{"the command line names two stages", "name one, with --stage"},
		},
		{
			"two stages, by -c and --stage",
			"",
			"",
			[]string{"stage=dev"},
			[]string{"--stage=prod"},
			[]string{"the command line names two stages", "name one, with --stage"},
		},
		{
			"a stage and an empty stage",
			"",
			"",
			[]string{"stage=dev"},
			[]string{"--stage="},
			[]string{"the command line names two stages", "name one, with --stage",
				`option stage cannot be ""`, correct},
		},
		{"two stages and an unknown option", "", "", []string{"stage=dev", "color=red"}, []string{"--stage=prod"},
			[]string{"the command line names two stages", "name one, with --stage", `there is no option "color"`, correct}},
		{"an invalid stage", "", "", nil, []string{"--stage=Dev"}, []string{`option stage cannot be "Dev"`, correct}},
		{"a misspelled option", "", "", []string{"stag=dev"}, nil,
			[]string{
				`there is no option "stag": the options are stage, account, regions, architecture, observability, ` +
					`alarmEmail, protect; did you mean stage?`,
				"retrycatch deploy -c stage=dev",
			}},
		{"a misspelled value", "", "", []string{"architecture=arm46"}, nil,
			[]string{"did you mean arm64?", "retrycatch deploy -c architecture=arm64"}},
		{
			"a misspelled value in cdk.json",
			`{"context": {"observability": "onn"}}`,
			"",
			nil,
			nil,
			[]string{"did you mean on?", correct},
		},
		{
			"an empty stage",
			`{"context": {"stage": "dev"}}`,
			"",
			nil,
			[]string{"--stage="},
			[]string{`option stage cannot be ""`, correct},
		},
		{
			"a wrong option in each source",
			`{"context": {"account": "mine"}}`,
			"architecture=mips",
			[]string{"protect=yes", "color=red"},
			[]string{"--stage=Dev"},
			[]string{
				`there is no option "color"`,
				correct,
				`option stage cannot be "Dev"`,
				correct,
				`option account cannot be "mine"`,
				correct,
				`option architecture cannot be "mips"`,
				correct,
				`option protect cannot be "yes"`,
				correct,
			},
		},
		{
			"an invalid cdk.json",
			`{"context": }`,
			"",
			nil,
			nil,
			[]string{"cdk.json cannot be read as the CDK's settings", "correct the file"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			enter(t, test.settings)
			t.Setenv("CDK_CONTEXT", test.env)
			a := given(t, test.flagged...)
			a.args = []string{"deploy"}
			for _, pair := range test.commandLine {
				a.args = append(a.args, "-c", pair)
			}
			d, _, err := a.options(test.commandLine)
			requireProblems(t, err, test.want...)
			if diff := cmp.Diff(deployment.Deployment{}, d); diff != "" {
				t.Errorf("the deployment differs (-want +got):\n%s", diff)
			}
		})
	}
}

// requireProblems splits an error into its problems. For each, want has a part of the message and a
// part of the next step.
func requireProblems(t *testing.T, err error, want ...string) {
	t.Helper()
	problems := problemsOf(t, err)
	if len(problems) != len(want)/2 {
		t.Fatalf("got %d problems, want %d: %v", len(problems), len(want)/2, err)
	}
	for i, p := range problems {
		if !strings.Contains(p.Error(), want[2*i]) || !strings.Contains(p.Next, want[2*i+1]) {
			t.Errorf("got %q and the next step %q, want %q and %q", p.Error(), p.Next, want[2*i], want[2*i+1])
		}
	}
}

// problemsOf returns the problems in an error and its joined errors.
func problemsOf(t *testing.T, err error) []*problem.Problem {
	t.Helper()
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var problems []*problem.Problem
		for _, one := range joined.Unwrap() {
			problems = append(problems, problemsOf(t, one)...)
		}
		return problems
	}
	if result := (*badResult)(nil); errors.As(err, &result) {
		err = result.err
	}
	next := nextOf(err, "")
	if next == "" {
		t.Fatalf("%v is a %T, without a next step", err, err)
	}
	return []*problem.Problem{{What: view.Explanation(err), Next: next}}
}

func TestWrongOptionsNextStep(t *testing.T) {
	t.Parallel()
	if err := quiet().wrongOptions(nil); err != nil {
		t.Errorf("without an error, got %v", err)
	}
	other := errors.New("the disk is full")
	if got := quiet().wrongOptions(other); got != other { //nolint:errorlint // it must be the same error
		t.Errorf("got %v, want %v", got, other)
	}
	got := quiet().wrongOptions(errors.Join(other, errors.Join(&deployment.OptionError{Option: "color"})))
	parts := got.(interface{ Unwrap() []error }).Unwrap()
	if len(parts) != 2 || !errors.Is(parts[0], other) {
		t.Errorf("got the errors %q", parts)
	}
	requireProblems(t, parts[1], "color", "correct it")
}

package cli

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/deployment"
	"retrycatch/internal/problem"
	"retrycatch/internal/view"
)

func TestWrongOptions(t *testing.T) {
	const correct = "correct it on the command line or in cdk.json"
	tests := []struct {
		name               string
		settings, env      string
		commandLine, flags []string // the values of -c, and other flags
		want               []string // part of each error, then part of its next step
	}{
		{
			"two stages with --stage",
			"",
			"",
			nil,
			[]string{"--stage=dev", "--stage=prod"},
			[]string{"the command line sets more than one stage", "select one stage with --stage"},
		},
		{
			"two stages with -c",
			"",
			"",
			[]string{"stage=dev", "stage=prod"},
			nil,
			[]string{"the command line sets more than one stage", "select one stage with --stage"},
		},
		{
			"two stages with -c and --stage",
			"",
			"",
			[]string{"stage=dev"},
			[]string{"--stage=prod"},
			[]string{"the command line sets more than one stage", "select one stage with --stage"},
		},
		{
			"stage and empty stage",
			"",
			"",
			[]string{"stage=dev"},
			[]string{"--stage="},
			[]string{"the command line sets more than one stage", "select one stage with --stage",
				`option stage cannot be ""`, correct},
		},
		{"two stages and an unknown option", "", "", []string{"stage=dev", "color=red"}, []string{"--stage=prod"},
			[]string{"the command line sets more than one stage", "select one stage with --stage",
				`there is no option "color"`, correct}},
		{"invalid stage", "", "", nil, []string{"--stage=Dev"}, []string{`option stage cannot be "Dev"`, correct}},
		{"misspelled option", "", "", []string{"stag=dev"}, nil,
			[]string{
				`there is no option "stag": the options are stage, account, regions, architecture, observability, ` +
					`alarmEmail, protect; did you mean stage?`,
				"retrycatch deploy -c stage=dev",
			}},
		{"misspelled value", "", "", []string{"architecture=arm46"}, nil,
			[]string{"did you mean arm64?", "retrycatch deploy -c architecture=arm64"}},
		{
			"misspelled value in cdk.json",
			`{"context": {"observability": "onn"}}`,
			"",
			nil,
			nil,
			[]string{"did you mean on?", correct},
		},
		{
			"empty stage",
			`{"context": {"stage": "dev"}}`,
			"",
			nil,
			[]string{"--stage="},
			[]string{`option stage cannot be ""`, correct},
		},
		{
			"one wrong option in each source",
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
			"invalid cdk.json",
			`{"context": }`,
			"",
			nil,
			nil,
			[]string{"cdk.json cannot be read as the CDK's settings", "correct the file"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			chdirProject(t, test.settings)
			t.Setenv("CDK_CONTEXT", test.env)
			a := appWithFlags(t, test.flags...)
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

// requireProblems checks the problems in an error. want holds two texts for each problem: a part of
// its message, and a part of its next step.
func requireProblems(t *testing.T, err error, want ...string) {
	t.Helper()
	problems := problemsOf(t, err)
	if len(problems) != len(want)/2 {
		t.Fatalf("got %d problems, want %d: %v", len(problems), len(want)/2, err)
	}
	for i, p := range problems {
		if !strings.Contains(p.Error(), want[2*i]) || !strings.Contains(p.Next, want[2*i+1]) {
			t.Errorf("got %q with next step %q, want texts that contain %q and %q", p.Error(), p.Next, want[2*i], want[2*i+1])
		}
	}
}

// problemsOf returns the problems in an error, including those in the errors that it joins.
func problemsOf(t *testing.T, err error) []*problem.Problem {
	t.Helper()
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var problems []*problem.Problem
		for _, part := range joined.Unwrap() {
			problems = append(problems, problemsOf(t, part)...)
		}
		return problems
	}
	if result := (*badResult)(nil); errors.As(err, &result) {
		err = result.err
	}
	next := nextOf(err, "")
	if next == "" {
		t.Fatalf("got the error %v of type %T, want a next step", err, err)
	}
	return []*problem.Problem{{What: view.Explanation(err), Next: next}}
}

func TestExplainOptionErrors(t *testing.T) {
	t.Parallel()
	if err := silentApp().explainOptionErrors(nil); err != nil {
		t.Errorf("got %v, want no error", err)
	}
	other := errors.New("the disk is full")
	if got := silentApp().explainOptionErrors(other); got != other { //nolint:errorlint // it must be the same error
		t.Errorf("got %v, want %v", got, other)
	}
	got := silentApp().explainOptionErrors(errors.Join(other, errors.Join(&deployment.OptionError{Option: "color"})))
	parts := got.(interface{ Unwrap() []error }).Unwrap()
	if len(parts) != 2 || !errors.Is(parts[0], other) {
		t.Errorf("got errors %q, want two, the first unchanged", parts)
	}
	requireProblems(t, parts[1], "color", "correct it")
}

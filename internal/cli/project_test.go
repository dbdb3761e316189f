package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/safetext"
	"retrycatch/internal/view"
)

// projectCommand runs a command line as if the program were at the given path. It returns the exit
// code and standard error, and checks that standard output is empty.
func projectCommand(t *testing.T, executable string, args ...string) (code int, stderr string) {
	t.Helper()
	var out, err strings.Builder
	streams := view.Streams{In: strings.NewReader(""), Out: &out, Err: &err}
	a := &app{console: view.NewConsole(streams), args: args, executable: func() (string, error) { return executable, nil }}
	code = a.execute(t.Context(), streams)
	if out.Len() > 0 {
		t.Errorf("got output %q, want none", out.String())
	}
	return code, err.String()
}

// Without a project, a command stops before it calls AWS.
func TestWithoutProject(t *testing.T) {
	outside := t.TempDir()
	t.Chdir(outside)
	program := filepath.Join(outside, "retrycatch")
	what := "error: no project found: no cdk.json in or above the working folder " + outside +
		", nor above the program " + program + "; use --project to select the project's folder\n"
	tests := []struct{ name, command, next string }{
		{"destroy", "destroy --yes --stage dev", "retrycatch destroy --yes --stage dev --project DIR"},
		{"deploy", "deploy --yes -c architecture=x86_64", "retrycatch deploy --yes -c architecture=x86_64 --project DIR"},
		{"run", "run 429", "retrycatch run 429 --project DIR"},
		{"executions", "executions", "retrycatch executions --project DIR"},
		{"inspect latest", "inspect latest", "retrycatch inspect latest --project DIR"},
		{"inspect an ARN", "inspect arn:aws:states:eu-west-1:111122223333:execution:MyAPIStateMachine:x",
			"retrycatch inspect arn:aws:states:eu-west-1:111122223333:execution:MyAPIStateMachine:x --project DIR"},
		{"graph", "graph", "retrycatch graph --project DIR"},
		{"report", "report", "retrycatch report --project DIR"},
		{"status", "status", "retrycatch status --project DIR"},
		{"demo", "demo", "retrycatch demo --project DIR"},
		{"local", "local -- env -i", "retrycatch local --project DIR -- env -i"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, stderr := projectCommand(t, program, strings.Fields(test.command)...)
			if code != exitUnable {
				t.Errorf("got exit code %d, want %d", code, exitUnable)
			}
			want := what + "  next: " + test.next + "\n"
			if diff := cmp.Diff(want, stderr); diff != "" {
				t.Errorf("standard error differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNoProjectNeeded(t *testing.T) {
	definition, err := os.ReadFile("../../statemachine/definition.asl.json")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for name, args := range map[string][]string{
		"a definition": {"graph", "--definition", "-", "-o", "graph.mmd"},
		"help":         {"destroy", "--help"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, stderr strings.Builder
			streams := view.Streams{In: strings.NewReader(string(definition)), Out: &out, Err: &stderr}
			if code := Run(t.Context(), args, streams); code != exitDone {
				t.Errorf("got exit code %d, want %d: %s", code, exitDone, stderr.String())
			}
		})
	}
}

func TestTwoProjects(t *testing.T) {
	first, second := createProject(t, `{"context": {"stage": "dev"}}`), createProject(t, "{}")
	t.Chdir(second)
	code, stderr := projectCommand(t, filepath.Join(first, "bin", "retrycatch"), "destroy", "--yes")
	want := "error: the program belongs to the project " + first +
		", but the working folder belongs to the project " + second + "\n" +
		"  next: retrycatch destroy --yes --project " + first + "\n"
	if diff := cmp.Diff(want, stderr); code != exitUnable || diff != "" {
		t.Errorf("got exit code %d; standard error differs (-want +got):\n%s", code, diff)
	}
}

func TestNotAProject(t *testing.T) {
	chdirProject(t, "")
	folder := t.TempDir()
	for _, args := range [][]string{
		{"destroy", "--project", folder, "--yes"}, {"destroy", "--project=" + folder, "--yes"},
		{"local", "--project", folder, "--", "env", "--project", "x"},
	} {
		code, stderr := projectCommand(t, "/nowhere", args...)
		next := "retrycatch destroy --yes --project DIR"
		if args[0] == "local" {
			next = "retrycatch local --project DIR -- env --project x"
		}
		want := "error: " + folder + " is not a project folder: it has no cdk.json\n  next: " + next + "\n"
		if diff := cmp.Diff(want, stderr); code != exitUnable || diff != "" {
			t.Errorf("got exit code %d; standard error differs (-want +got):\n%s", code, diff)
		}
	}
}

// A command selects the same stack inside and outside of the project folder.
func TestProjectOutsideFolder(t *testing.T) {
	const settings = `{"context": {"stage": "dev", "account": "111122223333"}}`
	setCaller(t, userARN)
	project := createProject(t, settings)
	spaced := filepath.Join(project, "a copy")
	if err := os.MkdirAll(spaced, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(spaced, "cdk.json"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	const destroy = "retrycatch destroy --stage dev --region eu-west-1"
	tests := []struct {
		name, executable, working string
		flags                     []string
		project, command          string // expected project folder and destroy command
	}{
		{"inside", "/nowhere/retrycatch", project, nil, project, destroy},
		{"outside, next to the program", filepath.Join(project, "bin", "retrycatch"), t.TempDir(), nil, project,
			destroy},
		{"outside, by --project", "/nowhere/retrycatch", t.TempDir(), []string{"--project", project},
			project, destroy + " --project " + project},
		{"folder name with a space", "/nowhere/retrycatch", t.TempDir(), []string{"--project", spaced},
			spaced, destroy + " --project '" + spaced + "'"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(test.working)
			a := appWithFlags(t, test.flags...)
			a.executable = func() (string, error) { return test.executable, nil }
			target, err := a.openOne(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if target.stackName != "retrycatch-dev" || target.Command("destroy") != test.command {
				t.Errorf("got stack %s and next step %s, want retrycatch-dev and %s", target.stackName,
					target.Command("destroy"), test.command)
			}
			line := "npx cdk bootstrap"
			if test.working != project {
				line = "cd " + safetext.Word(test.project) + " && " + line
			}
			if got := target.CDK("bootstrap"); got != line {
				t.Errorf("got CDK command %q, want %q", got, line)
			}
			if tool, err := a.cdk(); err != nil || tool.Project != test.project {
				t.Errorf("got CDK folder %s and error %v, want %s", tool.Project, err, test.project)
			}
		})
	}
}

func TestShellWord(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"/home/me/project-1": "/home/me/project-1", "200=70,429=20": "200=70,429=20", "a b": "'a b'", "": "''",
		`{"statuscode":"200"}`: `'{"statuscode":"200"}'`, "it's": `'it'\''s'`,
		"~/x": "'~/x'", "$HOME": "'$HOME'", "a\nb": "'a\nb'",
	} {
		if got := safetext.Word(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

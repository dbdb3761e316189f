package cli

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/deployment"
	"retrycatch/internal/view"
)

// chdirProject creates a project folder and changes to it. Its cdk.json holds the settings, or an
// empty object if there are none.
func chdirProject(t *testing.T, settings string) {
	t.Helper()
	if settings == "" {
		settings = "{}"
	}
	t.Chdir(createProject(t, settings))
}

// createProject creates a project folder whose cdk.json holds the settings.
func createProject(t *testing.T, settings string) string {
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

// appWithFlags returns an app that has parsed these flags.
func appWithFlags(t *testing.T, flags ...string) *app {
	t.Helper()
	a := &app{console: view.NewConsole(view.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard}),
		executable: os.Executable}
	if err := a.status().ParseFlags(flags); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestOptionPrecedence(t *testing.T) {
	const cdkJSON = `{"context": {"stage": "project", "architecture": "x86_64", "account": 123456789012}}`
	withStage := func(stage string) deployment.Deployment {
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
		contextValues, flags []string // the values of -c, and other flags
		want                 deployment.Deployment
		pairs                []string // passed to the CDK CLI, which reads cdk.json itself
	}{
		{"no context", `{}`, "", nil, nil, plain, nil},
		{"cdk.json", cdkJSON, "", nil, nil, withStage("project"), nil},
		{"CDK_CONTEXT over cdk.json", cdkJSON, "stage=env", nil, nil, withStage("env"), []string{"stage=env"}},
		{
			"-c over CDK_CONTEXT",
			cdkJSON,
			"stage=env",
			[]string{"stage=line"},
			nil,
			withStage("line"),
			[]string{"stage=env", "stage=line"},
		},
		{
			"--stage over CDK_CONTEXT",
			cdkJSON,
			"stage=env",
			nil,
			[]string{"--stage=flag"},
			withStage("flag"),
			[]string{"stage=env", "stage=flag"},
		},
		{"--stage over cdk.json", cdkJSON, "", nil, []string{"--stage=flag"}, withStage("flag"), []string{"stage=flag"}},
		{"one option from each source", cdkJSON, "protect=true", []string{"observability=off"}, []string{"--stage=flag"},
			deployment.Deployment{Stage: "flag", Account: "123456789012", Architecture: deployment.X8664, Protect: true},
			[]string{"protect=true", "observability=off", "stage=flag"}},
		{"--stage over an invalid stage", `{"context": {"stage": "Wrong"}}`, "", nil, []string{"--stage", "right"},
			deployment.Deployment{Stage: "right", Architecture: deployment.ARM64, Observability: true}, []string{"stage=right"}},
		{"the same stage three times", "", "", []string{"stage=dev"}, []string{"--stage=dev", "--stage", "dev"},
			deployment.Deployment{
				Stage:         "dev",
				Architecture:  deployment.ARM64,
				Observability: true,
			}, []string{"stage=dev", "stage=dev", "stage=dev"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			chdirProject(t, test.settings)
			t.Setenv("CDK_CONTEXT", test.env)
			a := appWithFlags(t, test.flags...)
			got, pairs, err := a.options(test.contextValues)
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
	chdirProject(t, `{"context": {"stage": "dev"}}`)
	if err := os.MkdirAll("internal/deep", 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir("internal/deep")
	if d, _, err := appWithFlags(t).options(nil); err != nil || d.Stage != "dev" {
		t.Errorf("got stage %q and error %v, want dev", d.Stage, err)
	}
}

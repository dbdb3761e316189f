package pages

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/cli"
)

const project = "../.."

// programs returns the programs of this project.
func programs(t *testing.T) Programs {
	t.Helper()
	makefile, err := os.ReadFile(filepath.Join(project, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	var targets []string
	for _, target := range regexp.MustCompile(`(?m)^([a-z]+):`).FindAllStringSubmatch(string(makefile), -1) {
		targets = append(targets, target[1])
	}
	cdk, err := ReadCDK(project)
	if err != nil {
		t.Fatalf("the CDK CLI is not installed: run the tests with \"make test\", which installs it: %v", err)
	}
	return Programs{Project: project, Retrycatch: cli.Commands, Targets: targets, CDK: cdk}
}

func TestPages(t *testing.T) {
	t.Parallel()
	files, err := Files(project)
	if err != nil || !slices.Contains(files, "README.md") || !slices.Contains(files, "docs/commands.md") {
		t.Fatalf("got the pages %q, want README.md and docs/commands.md among them: %v", files, err)
	}
	known := programs(t)
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			page, err := Read(project, file)
			if err != nil {
				t.Fatal(err)
			}
			for _, fault := range append(DeadLinks(project, page), known.WrongCommands(page)...) {
				t.Error(fault)
			}
		})
	}
}

// faultyPages holds pages with the end of each fault that the checks find.
var faultyPages = []struct {
	name, page string
	want       []string
}{
	{"correct", "# A b\n[a](#a-b) [b](LICENSE) [c](docs/json.md#run---count) " +
		"[d](https://example.com/a?b#c) <a href='stacks'>", nil},
	{"no file", "[a](docs/jsn.md)", []string{`"docs/jsn.md" leads to no file`}},
	{"no picture", "![a](docs/no.svg)", []string{`"docs/no.svg" leads to no file`}},
	{"no file in HTML", "<img src=\"no.png\">", []string{`"no.png" leads to no file`}},
	{"outside", "[a](../a.md)", []string{"leaves the project"}},
	{"dead anchor", "# A\n[a](#b)", []string{`"#b" leads to no heading`}},
	{"dead anchor of another page", "[a](docs/json.md#walk)", []string{"leads to no heading"}},
	{"anchor of a folder", "[a](docs#walk)", []string{"has an anchor, but its target has none"}},
	{"not https", "[a](http://example.com) [b](https://localhost/)", []string{"must use https", "is malformed"}},
	{"unresolved anchor of a duplicate", "# A\n# A\n[a](#a-1) [b](#a-2)", []string{`"#a-2" leads to no heading`}},
	{"commands", "```sh\nbin/retrycatch run 429 --count=3 # a comment --x\n" +
		"retrycatch local -- sh -c 'retrycatch run all'\nAWS_REGION=a make -j2 deploy ARGS=\"--yes\"\n" +
		"npx cdk deploy -c a=b \\\n  --hotswap\nsource <(retrycatch completion bash)\n```\n" +
		"`retrycatch COMMAND --help`, `run --count`, `make smoke ACCOUNT=1`, `run --input '{…}'`", nil},
	{"no command", "```sh\nretrycatch walk\n```", []string{"retrycatch has no command walk"}},
	{"no flag", "```sh\nretrycatch deploy --yess\n```", []string{"retrycatch deploy has no flag --yess"}},
	{"no flag in a line", "`retrycatch run -q` or `destroy --asset`",
		[]string{"retrycatch run has no flag -q", "retrycatch destroy has no flag --asset"}},
	{"no value", "`retrycatch run --count many`", []string{"invalid syntax"}},
	{"no flag after a prompt", "```text\n$ retrycatch status --al\n```", []string{"has no flag --al"}},
	{"no flag in a local shell", "```sh\nretrycatch local -- retrycatch run --al\n```", []string{"has no flag --al"}},
	{"no flag in a quoted script", "```sh\nsh -c 'cd a && retrycatch run --al'\n```", []string{"has no flag --al"}},
	{"no target", "```sh\ncd a && make tset\n```", []string{"the Makefile has no target tset"}},
	{"no flag for make", "```sh\nmake run ARGS='--al'\n```", []string{"has no flag --al"}},
	{"no command of the CDK", "`npx cdk deplyo`", []string{"the CDK CLI has no command deplyo"}},
	{"no option of the CDK", "```sh\nnpx cdk deploy --hotswop\n```", []string{"cdk deploy has no option --hotswop"}},
	{"aliases of the CDK", "`npx cdk ls --no-lookups -a a`, `cdk --version`, `cdk COMMAND --x`", nil},
	{"no alias of the CDK", "`npx cdk deploy -Z`", []string{"cdk deploy has no option -Z"}},
	{"no script", "```sh\ntools/no.sh\n```", []string{"the project has no file tools/no.sh"}},
}

func TestPages_faults(t *testing.T) {
	t.Parallel()
	known := programs(t)
	for _, test := range faultyPages {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			page := Parse("README.md", []byte(test.page))
			faults := append(DeadLinks(project, page), known.WrongCommands(page)...)
			if len(faults) != len(test.want) {
				t.Fatalf("got %q, want %q", faults, test.want)
			}
			for n, want := range test.want {
				if !strings.HasSuffix(faults[n], want) {
					t.Errorf("got %q, want %q", faults[n], want)
				}
			}
		})
	}
}

// The expected anchors are those of GitHub.
func TestAnchors(t *testing.T) {
	t.Parallel()
	page := Parse("a.md", []byte("# What it costs\n## `retrycatch run` and *others*\n## cdk-deploy.json\n"+
		"## run --count\n## Ünïcode, a/b & c_d\n## What it costs\n## What it costs-1\n## A [link](b)\n"))
	want := map[string]bool{"what-it-costs": true, "retrycatch-run-and-others": true, "cdk-deployjson": true,
		"run---count": true, "ünïcode-ab--c_d": true, "what-it-costs-1": true, "what-it-costs-1-1": true, "a-link": true}
	if diff := cmp.Diff(want, page.Anchors); diff != "" {
		t.Errorf("the anchors differ (-want +got):\n%s", diff)
	}
}

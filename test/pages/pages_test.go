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

func readPrograms(t *testing.T) Programs {
	t.Helper()
	makefile, err := os.ReadFile(filepath.Join(project, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	var targets []string
	for _, target := range regexp.MustCompile(`(?m)^([a-z-]+):`).FindAllStringSubmatch(string(makefile), -1) {
		targets = append(targets, target[1])
	}
	cdk, err := ReadCDK(project)
	if err != nil {
		t.Fatalf("the CDK CLI is not installed: run \"make test-setup\": %v", err)
	}
	return Programs{Project: project, Retrycatch: cli.Commands, Targets: targets, CDK: cdk}
}

func TestPages(t *testing.T) {
	t.Parallel()
	files, err := Files(project)
	if err != nil || !slices.Contains(files, "README.md") || !slices.Contains(files, "docs/commands.md") {
		t.Fatalf("got pages %q and error %v, want README.md and docs/commands.md among the pages", files, err)
	}
	programs := readPrograms(t)
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			page, err := Read(project, file)
			if err != nil {
				t.Fatal(err)
			}
			for _, fault := range append(DeadLinks(project, page), programs.WrongCommands(page)...) {
				t.Error(fault)
			}
		})
	}
}

// pageTests holds pages and the expected faults. Each wanted text is the end of a message.
var pageTests = []struct {
	name, page string
	want       []string
}{
	{"correct", "# A b\n[a](#a-b) [b](LICENSE) [c](docs/json.md#run---count) " +
		"[d](https://example.com/a?b#c) <a href='stacks'>", nil},
	{"missing file", "[a](docs/jsn.md)", []string{`"docs/jsn.md" points to a file that does not exist`}},
	{"missing picture", "![a](docs/no.svg)", []string{`"docs/no.svg" points to a file that does not exist`}},
	{"missing file in HTML", "<img src=\"no.png\">", []string{`"no.png" points to a file that does not exist`}},
	{"link outside the project", "[a](../a.md)", []string{"points outside the project"}},
	{"dead anchor", "# A\n[a](#b)", []string{`"#b" points to a heading that does not exist`}},
	{"dead anchor in another page", "[a](docs/json.md#walk)", []string{"points to a heading that does not exist"}},
	{"anchor of a folder", "[a](docs#walk)", []string{"has a fragment, but its target has no anchors"}},
	{"link without HTTPS", "[a](http://example.com) [b](https://localhost/)", []string{"must use https", "is malformed"}},
	{"dead anchor of a repeated heading", "# A\n# A\n[a](#a-1) [b](#a-2)",
		[]string{`"#a-2" points to a heading that does not exist`}},
	{"valid commands", "```sh\nbin/retrycatch run 429 --count=3 # a comment --x\n" +
		"retrycatch local -- sh -c 'retrycatch run all'\nAWS_REGION=a make -j2 deploy ARGS=\"--yes\"\n" +
		"npx cdk deploy -c a=b \\\n  --hotswap\nsource <(retrycatch completion bash)\n```\n" +
		"`retrycatch COMMAND --help`, `run --count`, `make smoke ACCOUNT=1`, `run --input '{…}'`", nil},
	{"unknown command", "```sh\nretrycatch walk\n```", []string{"retrycatch has no command walk"}},
	{"unknown flag", "```sh\nretrycatch deploy --yess\n```", []string{"retrycatch deploy has no flag --yess"}},
	{"unknown flag in inline code", "`retrycatch run -q` or `destroy --asset`",
		[]string{"retrycatch run has no flag -q", "retrycatch destroy has no flag --asset"}},
	{"invalid value", "`retrycatch run --count many`", []string{"invalid syntax"}},
	{"unknown flag after a prompt", "```text\n$ retrycatch status --al\n```", []string{"has no flag --al"}},
	{"unknown flag in a local shell", "```sh\nretrycatch local -- retrycatch run --al\n```", []string{"has no flag --al"}},
	{"unknown flag in a quoted script", "```sh\nsh -c 'cd a && retrycatch run --al'\n```", []string{"has no flag --al"}},
	{"unknown target", "```sh\ncd a && make tset\n```", []string{"the Makefile has no target tset"}},
	{"unknown flag in ARGS", "```sh\nmake run ARGS='--al'\n```", []string{"has no flag --al"}},
	{"unknown command of the CDK", "`npx cdk deplyo`", []string{"the CDK CLI has no command deplyo"}},
	{"unknown option of the CDK", "```sh\nnpx cdk deploy --hotswop\n```", []string{"cdk deploy has no option --hotswop"}},
	{"aliases of the CDK", "`npx cdk ls --no-lookups -a a`, `cdk --version`, `cdk COMMAND --x`", nil},
	{"unknown alias of the CDK", "`npx cdk deploy -Z`", []string{"cdk deploy has no option -Z"}},
	{"missing script", "```sh\ntools/no.sh\n```", []string{"the project has no file tools/no.sh"}},
}

func TestPages_faults(t *testing.T) {
	t.Parallel()
	programs := readPrograms(t)
	for _, test := range pageTests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			page := Parse("README.md", []byte(test.page))
			faults := append(DeadLinks(project, page), programs.WrongCommands(page)...)
			if len(faults) != len(test.want) {
				t.Fatalf("got faults %q, want %q", faults, test.want)
			}
			for n, want := range test.want {
				if !strings.HasSuffix(faults[n], want) {
					t.Errorf("got fault %q, want one that ends with %q", faults[n], want)
				}
			}
		})
	}
}

// TestAnchors expects the anchors that GitHub generates.
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

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// On a terminal, deploy shows the CDK's changes and question, but no other CDK output. After
// approval, deploy shows one line per resource.
func TestDeployApproval(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.cdkApp = cdkAppVariable(t)
	c.mustRun(t, 0, "deploy", "--yes") // bootstraps the region
	c.mustRun(t, 0, "destroy", "--yes")
	const (
		changes  = "IAM Statement Changes"
		question = "Do you wish to deploy these changes? (y/n)"
	)
	done := fmt.Sprintf("%d done", resourceCount)
	p := startOnTerminal(t, c.environ(), "deploy")
	p.awaitText("(y/n)", 1) // the question has colors
	p.typeKeys("n\r")
	code, text := p.wait()
	if code != 0 || strings.Contains(text, done) || !strings.Contains(text, "Nothing was deployed.") ||
		!strings.Contains(ansi.Strip(text), "next: retrycatch deploy --yes --region ") {
		t.Errorf("after the answer n: got exit code %d and the output\n%s", code, text)
	}

	p = startOnTerminal(t, c.environ(), "deploy")
	p.awaitText("(y/n)", 1)
	p.typeKeys("y\r")
	code, text = p.wait()
	text = ansi.Strip(text)
	before, after, isAsked := strings.Cut(text, question)
	if code != 0 || !isAsked || !strings.Contains(before, changes) || !strings.Contains(after, done) {
		t.Errorf("after the answer y: got exit code %d and the output\n%s", code, text)
	}
	for _, noise := range []string{"Synthesis time", "Outputs:", "Stack ARN", "Total time", "CREATE_IN_PROGRESS |"} {
		if strings.Contains(text, noise) {
			t.Errorf("the output contains %q:\n%s", noise, text)
		}
	}
	c.mustRun(t, 0, "destroy", "--yes")
}

package e2e

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// On a terminal, deploy shows the CDK's question and the changes before it, but none of its other
// lines. Then each resource has one line.
func TestDeployAsksOnATerminal(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.app = assembly(t)
	c.must(t, 0, "deploy", "--yes") // bootstraps
	c.must(t, 0, "destroy", "--yes")
	const (
		changes  = "IAM Statement Changes"
		question = "Do you wish to deploy these changes? (y/n)"
	)
	p := startOnTerminal(t, c.environ(), "deploy")
	p.await("(y/n)", 1) // the question has colors
	p.enter("n\r")
	code, text := p.wait()
	if code != 0 || strings.Contains(text, "12 done") || !strings.Contains(text, "Nothing was deployed.") ||
		!strings.Contains(ansi.Strip(text), "next: retrycatch deploy --yes --region ") {
		t.Errorf("after no: got exit code %d:\n%s", code, text)
	}

	p = startOnTerminal(t, c.environ(), "deploy")
	p.await("(y/n)", 1)
	p.enter("y\r")
	code, text = p.wait()
	text = ansi.Strip(text)
	before, after, asked := strings.Cut(text, question)
	if code != 0 || !asked || !strings.Contains(before, changes) || !strings.Contains(after, "12 done") {
		t.Errorf("after yes: got exit code %d:\n%s", code, text)
	}
	for _, noise := range []string{"Synthesis time", "Outputs:", "Stack ARN", "Total time", "CREATE_IN_PROGRESS |"} {
		if strings.Contains(text, noise) {
			t.Errorf("got %q in:\n%s", noise, text)
		}
	}
	c.must(t, 0, "destroy", "--yes")
}

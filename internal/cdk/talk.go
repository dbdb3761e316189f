package cdk

import (
	"bytes"
	"strings"
	"sync"

	"github.com/charmbracelet/x/ansi"
)

// Talk splits the output of the CDK CLI's deployment of one stack. Its questions, and everything
// else that is not known to be a step of its work, pass as they are. After the last question, when
// the stack's deployment begins, it keeps the output: what happens then, CloudFormation's events say
// too. The texts are those of the CDK CLI that the project pins; with others, more passes.
type Talk struct {
	Stack     string            // its ID in the app
	Pass      func(text []byte) // shows a part of the output
	Deploying func()            // the stack's deployment begins

	mu    sync.Mutex
	line  []byte // that has not ended, as far as it did not pass
	open  bool   // a part of the line has passed
	blank []byte // empty lines that pass with the line after them
	step  bool   // the last line was a step
	begun bool
	kept  bytes.Buffer
}

// Write takes a part of the output.
func (t *Talk) Write(text []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for rest := text; len(rest) > 0; {
		if t.begun {
			t.kept.Write(rest)
			break
		}
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		t.line = append(t.line, line...)
		if ended {
			t.line = append(t.line, '\n')
			t.endLine()
		} else if len(t.line) > 0 && !t.maybeStep() { // a question has no end of its line
			t.pass()
			t.open = true
		}
		rest = after
	}
	return len(text), nil
}

// endLine handles a whole line.
func (t *Talk) endLine() {
	said := t.said()
	switch {
	case t.open:
		t.pass()
		t.open = false
	case said == "":
		if !t.step {
			t.blank = append(t.blank, t.line...)
		}
		t.line = nil
	case strings.HasPrefix(said, t.Stack+": deploying..."):
		t.begun, t.line = true, nil
		t.Deploying()
	case t.isStep(said):
		t.step, t.line, t.blank = true, nil, nil
	default:
		t.pass()
	}
}

// pass shows the line as far as it has come, after the empty lines before it.
func (t *Talk) pass() {
	t.Pass(append(t.blank, t.line...))
	t.line, t.blank, t.step = nil, nil, false
}

// said returns the text of the line, without colors.
func (t *Talk) said() string { return strings.TrimSpace(ansi.Strip(string(t.line))) }

// steps returns the beginnings of the lines about the CDK CLI's work.
func (t *Talk) steps() []string {
	return []string{"✨", t.Stack + ": start: ", t.Stack + ": success: ", t.Stack + ": creating CloudFormation changeset",
		t.Stack + ": deploying..."}
}

func (t *Talk) isStep(said string) bool {
	for _, step := range t.steps() {
		if strings.HasPrefix(said, step) {
			return true
		}
	}
	return false
}

// maybeStep reports whether the line may become a step. Its text may end within a character.
func (t *Talk) maybeStep() bool {
	said := t.said()
	for _, step := range t.steps() {
		if strings.HasPrefix(step, said) || strings.HasPrefix(said, step) {
			return !t.open
		}
	}
	return false
}

// Kept returns the output since the stack's deployment began.
func (t *Talk) Kept() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kept.String()
}

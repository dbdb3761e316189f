package cdk

import (
	"bytes"
	"strings"
	"sync"

	"github.com/charmbracelet/x/ansi"
)

// Talk splits the output of the CDK CLI's deployment of one stack. It passes questions and all
// lines that it does not know as steps. Once the stack's deployment begins, Talk keeps the output,
// except for questions, because CloudFormation's events tell most of it. Remarks returns the rest.
// Talk knows the texts of the pinned CDK CLI; with another version, it passes more lines.
type Talk struct {
	Stack     string            // its ID in the app
	Name      string            // that of the stack, if it differs from the ID
	Pass      func(text []byte) // shows a part of the output
	Step      func(text string) // shows a step of the CDK CLI, a line without its end
	Deploying func()            // the stack's deployment begins

	mu    sync.Mutex
	line  []byte // the part of an unfinished line that has not passed
	open  bool   // a part of the line has passed
	blank []byte // empty lines that pass with the line after them
	step  bool   // the last line was a step
	begun bool
	kept  bytes.Buffer
}

// Write handles a part of the output.
func (t *Talk) Write(text []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for rest := text; len(rest) > 0; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		t.line = append(t.line, line...)
		switch {
		case ended:
			t.line = append(t.line, '\n')
			t.endLine()
		case t.open || t.asks():
			t.pass()
			t.open = true
		}
		rest = after
	}
	return len(text), nil
}

// asks reports whether an unfinished line is a question.
func (t *Talk) asks() bool {
	if t.begun {
		return strings.Contains(t.said(), "(y/n)")
	}
	return !t.maybeStep()
}

// endLine handles a whole line.
func (t *Talk) endLine() {
	said := t.said()
	switch {
	case t.open:
		t.pass()
		t.open = false
	case t.begun:
		t.kept.Write(t.line)
	case said == "":
		if !t.step {
			t.blank = append(t.blank, t.line...)
		}
	case strings.HasPrefix(t.about(said), deploying):
		t.begun = true
		t.Deploying()
	case t.isStep(said):
		t.step, t.blank = true, nil
		if about := t.about(said); about != "" {
			t.Step(about)
		}
	default:
		t.pass()
	}
	t.line = nil
}

// pass shows the line so far, after the empty lines before it.
func (t *Talk) pass() {
	t.Pass(append(t.blank, t.line...))
	t.line, t.blank, t.step = nil, nil, false
}

// said returns the text of the line, without colors.
func (t *Talk) said() string { return strings.TrimSpace(ansi.Strip(string(t.line))) }

// deploying begins what the CDK CLI says about a stack when its deployment begins.
const deploying = "deploying..."

// names returns how the CDK CLI calls the stack: by its name, and if its ID is another, by its ID
// and both.
func (t *Talk) names() []string {
	if t.Name == "" || t.Name == t.Stack {
		return []string{t.Stack}
	}
	return []string{t.Name, t.Stack, t.Stack + " (" + t.Name + ")"}
}

// about returns what a line says about the stack, or nothing.
func (t *Talk) about(said string) string {
	for _, name := range t.names() {
		if about, ok := strings.CutPrefix(said, name+": "); ok {
			return about
		}
	}
	return ""
}

// steps returns the beginnings of the lines about the CDK CLI's work.
func (t *Talk) steps() []string {
	steps := []string{"✨"}
	for _, name := range t.names() {
		for _, step := range []string{"start: ", "success: ", "creating CloudFormation changeset", deploying} {
			steps = append(steps, name+": "+step)
		}
	}
	return steps
}

func (t *Talk) isStep(said string) bool {
	for _, step := range t.steps() {
		if strings.HasPrefix(said, step) {
			return true
		}
	}
	return false
}

// maybeStep reports whether the line may become a step. Its text may end inside a character.
func (t *Talk) maybeStep() bool {
	said := t.said()
	for _, step := range t.steps() {
		if strings.HasPrefix(step, said) || strings.HasPrefix(said, step) {
			return true
		}
	}
	return false
}

// Remarks returns the kept lines that a successful deployment does not usually print, such as
// warnings.
func (t *Talk) Remarks() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var remarks strings.Builder
	for line := range strings.Lines(t.kept.String()) {
		if !t.usual(strings.TrimSpace(ansi.Strip(line))) {
			remarks.WriteString(line)
		}
	}
	return remarks.String()
}

// usual reports whether a line belongs to a deployment that succeeds: the end, the times and the
// outputs of the stack.
func (t *Talk) usual(said string) bool {
	if said == "" {
		return true
	}
	for _, begin := range []string{"✅", "✨", "Outputs:", t.Stack + ".", "Stack ARN:", "arn:"} {
		if strings.HasPrefix(said, begin) {
			return true
		}
	}
	return t.isStep(said)
}

// Kept returns the output since the stack's deployment began, without questions.
func (t *Talk) Kept() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kept.String()
}

package cdk

import (
	"bytes"
	"strings"
	"sync"

	"github.com/charmbracelet/x/ansi"
)

// OutputSplitter splits the output of the CDK CLI while it deploys one stack. Before the stack's
// deployment begins, the splitter reports known lines as steps, and shows all other lines and
// questions. Afterwards, CloudFormation's events show the progress, so the splitter shows only
// questions and keeps the rest for Kept and Remarks. It knows the output of the pinned CDK CLI.
// With another version, it shows more lines.
type OutputSplitter struct {
	StackID   string            // the stack's ID in the app
	StackName string            // the stack's name, if it differs from the ID
	Pass      func(text []byte) // shows a part of the output unchanged
	Step      func(text string) // shows a step of the CDK CLI; text is a line without the stack's name
	Deploying func()            // is called when the stack's deployment begins

	mu    sync.Mutex
	line  []byte // the part of an unfinished line that has not been shown
	open  bool   // a part of the line has been shown
	blank []byte // empty lines that are shown with the next line
	step  bool   // the last line was a step
	begun bool   // the stack's deployment has begun
	kept  bytes.Buffer
}

// Write processes a part of the output.
func (t *OutputSplitter) Write(text []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for rest := text; len(rest) > 0; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		t.line = append(t.line, line...)
		switch {
		case ended:
			t.line = append(t.line, '\n')
			t.endLine()
		case t.open || t.isQuestion():
			t.pass()
			t.open = true
		}
		rest = after
	}
	return len(text), nil
}

// isQuestion reports whether the unfinished line may be a question. Before the stack's deployment
// begins, this includes every line that cannot become a step.
func (t *OutputSplitter) isQuestion() bool {
	if t.begun {
		return strings.Contains(t.text(), "(y/n)")
	}
	return !t.maybeStep()
}

// endLine processes a whole line.
func (t *OutputSplitter) endLine() {
	text := t.text()
	switch {
	case t.open:
		t.pass()
		t.open = false
	case t.begun:
		t.kept.Write(t.line)
	case text == "":
		if !t.step {
			t.blank = append(t.blank, t.line...)
		}
	case strings.HasPrefix(t.stackMessage(text), deploying):
		t.begun = true
		t.Deploying()
	case t.isStep(text):
		t.step, t.blank = true, nil
		if message := t.stackMessage(text); message != "" {
			t.Step(message)
		}
	default:
		t.pass()
	}
	t.line = nil
}

// pass shows the empty lines before the current line, and then the line so far.
func (t *OutputSplitter) pass() {
	t.Pass(append(t.blank, t.line...))
	t.line, t.blank, t.step = nil, nil, false
}

// text returns the line without colors.
func (t *OutputSplitter) text() string { return strings.TrimSpace(ansi.Strip(string(t.line))) }

// deploying is the prefix of the CDK CLI's message that a stack's deployment begins.
const deploying = "deploying..."

// names returns the forms in which the CDK CLI prints the stack's name. If the ID differs from the
// name, some lines contain the ID instead, or both.
func (t *OutputSplitter) names() []string {
	if t.StackName == "" || t.StackName == t.StackID {
		return []string{t.StackID}
	}
	return []string{t.StackName, t.StackID, t.StackID + " (" + t.StackName + ")"}
}

// stackMessage returns the message after the stack's name, or "" if the line has another form.
func (t *OutputSplitter) stackMessage(text string) string {
	for _, name := range t.names() {
		if message, ok := strings.CutPrefix(text, name+": "); ok {
			return message
		}
	}
	return ""
}

// stepPrefixes returns the prefixes of lines that report a step of the CDK CLI.
func (t *OutputSplitter) stepPrefixes() []string {
	prefixes := []string{"✨"}
	for _, name := range t.names() {
		for _, message := range []string{"start: ", "success: ", "creating CloudFormation changeset", deploying} {
			prefixes = append(prefixes, name+": "+message)
		}
	}
	return prefixes
}

func (t *OutputSplitter) isStep(text string) bool {
	for _, prefix := range t.stepPrefixes() {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}

// maybeStep reports whether the unfinished line may become a step. The line may end inside a
// character of more than one byte.
func (t *OutputSplitter) maybeStep() bool {
	text := t.text()
	for _, prefix := range t.stepPrefixes() {
		if strings.HasPrefix(prefix, text) || strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}

// Remarks returns the kept lines that are not routine, such as warnings.
func (t *OutputSplitter) Remarks() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var remarks strings.Builder
	for line := range strings.Lines(t.kept.String()) {
		if !t.isRoutine(strings.TrimSpace(ansi.Strip(line))) {
			remarks.WriteString(line)
		}
	}
	return remarks.String()
}

// isRoutine reports whether every successful deployment prints a line like this: a step, an output
// of the stack, a time or the result.
func (t *OutputSplitter) isRoutine(text string) bool {
	if text == "" {
		return true
	}
	for _, prefix := range []string{"✅", "✨", "Outputs:", t.StackID + ".", "Stack ARN:", "arn:"} {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return t.isStep(text)
}

// Kept returns the output after the stack's deployment began, without questions.
func (t *OutputSplitter) Kept() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kept.String()
}

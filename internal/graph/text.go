package graph

import (
	"fmt"
	"strings"

	"retrycatch/internal/asl"
	"retrycatch/internal/history"
	"retrycatch/internal/look"
)

// Line holds a line of the terminal drawing.
type Line struct {
	Margin             string // the drawing to the left of the text
	ContinuationMargin string // replaces Margin on the continuation lines of a long text
	Text               []Part
}

// Part holds a part of a line. The outcome, if set, selects the color.
type Part struct {
	Text    string
	Outcome look.Outcome
}

// String returns the line without colors.
func (l Line) String() string {
	text := l.Margin
	for _, part := range l.Text {
		text += part.Text
	}
	return strings.TrimRight(text, " ")
}

// Connectors from a state to the next state in the text.
const (
	connector      = "│"
	connectorTaken = "┃"
)

var outcomeCaught = look.OfStep(history.StepCaught)

// maxDepth is the maximum nesting depth in the drawing. State machines that are nested deeper
// follow at the end, without indentation, so that they fit on a narrow terminal.
const maxDepth = 2

type drawer struct {
	*Trace
	lines    []Line
	deferred []innerMachine
}

type innerMachine struct {
	*Machine
	title string
}

// Lines draws the graph for a terminal. The happy path comes first. Each alternative follows, below
// the names of the states that lead to it. If the trace has steps, Lines marks their path.
func (t *Trace) Lines() []Line {
	d := &drawer{Trace: t}
	start := "○ Start"
	if t.Timeout != "" && !t.Executed() {
		start += "  (" + t.Timeout + ")"
	}
	d.addLine("", "  ", start)
	d.drawConnector("", t.Transitions[0], false)
	d.drawMachine(&t.Machine, "")
	for len(d.deferred) > 0 {
		next := d.deferred[0]
		d.deferred = d.deferred[1:]
		d.addLine("", "")
		d.addLine("", "  ", fmt.Sprintf("In %s, %s:", next.parent.Label(), next.title))
		d.drawMachine(next.Machine, "")
	}
	if t.Executed() {
		d.drawUnknownSteps()
		d.addLine("", "")
		d.addLine("", "", connectorTaken+" taken   "+connector+" not taken   □ not visited")
	}
	return d.lines
}

// addLine adds a line. On the continuation lines of a long text, indent follows the margin.
func (d *drawer) addLine(margin, indent string, text ...string) {
	l := Line{Margin: margin, ContinuationMargin: margin + indent}
	for _, part := range text {
		l.Text = append(l.Text, Part{Text: part})
	}
	d.lines = append(d.lines, l)
}

func (d *drawer) drawMachine(m *Machine, margin string) {
	f := arrange(m)
	for i, chain := range f.chains {
		if i > 0 {
			d.addLine(margin, "")
			d.addLine(margin, "  ", f.describeOrigin(chain))
		}
		for n, s := range chain {
			var chainTransition *Transition
			switch {
			case n+1 < len(chain):
				chainTransition = f.transitionInChain(s, chain[n+1])
			case i == 0 && m.parent == nil:
				chainTransition = f.transitionInChain(s, nil)
			}
			d.drawState(f, s, chainTransition, margin)
			if chainTransition != nil && chainTransition.To == nil {
				d.addLine(margin, "", "○ End")
			}
		}
	}
}

// drawState draws a state, its transitions, and the connector to the next state.
func (d *drawer) drawState(f *flow, s *State, chainTransition *Transition, margin string) {
	column := " "
	if chainTransition != nil {
		column = d.connectorOf(chainTransition)
	}
	inside := margin + column + "   "
	text, visits := []Part{d.signPart(s), {Text: " " + s.Label() + "  (" + s.Summary() + ")"}}, d.visitParts(s)
	repeated := d.Tally(s).Visits > 1
	if len(visits) > 0 && !repeated {
		text = append(append(text, Part{Text: "  "}), visits...)
	}
	d.lines = append(d.lines, Line{Margin: margin, ContinuationMargin: inside, Text: text})
	if repeated {
		d.lines = append(d.lines, Line{Margin: inside, ContinuationMargin: inside + "  ", Text: visits})
	}
	for _, retry := range s.Retry {
		d.addLine(inside, "  ", look.RetrySign+" "+retry)
	}
	d.drawInner(s, inside)
	for _, t := range f.exits[s] {
		if t != chainTransition || len(t.Labels) > 0 {
			d.drawExit(f, t, t == chainTransition, inside)
		}
	}
	if chainTransition != nil {
		d.drawConnector(margin, chainTransition, len(chainTransition.Labels) > 0)
	}
}

func (d *drawer) signPart(s *State) Part {
	outcome := look.OfStep(d.Tally(s).Outcome())
	if outcome.Sign == "" {
		return Part{"□", outcome}
	}
	return Part{outcome.Sign, outcome}
}

// visitParts describes the visits to a state. It omits the sign of a single visit, because the line
// of the state begins with that sign.
func (d *drawer) visitParts(s *State) []Part {
	var parts []Part
	tally := d.Tally(s)
	for i, note := range tally.Notes() {
		text := note.String()
		if i > 0 {
			parts = append(parts, Part{Text: ", "})
		} else if tally.Visits == 1 {
			text = note.Text
		}
		parts = append(parts, Part{text, note.Outcome()})
	}
	return parts
}

// drawInner draws the inner state machines of a state, or defers them if the nesting is too deep.
func (d *drawer) drawInner(s *State, margin string) {
	for n, inner := range s.Inner {
		title := "for each item"
		if s.Type != asl.Map {
			title = fmt.Sprintf("branch %d", n+1)
		}
		if s.depth() >= maxDepth {
			d.deferred = append(d.deferred, innerMachine{inner, title})
			d.addLine(margin, "  ", title+": see below")
			continue
		}
		d.addLine(margin, "  ", title+":")
		d.drawMachine(inner, margin+"  ")
	}
}

func (d *drawer) connectorOf(t *Transition) string {
	if d.Count(t) > 0 {
		return connectorTaken
	}
	return connector
}

// drawConnector draws the connector of a transition. If drawExit has already drawn the transition,
// drawConnector does not repeat the count.
func (d *drawer) drawConnector(margin string, t *Transition, drawn bool) {
	text := ""
	if n := d.Count(t); n > 1 && !drawn {
		text = fmt.Sprintf(" taken %d times", n)
	}
	d.addLine(margin, d.connectorOf(t), d.connectorOf(t)+text)
}

// drawExit draws a transition as a line with its target, reason and count.
func (d *drawer) drawExit(f *flow, t *Transition, inChain bool, margin string) {
	to := "End"
	switch {
	case t.To != nil:
		to = t.To.Label()
	case t.From.machine.parent != nil:
		to = "done"
	}
	sign := "→"
	switch {
	case t.Kind == Catch:
		sign = outcomeCaught.Sign
	case inChain:
		sign = "↓"
	case f.leadsBack(t):
		sign = "↑"
	}
	switch {
	case f.leadsBack(t):
		to = "back to " + to
	case f.leadsUp(t):
		to += ", above"
	}
	text := sign + " " + to
	if reason := describeReason(t, fullLabels(t)); reason != "" {
		text += "  " + reason
	}
	l := Line{Margin: margin, ContinuationMargin: margin + "  ", Text: []Part{{Text: text}}}
	if n := d.Count(t); n > 0 {
		taken := "taken"
		if n > 1 {
			taken += fmt.Sprintf(" %d times", n)
		}
		outcome := look.OfStep(history.StepSucceeded)
		if t.Kind == Catch {
			outcome = outcomeCaught
		}
		l.Text = append(l.Text, Part{Text: "  "}, Part{connectorTaken + " " + taken, outcome})
	}
	d.lines = append(d.lines, l)
}

// drawUnknownSteps lists the steps in states that the definition does not have.
func (d *drawer) drawUnknownSteps() {
	first := true
	for _, step := range d.steps {
		if d.states[step.State] != nil {
			continue
		}
		if first {
			d.addLine("", "")
			d.addLine("", "  ", "Not in this definition:")
			first = false
		}
		outcome := look.OfStep(step.Status)
		d.lines = append(d.lines, Line{ContinuationMargin: "    ", Text: []Part{{outcome.Sign, outcome},
			{Text: " " + shorten(step.State) + "  "}, {outcome.Word, outcome}}})
	}
}

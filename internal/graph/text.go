package graph

import (
	"fmt"
	"strings"

	"retrycatch/internal/asl"
	"retrycatch/internal/history"
	"retrycatch/internal/look"
)

// Line holds a line of the drawing for a terminal.
type Line struct {
	Margin string // the drawing before the text
	Hang   string // the drawing before the rest of a text that is too long for a line
	Text   []Part
}

// Part holds a part of a line's text, with an outcome or none.
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

// The connectors from a state to the next one in the text. A state without one has a blank.
const (
	connector      = "│"
	connectorTaken = "┃"
)

var outcomeCaught = look.OfStep(history.StepCaught)

// deepest limits the nesting in the drawing. Deeper state machines are drawn at the end, where the
// terminal has room for their texts.
const deepest = 2

// drawer draws a trace as lines.
type drawer struct {
	*Trace
	lines []Line
	later []body
}

// body holds an inner state machine with its title.
type body struct {
	*Machine
	title string
}

// Lines draws the graph for a terminal: the happy path, and below it the alternatives, each with
// the states that it comes from. An execution marks its path.
func (t *Trace) Lines() []Line {
	d := &drawer{Trace: t}
	start := "○ Start"
	if t.Timeout != "" && !t.Executed() {
		start += "  (" + t.Timeout + ")"
	}
	d.line("", "  ", start)
	d.connect("", t.Transitions[0], false)
	d.machine(&t.Machine, "")
	for len(d.later) > 0 {
		next := d.later[0]
		d.later = d.later[1:]
		d.line("", "")
		d.line("", "  ", fmt.Sprintf("In %s, %s:", next.parent.Label(), next.title))
		d.machine(next.Machine, "")
	}
	if t.Executed() {
		d.unknown()
		d.line("", "")
		d.line("", "", connectorTaken+" taken   "+connector+" not taken   □ not visited")
	}
	return d.lines
}

// line adds a line. The rest of a long text is indented by hang.
func (d *drawer) line(margin, hang string, text ...string) {
	l := Line{Margin: margin, Hang: margin + hang}
	for _, part := range text {
		l.Text = append(l.Text, Part{Text: part})
	}
	d.lines = append(d.lines, l)
}

// machine draws the chains of a state machine.
func (d *drawer) machine(m *Machine, margin string) {
	f := arrange(m)
	for i, chain := range f.chains {
		if i > 0 {
			d.line(margin, "")
			d.line(margin, "  ", f.origin(chain))
		}
		for n, s := range chain {
			var along *Transition
			switch {
			case n+1 < len(chain):
				along = f.along(s, chain[n+1])
			case i == 0 && m.parent == nil:
				along = f.along(s, nil)
			}
			d.state(f, s, along, margin)
			if along != nil && along.To == nil {
				d.line(margin, "", "○ End")
			}
		}
	}
}

// state draws a state, all of its transitions, and the connector to the next state.
func (d *drawer) state(f *flow, s *State, along *Transition, margin string) {
	bar := " "
	if along != nil {
		bar = d.bar(along)
	}
	inside := margin + bar + "   "
	text, visits := []Part{d.sign(s), {Text: " " + s.Label() + "  (" + s.Kind() + ")"}}, d.visits(s)
	several := d.Tally(s).Visits > 1
	if len(visits) > 0 && !several {
		text = append(append(text, Part{Text: "  "}), visits...)
	}
	d.lines = append(d.lines, Line{Margin: margin, Hang: inside, Text: text})
	if several {
		d.lines = append(d.lines, Line{Margin: inside, Hang: inside + "  ", Text: visits})
	}
	for _, retry := range s.Retry {
		d.line(inside, "  ", look.Retry+" "+retry)
	}
	d.bodies(s, inside)
	for _, t := range f.exits[s] {
		if t != along || len(t.Labels) > 0 {
			d.exit(f, t, t == along, inside)
		}
	}
	if along != nil {
		d.connect(margin, along, len(along.Labels) > 0)
	}
}

// sign returns the sign of a state's most important outcome.
func (d *drawer) sign(s *State) Part {
	outcome := look.OfStep(d.Tally(s).Outcome())
	if outcome.Sign == "" {
		return Part{"□", outcome}
	}
	return Part{outcome.Sign, outcome}
}

// visits describes the visits of a state. The state's own sign suffices for a single one.
func (d *drawer) visits(s *State) []Part {
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

// bodies draws the inner state machines of a state.
func (d *drawer) bodies(s *State, margin string) {
	for n, inner := range s.Inner {
		title := "for each item"
		if s.Type != asl.Map {
			title = fmt.Sprintf("branch %d", n+1)
		}
		if s.depth() >= deepest {
			d.later = append(d.later, body{inner, title})
			d.line(margin, "  ", title+": at the end")
			continue
		}
		d.line(margin, "  ", title+":")
		d.machine(inner, margin+"  ")
	}
}

func (d *drawer) bar(t *Transition) string {
	if d.Count(t) > 0 {
		return connectorTaken
	}
	return connector
}

// connect draws the connector of a transition. A transition whose reason is shown above has its
// number there.
func (d *drawer) connect(margin string, t *Transition, shown bool) {
	text := ""
	if n := d.Count(t); n > 1 && !shown {
		text = fmt.Sprintf(" taken %d times", n)
	}
	d.line(margin, d.bar(t), d.bar(t)+text)
}

// exit draws a transition as a line, with its target, its reason and its count.
func (d *drawer) exit(f *flow, t *Transition, along bool, margin string) {
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
	case along:
		sign = "↓"
	case f.back(t):
		sign = "↑"
	}
	switch {
	case f.back(t):
		to = "back to " + to
	case f.above(t):
		to += ", above"
	}
	text := sign + " " + to
	if reason := reason(t, whole(t)); reason != "" {
		text += "  " + reason
	}
	l := Line{Margin: margin, Hang: margin + "  ", Text: []Part{{Text: text}}}
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

// unknown lists the steps in states that the definition lacks.
func (d *drawer) unknown() {
	first := true
	for _, step := range d.steps {
		if d.states[step.State] != nil {
			continue
		}
		if first {
			d.line("", "")
			d.line("", "  ", "Not in this definition:")
			first = false
		}
		outcome := look.OfStep(step.Status)
		d.lines = append(d.lines, Line{Hang: "    ", Text: []Part{{outcome.Sign, outcome},
			{Text: " " + short(step.State) + "  "}, {outcome.Word, outcome}}})
	}
}

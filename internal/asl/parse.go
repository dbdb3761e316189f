package asl

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"retrycatch/internal/jsonfile"
	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
)

// maxDepth limits the nesting of state machines and of choice rules, to bound the work. AWS does
// not document a limit.
const maxDepth = 50

// useDescribe suggests a command that prints a deployed definition.
const useDescribe = "or use the output of `aws stepfunctions describe-state-machine " +
	"--query definition --output text`"

// Parse parses a definition in JSON, as returned by DescribeStateMachine. The error is a
// *problem.Problem that names the mistake and the state.
func Parse(text []byte) (*Definition, error) {
	d := &Definition{states: map[string]*State{}}
	if err := d.parse(text); err != nil {
		p := &problem.Problem{What: "the definition of the state machine is not valid", Err: err,
			Next: "correct the definition, " + useDescribe}
		if errors.As(err, new(placeholderError)) {
			p.Next = "replace the placeholder with its value, " + useDescribe
		}
		return nil, p
	}
	return d, nil
}

func (d *Definition) parse(text []byte) error {
	if err := safetext.CheckJSON(string(text)); err != nil {
		return fmt.Errorf("it is not JSON: %w", err)
	}
	var top machineText
	if err := decode(text, &top); err != nil {
		return err
	}
	d.Comment, d.TimeoutSeconds = top.Comment, top.TimeoutSeconds
	return d.parseMachine(&d.Machine, top, 0)
}

func (d *Definition) parseMachine(m *Machine, text machineText, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("state machines are nested more than %d levels deep", maxDepth)
	}
	names, texts, err := jsonfile.Members(text.States)
	var placeholder string
	switch {
	case json.Unmarshal(text.States, &placeholder) == nil && isPlaceholder(text.States):
		return inField("States", placeholderError{wrongType("an object", typeOf(placeholder))})
	case err != nil:
		return inField("States", err)
	case len(names) == 0:
		return errors.New("it has no States")
	case text.StartAt == "":
		return errors.New("it has no StartAt")
	case !slices.Contains(names, text.StartAt):
		return fmt.Errorf("StartAt names %q, which is not one of its States", text.StartAt)
	}
	m.StartAt = text.StartAt
	for i, name := range names {
		if d.states[name] != nil {
			return fmt.Errorf("two states have the name %q", name)
		}
		s := &State{Name: name}
		d.states[name], m.States = s, append(m.States, s)
		if err := d.parseState(s, texts[i], names, depth); err != nil {
			return inField(fmt.Sprintf("state %q", name), err)
		}
	}
	return nil
}

// parseState parses a state. siblings are the names of all states in its state machine.
func (d *Definition) parseState(s *State, text []byte, siblings []string, depth int) error {
	var t stateText
	if err := decode(text, &t); err != nil {
		return err
	}
	switch t.Type {
	case Task, Pass, Choice, Wait, Parallel, Map, Succeed, Fail:
	case "":
		return errors.New("it has no Type")
	default:
		const types = "Task, Pass, Choice, Wait, Parallel, Map, Succeed and Fail"
		return fmt.Errorf("its Type is %q, which is not one of %s", t.Type, types)
	}
	s.Type = t.Type
	s.Seconds, s.SecondsPath, s.Timestamp, s.TimestampPath = t.Seconds, t.SecondsPath, t.Timestamp, t.TimestampPath
	s.Resource, _ = t.Resource.(string)
	s.Error, s.ErrorPath = t.Error, t.ErrorPath
	s.TimeoutSeconds = numberOrPath(t.TimeoutSeconds, t.TimeoutSecondsPath)
	s.HeartbeatSeconds = numberOrPath(t.HeartbeatSeconds, t.HeartbeatSecondsPath)
	s.MaxConcurrency = numberOrPath(t.MaxConcurrency, t.MaxConcurrencyPath)
	s.ToleratedFailureCount = numberOrPath(t.ToleratedFailureCount, t.ToleratedFailureCountPath)
	s.ToleratedFailurePercentage = numberOrPath(t.ToleratedFailurePercentage, t.ToleratedFailurePercentagePath)
	return cmp.Or(s.parseNext(t, siblings), s.parseErrorHandlers(t, siblings), d.parseInner(s, t, depth))
}

func (s *State) parseNext(t stateText, siblings []string) error {
	switch s.Type {
	case Succeed, Fail:
		return nil
	case Choice:
		return s.parseChoices(t, siblings)
	}
	switch {
	case t.Next != "":
		s.Next = t.Next
		return checkTarget("Next", t.Next, siblings)
	case !bool(t.End):
		return errors.New("it has neither Next nor End")
	}
	return nil
}

func (s *State) parseChoices(t stateText, siblings []string) error {
	if len(t.Choices) == 0 {
		return errors.New("it has no Choices")
	}
	for i, object := range t.Choices {
		where := fmt.Sprintf("Choices[%d]", i)
		rule, err := newRule(object, 0)
		if err != nil {
			return inField(where, err)
		}
		next, err := optionalMember[string](object, "Next")
		if err != nil {
			return inField(where, err)
		}
		if err := checkTarget(where+".Next", next, siblings); err != nil {
			return err
		}
		s.Choices = append(s.Choices, ChoiceRule{Rule: rule, Next: next})
	}
	if s.Default = t.Default; s.Default != "" {
		return checkTarget("Default", s.Default, siblings)
	}
	return nil
}

func (s *State) parseErrorHandlers(t stateText, siblings []string) error {
	for i, raw := range t.Retry {
		r := newRetrier()
		if err := decode(raw, &r); err != nil {
			return inField(fmt.Sprintf("Retry[%d]", i), err)
		}
		s.Retry = append(s.Retry, r)
	}
	for i, raw := range t.Catch {
		var c Catcher
		where := fmt.Sprintf("Catch[%d]", i)
		if err := decode(raw, &c); err != nil {
			return inField(where, err)
		}
		if err := checkTarget(where+".Next", c.Next, siblings); err != nil {
			return err
		}
		s.Catch = append(s.Catch, c)
	}
	return nil
}

func (d *Definition) parseInner(s *State, t stateText, depth int) error {
	var fields []string
	var machines []*machineText
	switch {
	case s.Type == Parallel && len(t.Branches) == 0:
		return errors.New("it has no Branches")
	case s.Type == Parallel:
		for i := range t.Branches {
			fields, machines = append(fields, fmt.Sprintf("Branches[%d]", i)), append(machines, &t.Branches[i])
		}
	case s.Type == Map && t.ItemProcessor != nil:
		fields, machines = []string{"ItemProcessor"}, []*machineText{t.ItemProcessor}
	case s.Type == Map && t.Iterator != nil:
		fields, machines = []string{"Iterator"}, []*machineText{t.Iterator}
	case s.Type == Map:
		return errors.New("it has no ItemProcessor")
	}
	for i, text := range machines {
		m := &Machine{}
		s.Inner = append(s.Inner, m)
		if err := d.parseMachine(m, *text, depth+1); err != nil {
			return inField(fields[i], err)
		}
	}
	return nil
}

// checkTarget returns an error if name, the value of a field, is not the name of a sibling.
func checkTarget(field, name string, siblings []string) error {
	switch {
	case name == "":
		return fmt.Errorf("%s is missing or empty", field)
	case !slices.Contains(siblings, name):
		return fmt.Errorf("%s names %q, which is not a state of the same state machine", field, name)
	}
	return nil
}

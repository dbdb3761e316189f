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

// deepest limits the nesting of state machines, and of the rules of a choice. AWS names no limit;
// this one bounds the work.
const deepest = 50

// orDescribe names the command that prints a definition that AWS has accepted.
const orDescribe = "or use the output of `aws stepfunctions describe-state-machine " +
	"--query definition --output text`"

// Parse reads a definition in JSON, as DescribeStateMachine returns it. The error is a
// *problem.Problem that names the mistake and its state.
func Parse(text []byte) (*Definition, error) {
	d := &Definition{states: map[string]*State{}}
	if err := d.parse(text); err != nil {
		p := &problem.Problem{What: "the definition of the state machine is not valid", Err: err,
			Next: "correct it, " + orDescribe}
		if errors.As(err, new(placeholderError)) {
			p.Next = "put in what the placeholder stands for, " + orDescribe
		}
		return nil, p
	}
	return d, nil
}

func (d *Definition) parse(text []byte) error {
	if err := safetext.CheckJSON(string(text)); err != nil {
		return fmt.Errorf("it is not JSON: %w", err)
	}
	var whole machineText
	if err := decode(text, &whole); err != nil {
		return err
	}
	d.Comment, d.TimeoutSeconds = whole.Comment, whole.TimeoutSeconds
	return d.fill(&d.Machine, whole, 0)
}

// fill reads the states of a state machine.
func (d *Definition) fill(m *Machine, text machineText, depth int) error {
	if depth > deepest {
		return fmt.Errorf("it nests state machines more than %d deep", deepest)
	}
	names, texts, err := jsonfile.Members(text.States)
	var placeholder string
	switch {
	case json.Unmarshal(text.States, &placeholder) == nil && isPlaceholder(text.States):
		return in("States", placeholderError(kind(placeholder)+", not an object"))
	case err != nil:
		return in("States", err)
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
		if err := d.fillState(s, texts[i], names, depth); err != nil {
			return in(fmt.Sprintf("state %q", name), err)
		}
	}
	return nil
}

// fillState reads a state. beside holds the names of the states in its state machine.
func (d *Definition) fillState(s *State, text []byte, beside []string, depth int) error {
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
	s.TimeoutSeconds = either(t.TimeoutSeconds, t.TimeoutSecondsPath)
	s.HeartbeatSeconds = either(t.HeartbeatSeconds, t.HeartbeatSecondsPath)
	s.MaxConcurrency = either(t.MaxConcurrency, t.MaxConcurrencyPath)
	s.ToleratedFailureCount = either(t.ToleratedFailureCount, t.ToleratedFailureCountPath)
	s.ToleratedFailurePercentage = either(t.ToleratedFailurePercentage, t.ToleratedFailurePercentagePath)
	return cmp.Or(s.fillNext(t, beside), s.fillErrors(t, beside), d.fillInner(s, t, depth))
}

// fillNext reads the next state after a success.
func (s *State) fillNext(t stateText, beside []string) error {
	switch s.Type {
	case Succeed, Fail:
		return nil
	case Choice:
		return s.fillChoices(t, beside)
	}
	switch {
	case t.Next != "":
		s.Next = t.Next
		return check("Next", t.Next, beside)
	case !bool(t.End):
		return errors.New("it has neither Next nor End")
	}
	return nil
}

func (s *State) fillChoices(t stateText, beside []string) error {
	if len(t.Choices) == 0 {
		return errors.New("it has no Choices")
	}
	for i, object := range t.Choices {
		where := fmt.Sprintf("Choices[%d]", i)
		rule, err := newRule(object, 0)
		if err != nil {
			return in(where, err)
		}
		next, err := member[string](object, "Next")
		if err != nil {
			return in(where, err)
		}
		if err := check(where+".Next", next, beside); err != nil {
			return err
		}
		s.Choices = append(s.Choices, ChoiceRule{Rule: rule, Next: next})
	}
	if s.Default = t.Default; s.Default != "" {
		return check("Default", s.Default, beside)
	}
	return nil
}

// fillErrors reads the retriers and catchers of a state.
func (s *State) fillErrors(t stateText, beside []string) error {
	for i, raw := range t.Retry {
		r := newRetrier()
		if err := decode(raw, &r); err != nil {
			return in(fmt.Sprintf("Retry[%d]", i), err)
		}
		s.Retry = append(s.Retry, r)
	}
	for i, raw := range t.Catch {
		var c Catcher
		where := fmt.Sprintf("Catch[%d]", i)
		if err := decode(raw, &c); err != nil {
			return in(where, err)
		}
		if err := check(where+".Next", c.Next, beside); err != nil {
			return err
		}
		s.Catch = append(s.Catch, c)
	}
	return nil
}

// fillInner reads the state machines that a Parallel or a Map runs.
func (d *Definition) fillInner(s *State, t stateText, depth int) error {
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
		if err := d.fill(m, *text, depth+1); err != nil {
			return in(fields[i], err)
		}
	}
	return nil
}

// check returns an error if a field does not name one of the states in beside.
func check(field, name string, beside []string) error {
	switch {
	case name == "":
		return fmt.Errorf("%s names no state", field)
	case !slices.Contains(beside, name):
		return fmt.Errorf("%s names %q, which is not a state of the same state machine", field, name)
	}
	return nil
}

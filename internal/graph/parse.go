package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
)

// deepest is how deep state machines may be nested in each other. AWS names no limit; this one bounds the work.
const deepest = 50

// The parts of a definition that make its graph. What depends on the query language, JSONPath or JSONata, may be a
// number or an expression.
type (
	machineText struct {
		Comment string
		StartAt string
		States  json.RawMessage
	}
	stateText struct {
		Type          string
		Next          string
		End           bool
		Default       string
		Choices       []map[string]any
		Catch         []catcherText
		Retry         []retrierText
		Branches      []json.RawMessage
		ItemProcessor json.RawMessage
		Iterator      json.RawMessage // the older name of ItemProcessor
		Seconds       any
		SecondsPath   string
		Timestamp     string
		TimestampPath string
		Error         string
		ErrorPath     string
	}
	catcherText struct {
		ErrorEquals []string
		Next        string
	}
	retrierText struct {
		ErrorEquals     []string
		IntervalSeconds *float64
		MaxAttempts     *float64
		BackoffRate     *float64
	}
)

// Parse reads a definition. The error is a *problem.Problem that says what is wrong with it.
func Parse(definition []byte) (*Graph, error) {
	g := &Graph{states: map[string]*State{}}
	if err := g.read(definition); err != nil {
		return nil, &problem.Problem{What: "the definition cannot be drawn", Err: err,
			Next: "give a state machine's definition in the Amazon States Language, as `aws stepfunctions describe-state-machine --query definition --output text` prints it"}
	}
	return g, nil
}

func (g *Graph) read(definition []byte) error {
	if err := safetext.CheckJSON(string(definition)); err != nil {
		return fmt.Errorf("it is not JSON: %w", err)
	}
	var text machineText
	if err := unmarshal(definition, &text); err != nil {
		return err
	}
	g.Comment = text.Comment
	return g.machine(&g.Machine, text, "it", 0)
}

// machine reads one state machine into m. The name is for errors.
func (g *Graph) machine(m *Machine, text machineText, name string, depth int) error {
	if depth > deepest {
		return fmt.Errorf("it nests state machines more than %d deep", deepest)
	}
	names, texts, err := members(text.States)
	switch {
	case err != nil:
		return fmt.Errorf("the States of %s: %w", name, err)
	case len(names) == 0:
		return fmt.Errorf("%s has no States", name)
	case text.StartAt == "":
		return fmt.Errorf("%s has no StartAt", name)
	}
	parsed := map[*State]stateText{}
	own := map[string]*State{}
	for i, stateName := range names {
		if g.states[stateName] != nil {
			return fmt.Errorf("two states have the name %q", stateName)
		}
		var st stateText
		if err := unmarshal(texts[i], &st); err != nil {
			return fmt.Errorf("the state %q: %w", stateName, err)
		}
		s := &State{Name: stateName, Type: st.Type, Detail: detail(st), machine: m}
		for _, r := range st.Retry {
			s.Retry = append(s.Retry, r.words())
		}
		g.states[stateName], own[stateName], parsed[s] = s, s, st
		if stateName == text.StartAt {
			m.States = append([]*State{s}, m.States...)
		} else {
			m.States = append(m.States, s)
		}
	}
	start := own[text.StartAt]
	if start == nil {
		return fmt.Errorf("StartAt of %s names %q, and it has no such state", name, text.StartAt)
	}
	m.connect(nil, start, Start)
	for _, s := range m.States {
		if err := g.leave(m, own, s, parsed[s]); err != nil {
			return fmt.Errorf("the state %q: %w", s.Name, err)
		}
		if err := g.inner(s, parsed[s], depth); err != nil {
			return err
		}
	}
	return nil
}

// leave adds the transitions that leave a state. The error is the first mistake in them.
func (g *Graph) leave(m *Machine, own map[string]*State, s *State, text stateText) error {
	var first error
	to := func(field, name string, kind Kind, labels ...string) {
		switch target := own[name]; {
		case target != nil:
			m.connect(s, target, kind, labels...)
		case first != nil:
		case name == "":
			first = fmt.Errorf("%s names no state", field)
		default:
			first = fmt.Errorf("%s names %q, and there is no such state beside it", field, name)
		}
	}
	switch s.Type {
	case "Choice":
		if len(text.Choices) == 0 {
			return errors.New("it has no Choices")
		}
		for _, rule := range text.Choices {
			next, _ := rule["Next"].(string)
			to("Next of a choice", next, Choice, condition(rule, 0))
		}
		if text.Default != "" {
			to("Default", text.Default, Default, "default")
		}
	case "Succeed":
		m.connect(s, nil, End)
	case "Fail":
		if m.parent == nil { // a branch that fails ends more than itself, so it does not lead to the branch's end
			m.connect(s, nil, End)
		}
	case "Task", "Pass", "Wait", "Parallel", "Map":
		switch {
		case text.Next != "":
			to("Next", text.Next, Next)
		case text.End:
			m.connect(s, nil, End)
		default:
			return errors.New("it has neither Next nor End")
		}
	case "":
		return errors.New("it has no Type")
	default:
		return fmt.Errorf("its Type is %q, which is none of Task, Pass, Choice, Wait, Parallel, Map, Succeed and Fail", s.Type)
	}
	for _, c := range text.Catch {
		to("Next of a catcher", c.Next, Catch, c.ErrorEquals...)
	}
	return first
}

// inner reads the state machines that a Parallel or a Map runs.
func (g *Graph) inner(s *State, text stateText, depth int) error {
	var texts []json.RawMessage
	name := fmt.Sprintf("a branch of the state %q", s.Name)
	switch {
	case s.Type == "Parallel":
		texts = text.Branches
	case s.Type == "Map" && text.ItemProcessor != nil:
		texts, name = []json.RawMessage{text.ItemProcessor}, fmt.Sprintf("the ItemProcessor of the state %q", s.Name)
	case s.Type == "Map" && text.Iterator != nil:
		texts, name = []json.RawMessage{text.Iterator}, fmt.Sprintf("the Iterator of the state %q", s.Name)
	}
	if len(texts) == 0 && s.Type == "Parallel" {
		return fmt.Errorf("the state %q has no Branches", s.Name)
	}
	if len(texts) == 0 && s.Type == "Map" {
		return fmt.Errorf("the state %q has no ItemProcessor", s.Name)
	}
	for _, raw := range texts {
		var inner machineText
		if err := unmarshal(raw, &inner); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		m := &Machine{parent: s}
		if err := g.machine(m, inner, name, depth+1); err != nil {
			return err
		}
		s.Inner = append(s.Inner, m)
	}
	return nil
}

// members are the names and the values of a JSON object, in the order of the text. It is known to be JSON.
func members(object json.RawMessage) (names []string, values []json.RawMessage, err error) {
	if object == nil || string(object) == "null" {
		return nil, nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(object))
	if first, _ := decoder.Token(); first != json.Delim('{') {
		return nil, nil, errors.New("they are not an object")
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, nil, err
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, nil, err
		}
		names, values = append(names, name.(string)), append(values, value)
	}
	return names, values, nil
}

// unmarshal decodes JSON, and says of a value of the wrong type which one it is in the definition's terms.
func unmarshal(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	err := decoder.Decode(into)
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		field := wrong.Field
		if field == "" {
			return fmt.Errorf("it is a JSON %s and not an object", wrong.Value)
		}
		kind := map[string]string{"string": "string", "bool": "boolean", "float64": "number", "slice": "array"}[wrong.Type.Kind().String()]
		if kind == "" {
			kind = "object"
		}
		return fmt.Errorf("%s is a JSON %s and not %s", field, wrong.Value, strings.Replace("a "+kind, "a a", "an a", 1))
	}
	return err
}

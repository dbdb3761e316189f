package asl

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// ChoiceRule holds a rule of a Choice and the next state.
type ChoiceRule struct {
	Rule
	Next string
}

// Rule holds a condition. AWS requires exactly one of Condition, And, Or, Not and Operator.
type Rule struct {
	Condition string // a JSONata expression, or the text "true" or "false"
	And, Or   []Rule
	Not       *Rule
	Variable  string // a JSONPath
	Operator  string // such as NumericLessThan; compares Variable with Value
	Value     any    // a string, a bool or a json.Number; a path if Operator ends with Path
}

// operators contains the comparison operators: https://states-language.net/spec.html#choice-state
var operators = func() map[string]bool {
	all := map[string]bool{"StringMatches": true, "BooleanEquals": true, "BooleanEqualsPath": true}
	for _, kind := range []string{"String", "Numeric", "Timestamp"} {
		for _, sign := range []string{"Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"} {
			all[kind+sign], all[kind+sign+"Path"] = true, true
		}
	}
	for _, property := range []string{"Null", "Present", "Numeric", "String", "Boolean", "Timestamp"} {
		all["Is"+property] = true
	}
	return all
}()

// parseCondition parses a Condition. AWS accepts an expression or a literal boolean.
func parseCondition(object map[string]any) (string, error) {
	if literal, ok := object["Condition"].(bool); ok {
		return fmt.Sprint(literal), nil
	}
	return optionalMember[string](object, "Condition")
}

func newRule(value any, depth int) (Rule, error) {
	object, ok := value.(map[string]any)
	switch {
	case !ok:
		return Rule{}, wrongType("an object", typeOf(value))
	case depth > maxDepth:
		return Rule{}, fmt.Errorf("rules are nested more than %d levels deep", maxDepth)
	}
	var r Rule
	var errs [6]error
	r.Condition, errs[0] = parseCondition(object)
	r.Variable, errs[1] = optionalMember[string](object, "Variable")
	r.And, errs[2] = newRules(object, "And", depth)
	r.Or, errs[3] = newRules(object, "Or", depth)
	if not := object["Not"]; not != nil {
		inner, err := newRule(not, depth+1)
		r.Not, errs[4] = &inner, inField("Not", err)
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if operators[name] {
			r.Operator, r.Value = name, object[name]
			errs[5] = inField(name, checkScalar(r.Value))
			break
		}
	}
	return r, cmp.Or(errs[:]...)
}

// newRules parses the rules in the field "And" or "Or".
func newRules(object map[string]any, field string, depth int) ([]Rule, error) {
	values, err := optionalMember[[]any](object, field)
	if err != nil {
		return nil, err
	}
	var rules []Rule
	for i, value := range values {
		rule, err := newRule(value, depth+1)
		if err != nil {
			return nil, inField(fmt.Sprintf("%s[%d]", field, i), err)
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

// optionalMember returns a member of a JSON object, or the zero value if it is missing or null.
func optionalMember[T any](object map[string]any, name string) (T, error) {
	value, ok := object[name].(T)
	if !ok && object[name] != nil {
		return value, inField(name, wrongType(typeOf(any(value)), typeOf(object[name])))
	}
	return value, nil
}

func checkScalar(value any) error {
	switch value.(type) {
	case map[string]any, []any, nil:
		return wrongType("a string, a number or a boolean", typeOf(value))
	}
	return nil
}

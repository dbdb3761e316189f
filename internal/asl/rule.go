package asl

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// ChoiceRule holds a rule of a Choice, with the state that it leads to.
type ChoiceRule struct {
	Rule
	Next string
}

// Rule holds a condition. In a definition that AWS accepts, exactly one of Condition, And, Or, Not
// and Operator is set.
type Rule struct {
	Condition string // an expression in JSONata, or the literal true or false
	And, Or   []Rule
	Not       *Rule
	Variable  string // a path in JSONPath
	Operator  string // such as NumericLessThan; compares the Variable with the Value
	Value     any    // a string, a bool or a json.Number; a path if the Operator ends with Path
}

// operators holds the comparison operators: https://states-language.net/spec.html#choice-state
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

// condition reads the Condition of a rule. AWS accepts a literal, too.
func condition(object map[string]any) (string, error) {
	if literal, ok := object["Condition"].(bool); ok {
		return fmt.Sprint(literal), nil
	}
	return member[string](object, "Condition")
}

// newRule reads a rule from its JSON object.
func newRule(value any, depth int) (Rule, error) {
	object, ok := value.(map[string]any)
	switch {
	case !ok:
		return Rule{}, fmt.Errorf("it is %s, not an object", kind(value))
	case depth > deepest:
		return Rule{}, fmt.Errorf("it nests rules more than %d deep", deepest)
	}
	var r Rule
	var errs [6]error
	r.Condition, errs[0] = condition(object)
	r.Variable, errs[1] = member[string](object, "Variable")
	r.And, errs[2] = newRules(object, "And", depth)
	r.Or, errs[3] = newRules(object, "Or", depth)
	if not := object["Not"]; not != nil {
		inner, err := newRule(not, depth+1)
		r.Not, errs[4] = &inner, in("Not", err)
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if operators[name] {
			r.Operator, r.Value = name, object[name]
			errs[5] = in(name, scalar(r.Value))
			break
		}
	}
	return r, cmp.Or(errs[:]...)
}

// newRules reads the list of rules in And or Or.
func newRules(object map[string]any, field string, depth int) ([]Rule, error) {
	values, err := member[[]any](object, field)
	if err != nil {
		return nil, err
	}
	var rules []Rule
	for i, value := range values {
		rule, err := newRule(value, depth+1)
		if err != nil {
			return nil, in(fmt.Sprintf("%s[%d]", field, i), err)
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

// member returns a member of a JSON object, which may be missing.
func member[T any](object map[string]any, name string) (T, error) {
	value, ok := object[name].(T)
	if !ok && object[name] != nil {
		return value, in(name, fmt.Errorf("it is %s, not %s", kind(object[name]), kind(any(value))))
	}
	return value, nil
}

func scalar(value any) error {
	switch value.(type) {
	case map[string]any, []any, nil:
		return fmt.Errorf("it is %s, not a string, a number or a boolean", kind(value))
	}
	return nil
}

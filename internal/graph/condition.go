package graph

import (
	"fmt"
	"strings"

	"retrycatch/internal/asl"
	"retrycatch/internal/safetext"
)

// condition describes a rule of a choice in words.
type condition struct {
	text string
	// joint is the word that joins the parts: "and", "or", or another text for a JSONata expression
	// of several parts. It is empty for a single part.
	joint string
}

// label returns the condition alone, or as one of several joined with or.
func (c condition) label(inOr bool) label {
	if inOr && c.joint != "" && c.joint != "or" {
		return label{"(" + cut(c.text, longest-2) + ")", "(" + c.text + ")"}
	}
	return label{cut(c.text, longest), c.text}
}

// cut limits the characters of a condition. It closes open brackets, so that the following text
// does not appear to be inside them.
func cut(text string, limit int) string {
	if text = safetext.Line(text); len([]rune(text)) <= limit {
		return text
	}
	for n := limit; ; n-- {
		short := safetext.Short(text, n)
		open := max(0, strings.Count(short, "(")-strings.Count(short, ")"))
		if n+open <= limit {
			return short + strings.Repeat(")", open)
		}
	}
}

// within returns the condition as a part of a larger one with the given joint.
func (c condition) within(joint string) string {
	if c.joint == "" || c.joint == joint {
		return c.text
	}
	return "(" + c.text + ")"
}

// Texts for a rule without a known condition, and for a variable without a known operator.
const (
	noCondition = "no condition"
	noOperator  = "no known operator"
)

// newCondition describes a rule.
func newCondition(r asl.Rule) condition {
	switch {
	case shown(r.Condition) == r.Condition && expression(r.Condition) != "":
		text := expression(r.Condition)
		if severalParts(text) {
			return condition{text, "JSONata"}
		}
		return condition{text: text}
	case r.And != nil:
		return joined(r.And, "and")
	case r.Or != nil:
		return joined(r.Or, "or")
	case r.Not != nil:
		return condition{text: "not (" + newCondition(*r.Not).text + ")"}
	case r.Operator != "":
		return condition{text: strings.TrimSpace(r.Variable + " " + comparison(r.Operator, r.Value))}
	case strings.TrimSpace(r.Variable) != "":
		return condition{text: r.Variable + " (" + noOperator + ")"}
	default:
		return condition{text: noCondition}
	}
}

func joined(rules []asl.Rule, joint string) condition {
	if len(rules) == 1 {
		return newCondition(rules[0])
	}
	var parts []string
	for _, rule := range rules {
		parts = append(parts, newCondition(rule).within(joint))
	}
	return condition{strings.Join(parts, " "+joint+" "), joint}
}

// severalParts reports whether a JSONata expression has an operator outside brackets that binds
// weaker than a comparison: https://docs.jsonata.org/other-operators
func severalParts(expression string) bool {
	depth, word, escaped := 0, "", false
	var quote, last rune // the open quote; the last character outside spaces before the word
	for _, c := range expression + " " {
		if quote != 0 {
			if c == quote && !escaped {
				quote = 0
			}
			escaped = c == '\\' && !escaped
			continue
		}
		if c == '_' || c == '$' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			word += string(c)
			continue
		}
		if depth == 0 && last != 0 && last != '.' && (word == "and" || word == "or") {
			return true
		}
		if word != "" {
			last, word = 'a', ""
		}
		switch {
		case strings.ContainsRune("\"'`", c):
			quote = c
		case strings.ContainsRune("([{", c):
			depth++
		case strings.ContainsRune(")]}", c):
			depth--
		case depth == 0 && (c == '?' || c == ';'):
			return true
		}
		if c != ' ' {
			last = c
		}
	}
	return false
}

// signs maps comparison operators, without the type that they compare, to their signs.
var signs = map[string]string{
	"Equals": "=", "LessThan": "<", "LessThanEquals": "≤", "GreaterThan": ">", "GreaterThanEquals": "≥",
	"Matches": "matches",
}

// comparison describes a comparison operator with its value.
func comparison(operator string, value any) string {
	if kind, ok := strings.CutPrefix(operator, "Is"); ok {
		text := "is " + strings.ToLower(kind)
		switch value {
		case true:
			return text
		case false:
			return "is not " + strings.ToLower(kind)
		default:
			return text + " = " + fmt.Sprint(value)
		}
	}
	operator, bare := strings.CutSuffix(operator, "Path")
	bare = bare || strings.HasPrefix(operator, "Numeric") || strings.HasPrefix(operator, "Boolean")
	for _, kind := range []string{"String", "Numeric", "Boolean", "Timestamp"} {
		operator = strings.TrimPrefix(operator, kind)
	}
	return signs[operator] + " " + literal(value, bare)
}

// literal writes a value: a string in quotes, unless it is a path or a placeholder for a number.
func literal(value any, bare bool) string {
	if text, ok := value.(string); ok && !bare {
		return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"`
	}
	return fmt.Sprint(value)
}

package graph

import (
	"fmt"
	"strings"

	"retrycatch/internal/asl"
	"retrycatch/internal/safetext"
)

// condition is a choice rule in words.
type condition struct {
	text string
	// conjunction is the outermost operator of the text, "and" or "or". For a JSONata expression
	// that needs brackets inside any larger condition, it is "JSONata". Otherwise it is empty.
	conjunction string
}

// label returns the condition as a label. joinedByOr says that "or" joins the result to other
// labels. In this case, label adds brackets if the condition needs them.
func (c condition) label(joinedByOr bool) label {
	if joinedByOr && c.conjunction != "" && c.conjunction != "or" {
		return label{"(" + truncate(c.text, maxDetailLength-2) + ")", "(" + c.text + ")"}
	}
	return label{truncate(c.text, maxDetailLength), c.text}
}

// truncate shortens a condition to at most limit characters. It closes open brackets, so that the
// text after the condition does not seem to be inside them.
func truncate(text string, limit int) string {
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

// asPartOf returns the text for use in a larger condition that joins its parts with conjunction. It
// adds brackets if the condition has another conjunction.
func (c condition) asPartOf(conjunction string) string {
	if c.conjunction == "" || c.conjunction == conjunction {
		return c.text
	}
	return "(" + c.text + ")"
}

// These texts describe a rule without a condition, and a rule without an operator that the parser
// knows.
const (
	noCondition = "no condition"
	noOperator  = "no known operator"
)

func newCondition(r asl.Rule) condition {
	switch {
	case quoteBlank(r.Condition) == r.Condition && jsonataBody(r.Condition) != "": // not blank
		text := jsonataBody(r.Condition)
		if hasWeakOperator(text) {
			return condition{text, "JSONata"}
		}
		return condition{text: text}
	case r.And != nil:
		return joinRules(r.And, "and")
	case r.Or != nil:
		return joinRules(r.Or, "or")
	case r.Not != nil:
		return condition{text: "not (" + newCondition(*r.Not).text + ")"}
	case r.Operator != "":
		return condition{text: strings.TrimSpace(r.Variable + " " + describeComparison(r.Operator, r.Value))}
	case strings.TrimSpace(r.Variable) != "":
		return condition{text: r.Variable + " (" + noOperator + ")"}
	default:
		return condition{text: noCondition}
	}
}

func joinRules(rules []asl.Rule, conjunction string) condition {
	if len(rules) == 1 {
		return newCondition(rules[0])
	}
	var parts []string
	for _, rule := range rules {
		parts = append(parts, newCondition(rule).asPartOf(conjunction))
	}
	return condition{strings.Join(parts, " "+conjunction+" "), conjunction}
}

// hasWeakOperator reports whether a JSONata expression has, outside brackets, an operator with a
// lower precedence than a comparison: https://docs.jsonata.org/other-operators
func hasWeakOperator(expression string) bool {
	depth, word, escaped := 0, "", false
	var quote, last rune // the open quote, and the last non-space character before the word
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

// operatorSymbols maps a comparison operator, without its type prefix, to its symbol.
var operatorSymbols = map[string]string{
	"Equals": "=", "LessThan": "<", "LessThanEquals": "≤", "GreaterThan": ">", "GreaterThanEquals": "≥",
	"Matches": "matches",
}

// describeComparison returns a comparison operator and its value in words.
func describeComparison(operator string, value any) string {
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
	operator, unquoted := strings.CutSuffix(operator, "Path")
	unquoted = unquoted || strings.HasPrefix(operator, "Numeric") || strings.HasPrefix(operator, "Boolean")
	for _, kind := range []string{"String", "Numeric", "Boolean", "Timestamp"} {
		operator = strings.TrimPrefix(operator, kind)
	}
	return operatorSymbols[operator] + " " + literal(value, unquoted)
}

// literal formats a value. Strings get quotes, unless unquoted is set because they stand for a
// path, a number or a boolean.
func literal(value any, unquoted bool) string {
	if text, ok := value.(string); ok && !unquoted {
		return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"`
	}
	return fmt.Sprint(value)
}

package graph

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"retrycatch/internal/asl"
)

// taskCall describes what the Resource of a Task calls, such as "DynamoDB: PutItem":
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
func taskCall(s *asl.State) string {
	resource := jsonataBody(s.Resource)
	parts := splitARN(resource)
	if len(parts) < 6 || parts[0] != "arn" {
		return resource
	}
	kind, name := parts[5], strings.Join(parts[6:], ":")
	switch {
	case name == "":
		return kind
	case parts[2] == "lambda" && kind == "function":
		return "Lambda: " + name
	case parts[2] == "states" && kind == "activity":
		return "Activity: " + name
	case parts[2] == "states" && kind == "aws-sdk" && len(parts) > 7:
		return integrationName(parts[6], strings.Join(parts[7:], ":"))
	case parts[2] == "states" && parts[3] == "" && parts[4] == "":
		return integrationName(kind, name)
	default:
		return parts[len(parts)-1]
	}
}

// splitARN splits an ARN at colons, but not inside placeholders such as ${AWS::Partition}.
func splitARN(arn string) []string {
	var parts []string
	depth, start := 0, 0
	for i, r := range arn {
		switch {
		case strings.ContainsRune("{<", r):
			depth++
		case strings.ContainsRune("}>", r):
			depth = max(0, depth-1)
		case r == ':' && depth == 0:
			parts, start = append(parts, arn[start:i]), i+1
		}
	}
	return append(parts, arn[start:])
}

// integrationName names a service call and its integration pattern:
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html
func integrationName(service, call string) string {
	mark := ""
	for pattern, words := range patternNames {
		if action, ok := strings.CutSuffix(call, pattern); ok {
			call, mark = action, " ("+words+")"
		}
	}
	return serviceName(service) + ": " + capitalize(call) + mark
}

var patternNames = map[string]string{
	".sync": "sync", ".sync:2": "sync:2", ".waitForTaskToken": "waits for a token",
}

// serviceName returns the name of a service as AWS writes it. It capitalizes an unknown ID.
func serviceName(id string) string {
	key := strings.ReplaceAll(id, "-", "")
	if name := specialNames[key]; name != "" {
		return name
	}
	same := func(name string) bool { return strings.EqualFold(strings.ReplaceAll(name, " ", ""), key) }
	if i := slices.IndexFunc(services, same); i >= 0 {
		return services[i]
	}
	return capitalize(id)
}

func capitalize(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

package test

import (
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/asl"
	"retrycatch/statemachine"
)

// specified holds the definition as specified. The project adds to it but changes nothing.
//
//nolint:lll // the text of the tutorial
const specified = `{
  "Comment": "An example of using retry and catch to handle API responses",
  "StartAt": "Call API",
  "States": {
    "Call API": {
      "Type": "Task",
      "Resource": "${MockAPIFunctionArn}",
      "Next": "OK",
      "Comment": "Catch a 429 (Too many requests) API exception, and resubmit the failed request in a rate-limiting fashion.",
      "Retry": [
        {"ErrorEquals": ["TooManyRequestsException"], "IntervalSeconds": 1, "MaxAttempts": 2}
      ],
      "Catch": [
        {"ErrorEquals": ["TooManyRequestsException"], "Next": "Wait and Try Later"},
        {"ErrorEquals": ["ServerUnavailableException"], "Next": "Server Unavailable"},
        {"ErrorEquals": ["States.ALL"], "Next": "Catch All"}
      ]
    },
    "Wait and Try Later": {"Type": "Wait", "Seconds": 1, "Next": "Change to 200"},
    "Server Unavailable": {
      "Type": "Fail",
      "Error": "ServerUnavailable",
      "Cause": "The server is currently unable to handle the request."
    },
    "Catch All": {
      "Type": "Fail",
      "Cause": "Unknown error!",
      "Error": "An error of unknown type occurred"
    },
    "Change to 200": {"Type": "Pass", "Result": {"statuscode": "200"}, "Next": "Call API"},
    "OK": {"Type": "Pass", "Result": "The request has succeeded.", "End": true}
  }
}`

// lambdaServiceErrors holds the retrier that the project adds for Lambda's own failures. The CDK
// adds the same.
const lambdaServiceErrors = `{
  "ErrorEquals": [
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException"
  ],
  "IntervalSeconds": 2,
  "MaxAttempts": 6,
  "BackoffRate": 2
}`

func TestDefinition(t *testing.T) {
	t.Parallel()
	want := parse(t, []byte(specified))
	// Without a limit, an execution may run for a year.
	want["TimeoutSeconds"] = 600.0
	call := want["States"].(map[string]any)["Call API"].(map[string]any)
	// The first retrier that matches counts, so this one comes second.
	call["Retry"] = append(call["Retry"].([]any), parse(t, []byte(lambdaServiceErrors)))

	got := parse(t, []byte(statemachine.Definition))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the definition differs (-want +got):\n%s", diff)
	}
}

// asl.Parse rejects a transition to an unknown state.
func TestDefinitionReachesEveryState(t *testing.T) {
	t.Parallel()
	definition, err := asl.Parse([]byte(statemachine.Definition))
	if err != nil {
		t.Fatal(err)
	}
	reached := map[string]bool{}
	pending := []string{definition.StartAt}
	for len(pending) > 0 {
		state := definition.State(pending[0])
		pending = pending[1:]
		if state == nil || reached[state.Name] {
			continue
		}
		reached[state.Name] = true
		pending = append(pending, state.Next, state.Default)
		for _, choice := range state.Choices {
			pending = append(pending, choice.Next)
		}
		for _, catcher := range state.Catch {
			pending = append(pending, catcher.Next)
		}
	}
	for _, state := range definition.States {
		if !reached[state.Name] {
			t.Errorf("no transition leads to the state %q", state.Name)
		}
	}
}

// CloudFormation does not report a value that no placeholder uses.
func TestDefinitionPlaceholders(t *testing.T) {
	_, stateMachine := synthesize(t).named(t, "AWS::StepFunctions::StateMachine", "StateMachineName", "MyAPIStateMachine")
	sub := stateMachine["DefinitionString"].(map[string]any)["Fn::Sub"].([]any)
	given := slices.Sorted(maps.Keys(sub[1].(map[string]any)))
	used := slices.Sorted(maps.Keys(placeholders(sub[0].(string))))
	if len(used) == 0 {
		t.Error("the definition has no placeholder for the function")
	}
	if diff := cmp.Diff(used, given); diff != "" {
		t.Errorf("the placeholders and the values differ (-used +given):\n%s", diff)
	}
}

func placeholders(definition string) map[string]bool {
	names := map[string]bool{}
	for _, match := range regexp.MustCompile(`\$\{([^}]*)\}`).FindAllStringSubmatch(definition, -1) {
		names[match[1]] = true
	}
	return names
}

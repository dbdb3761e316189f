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

// tutorialDefinition is the definition in the tutorial that the project follows. The project only
// adds to this definition.
//
//nolint:lll // keeps the original text
const tutorialDefinition = `{
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

// lambdaRetrier is the retrier that the project adds for failures of Lambda itself. The CDK's
// LambdaInvoke also adds a retrier for these failures.
const lambdaRetrier = `{
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
	want := parseJSON(t, []byte(tutorialDefinition))
	// Without this limit, an execution could run for a year.
	want["TimeoutSeconds"] = 600.0
	call := want["States"].(map[string]any)["Call API"].(map[string]any)
	// The first retrier that matches an error applies, so the added retrier comes second.
	call["Retry"] = append(call["Retry"].([]any), parseJSON(t, []byte(lambdaRetrier)))

	got := parseJSON(t, []byte(statemachine.Definition))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the definition differs (-want +got):\n%s", diff)
	}
}

// TestDefinitionReachesEveryState follows all transitions from the first state.
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

// TestDefinitionPlaceholders checks that each placeholder has a value, and that each value has a
// placeholder. CloudFormation does not report unused values.
func TestDefinitionPlaceholders(t *testing.T) {
	s := synthesize(t)
	_, stateMachine := s.resourceNamed(t, "AWS::StepFunctions::StateMachine", "StateMachineName", "MyAPIStateMachine")
	sub := stateMachine["DefinitionString"].(map[string]any)["Fn::Sub"].([]any)
	provided := slices.Sorted(maps.Keys(sub[1].(map[string]any)))
	used := slices.Sorted(maps.Keys(placeholders(sub[0].(string))))
	if len(used) == 0 {
		t.Error("got no placeholders in the definition, want one for the function")
	}
	if diff := cmp.Diff(used, provided); diff != "" {
		t.Errorf("placeholders and values differ (-placeholders +values):\n%s", diff)
	}
}

func placeholders(definition string) map[string]bool {
	names := map[string]bool{}
	for _, match := range regexp.MustCompile(`\$\{([^}]*)\}`).FindAllStringSubmatch(definition, -1) {
		names[match[1]] = true
	}
	return names
}

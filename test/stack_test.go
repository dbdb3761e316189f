package test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"
	"github.com/gkampitakis/go-snaps/match"
	"github.com/gkampitakis/go-snaps/snaps"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/deployment"
	"retrycatch/statemachine"
)

func TestTheStackHoldsNothingElse(t *testing.T) {
	s := byDefault(t)
	counts := map[string]int{}
	for _, resource := range s.document["Resources"].(map[string]any) {
		counts[resource.(map[string]any)["Type"].(string)]++
	}
	want := map[string]int{
		"AWS::IAM::Role":                   2,
		"AWS::Lambda::Function":            1,
		"AWS::Logs::LogGroup":              2,
		"AWS::StepFunctions::StateMachine": 1,
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("the resources differ (-want +got):\n%s", diff)
	}
}

func TestTheFunction(t *testing.T) {
	tests := []struct {
		name         string
		options      []string
		architecture string
	}{
		{"runs on arm64 by default", nil, "arm64"},
		{"runs on x86_64 on request", []string{"architecture=x86_64"}, "x86_64"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d, err := deployment.FromPairs(test.options)
			if err != nil {
				t.Fatal(err)
			}
			s := synthesize(t, d)
			logs, _ := s.named(t, "AWS::Logs::LogGroup", "LogGroupName", "/aws/lambda/MockAPIFunction")
			role, _ := s.named(t, "AWS::IAM::Role", "RoleName", "lambda_basic_execution")
			requireThat(t, func() {
				s.template.HasResourceProperties(jsii.String("AWS::Lambda::Function"), map[string]any{
					"FunctionName":  "MockAPIFunction",
					"Architectures": []any{test.architecture},
					"Runtime":       "provided.al2023",
					"Handler":       "bootstrap",
					"MemorySize":    128,
					"Timeout":       10,
					"Role":          attribute(role, "Arn"),
					"LoggingConfig": assertions.Match_ObjectEquals(&map[string]any{
						"LogFormat": "JSON",
						"LogGroup":  map[string]any{"Ref": logs},
					}),
					"TracingConfig": map[string]any{"Mode": "Active"},
				})
			})
		})
	}
}

func TestEveryLogGroupGoesWithTheStackAndForgetsAfterAWeek(t *testing.T) {
	s := byDefault(t)
	for _, name := range []string{"/aws/lambda/MockAPIFunction", "/aws/vendedlogs/states/MyAPIStateMachine"} {
		t.Run(name, func(t *testing.T) {
			requireThat(t, func() {
				s.template.HasResource(jsii.String("AWS::Logs::LogGroup"), map[string]any{
					"Properties": assertions.Match_ObjectEquals(&map[string]any{
						"LogGroupName":    name,
						"RetentionInDays": 7,
					}),
					"DeletionPolicy":      "Delete",
					"UpdateReplacePolicy": "Delete",
				})
			})
		})
	}
}

func TestTheStateMachine(t *testing.T) {
	s := byDefault(t)
	function, _ := s.named(t, "AWS::Lambda::Function", "FunctionName", "MockAPIFunction")
	logs, _ := s.named(t, "AWS::Logs::LogGroup", "LogGroupName", "/aws/vendedlogs/states/MyAPIStateMachine")
	role, _ := s.named(t, "AWS::IAM::Role", "RoleName", "step_functions_basic_execution")
	requireThat(t, func() {
		// It goes with the stack too.
		s.template.HasResource(jsii.String("AWS::StepFunctions::StateMachine"), map[string]any{
			"DeletionPolicy": "Delete",
			"Properties": assertions.Match_ObjectEquals(&map[string]any{
				"StateMachineName":        "MyAPIStateMachine",
				"StateMachineType":        "STANDARD",
				"DefinitionString":        statemachine.Definition,
				"DefinitionSubstitutions": map[string]any{"MockAPIFunctionArn": attribute(function, "Arn")},
				"RoleArn":                 attribute(role, "Arn"),
				"LoggingConfiguration": map[string]any{
					"Level":                "ALL",
					"IncludeExecutionData": true,
					"Destinations": []any{map[string]any{
						"CloudWatchLogsLogGroup": map[string]any{"LogGroupArn": attribute(logs, "Arn")},
					}},
				},
				"TracingConfiguration": map[string]any{"Enabled": true},
			}),
		})
	})
}

func TestTheOutputs(t *testing.T) {
	s := byDefault(t)
	function, _ := s.named(t, "AWS::Lambda::Function", "FunctionName", "MockAPIFunction")
	functionRole, _ := s.named(t, "AWS::IAM::Role", "RoleName", "lambda_basic_execution")
	stateMachine, _ := s.named(t, "AWS::StepFunctions::StateMachine", "StateMachineName", "MyAPIStateMachine")
	stateMachineRole, _ := s.named(t, "AWS::IAM::Role", "RoleName", "step_functions_basic_execution")
	want := map[string]any{
		// The Ref of a state machine is its ARN.
		"StateMachineArn":     map[string]any{"Value": map[string]any{"Ref": stateMachine}},
		"FunctionArn":         map[string]any{"Value": attribute(function, "Arn")},
		"FunctionRoleArn":     map[string]any{"Value": attribute(functionRole, "Arn")},
		"StateMachineRoleArn": map[string]any{"Value": attribute(stateMachineRole, "Arn")},
		"StateMachineConsole": map[string]any{"Value": map[string]any{"Fn::Sub": []any{
			"https://${AWS::Region}.console.aws.amazon.com/states/home?region=${AWS::Region}#/statemachines/view/${Arn}",
			map[string]any{"Arn": map[string]any{"Ref": stateMachine}},
		}}},
	}
	if diff := cmp.Diff(want, s.document["Outputs"]); diff != "" {
		t.Errorf("the outputs differ (-want +got):\n%s", diff)
	}
}

func TestTheStackIsTaggedAndMayBeDeleted(t *testing.T) {
	artifact := byDefault(t).manifest["artifacts"].(map[string]any)["retrycatch"].(map[string]any)
	if artifact["type"] != "aws:cloudformation:stack" {
		t.Fatalf("retrycatch is no stack but %v", artifact["type"])
	}
	properties := artifact["properties"].(map[string]any)
	want := map[string]any{"Project": "retrycatch", "Stack": "retrycatch"}
	if diff := cmp.Diff(want, properties["tags"]); diff != "" {
		t.Errorf("the tags differ (-want +got):\n%s", diff)
	}
	if properties["terminationProtection"] != false {
		t.Error("the stack is protected from deletion")
	}
}

// A difference in a snapshot is a change of what is deployed: look at it, then accept it with UPDATE_SNAPS=true.
func TestTheTemplatesAreTheirSnapshots(t *testing.T) {
	for _, architecture := range []deployment.Architecture{deployment.ARM64, deployment.X8664} {
		t.Run(string(architecture), func(t *testing.T) {
			s := synthesize(t, deployment.Deployment{Architecture: architecture})
			function, _ := s.named(t, "AWS::Lambda::Function", "FunctionName", "MockAPIFunction")
			// The key of the function's code is the hash of it.
			snaps.MatchStandaloneJSON(t, s.document,
				match.Any("Resources."+function+".Properties.Code.S3Key").Placeholder("<hash>.zip"))
		})
	}
}

func attribute(logicalID, name string) map[string]any {
	return map[string]any{"Fn::GetAtt": []any{logicalID, name}}
}

package test

import (
	"maps"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"
	"github.com/gkampitakis/go-snaps/match"
	"github.com/gkampitakis/go-snaps/snaps"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/resource"
	"retrycatch/statemachine"
)

func TestResourceTypes(t *testing.T) {
	core := map[string]int{
		"AWS::IAM::Role":                   2,
		"AWS::Lambda::Function":            1,
		"AWS::Logs::LogGroup":              2,
		"AWS::StepFunctions::StateMachine": 1,
	}
	monitored := mergeCounts(core, map[string]int{"AWS::CloudWatch::Alarm": 5, "AWS::CloudWatch::Dashboard": 1})
	tests := []struct {
		name    string
		options []string
		want    map[string]int
	}{
		{"default", nil, monitored},
		{"observability off", []string{"observability=off"}, core},
		{"alarm email", []string{"alarmEmail=oncall@example.com"},
			mergeCounts(monitored,
				map[string]int{"AWS::SNS::Topic": 1, "AWS::SNS::TopicPolicy": 1, "AWS::SNS::Subscription": 1})},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			counts := map[string]int{}
			for id, declared := range synthesize(t, test.options...).document["Resources"].(map[string]any) {
				resourceType := declared.(map[string]any)["Type"].(string)
				counts[resourceType]++
				if kind := resource.Kind(resourceType); kind.ExistsOutsideStack() && !kind.Known() {
					t.Errorf("%s: the kind %s has no record, and stackOnlyKinds does not list it", id, kind)
				}
			}
			if diff := cmp.Diff(test.want, counts); diff != "" {
				t.Errorf("the resources differ (-want +got):\n%s", diff)
			}
		})
	}
}

func mergeCounts(counts, additional map[string]int) map[string]int {
	all := maps.Clone(counts)
	maps.Copy(all, additional)
	return all
}

func TestFunction(t *testing.T) {
	tests := []struct {
		name         string
		options      []string
		architecture string
	}{
		{"arm64 by default", nil, "arm64"},
		{"x86_64", []string{"architecture=x86_64"}, "x86_64"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := synthesize(t, test.options...)
			logs, _ := s.resourceNamed(t, "AWS::Logs::LogGroup", "LogGroupName", "/aws/lambda/MockAPIFunction")
			role, _ := s.resourceNamed(t, "AWS::IAM::Role", "RoleName", "lambda_basic_execution")
			requireAssertion(t, func() {
				s.template.HasResourceProperties(jsii.String("AWS::Lambda::Function"), map[string]any{
					"FunctionName":  "MockAPIFunction",
					"Architectures": []any{test.architecture},
					"Runtime":       "provided.al2023",
					"Handler":       "bootstrap",
					"MemorySize":    128,
					"Timeout":       10,
					"Role":          arnOf(role),
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

// TestDependsOnRole checks explicit dependencies. Without them, CloudFormation would not wait until
// IAM has propagated the role.
func TestDependsOnRole(t *testing.T) {
	s := synthesize(t)
	for resourceType, name := range map[string]string{
		"AWS::Lambda::Function":            "lambda_basic_execution",
		"AWS::StepFunctions::StateMachine": "step_functions_basic_execution",
	} {
		t.Run(resourceType, func(t *testing.T) {
			role, _ := s.resourceNamed(t, "AWS::IAM::Role", "RoleName", name)
			id, _ := s.onlyResource(t, resourceType)
			if diff := cmp.Diff(any([]any{role}), s.resourcesOfType(resourceType)[id]["DependsOn"]); diff != "" {
				t.Errorf("the dependencies differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLogGroups(t *testing.T) {
	tests := []struct {
		name             string
		options          []string
		deletion, update string
	}{
		{"default", nil, "Delete", "Delete"},
		{"protected", []string{"protect=true"}, "RetainExceptOnCreate", "Retain"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := synthesize(t, test.options...)
			for _, name := range []string{"/aws/lambda/MockAPIFunction", "/aws/vendedlogs/states/MyAPIStateMachine"} {
				requireAssertion(t, func() {
					s.template.HasResource(jsii.String("AWS::Logs::LogGroup"), map[string]any{
						"Properties": assertions.Match_ObjectEquals(&map[string]any{
							"LogGroupName":    name,
							"RetentionInDays": 7,
						}),
						"DeletionPolicy":      test.deletion,
						"UpdateReplacePolicy": test.update,
					})
				})
			}
		})
	}
}

func TestStateMachine(t *testing.T) {
	s := synthesize(t)
	function, _ := s.resourceNamed(t, "AWS::Lambda::Function", "FunctionName", "MockAPIFunction")
	logs, _ := s.resourceNamed(t, "AWS::Logs::LogGroup", "LogGroupName", "/aws/vendedlogs/states/MyAPIStateMachine")
	role, _ := s.resourceNamed(t, "AWS::IAM::Role", "RoleName", "step_functions_basic_execution")
	requireAssertion(t, func() {
		s.template.HasResource(jsii.String("AWS::StepFunctions::StateMachine"), map[string]any{
			"DeletionPolicy": "Delete",
			"Properties": assertions.Match_ObjectEquals(&map[string]any{
				"StateMachineName": "MyAPIStateMachine",
				"StateMachineType": "STANDARD",
				"DefinitionString": map[string]any{"Fn::Sub": []any{statemachine.Definition,
					map[string]any{"MockAPIFunctionArn": arnOf(function)}}},
				"RoleArn": arnOf(role),
				"LoggingConfiguration": map[string]any{
					"Level":                "ALL",
					"IncludeExecutionData": true,
					"Destinations": []any{map[string]any{
						"CloudWatchLogsLogGroup": map[string]any{"LogGroupArn": arnOf(logs)},
					}},
				},
				"TracingConfiguration": map[string]any{"Enabled": true},
			}),
		})
	})
}

func TestConsoleDomain(t *testing.T) {
	for region, domain := range map[string]string{"cn-north-1": "console.amazonaws.cn",
		"us-gov-west-1": "console.amazonaws-us-gov.com", "eu-west-1": "console.aws.amazon.com"} {
		outputs := synthesize(t, "regions="+region).document["Outputs"].(map[string]any)
		for _, output := range []string{"StateMachineConsole", "DashboardConsole"} {
			sub := outputs[output].(map[string]any)["Value"].(map[string]any)["Fn::Sub"].([]any)
			if got := sub[1].(map[string]any)["Console"]; got != domain {
				t.Errorf("got domain %v in the output %s in %s, want %s", got, output, region, domain)
			}
		}
	}
}

func TestOutputs(t *testing.T) {
	s := synthesize(t)
	function, _ := s.resourceNamed(t, "AWS::Lambda::Function", "FunctionName", "MockAPIFunction")
	functionRole, _ := s.resourceNamed(t, "AWS::IAM::Role", "RoleName", "lambda_basic_execution")
	stateMachine, _ := s.resourceNamed(t, "AWS::StepFunctions::StateMachine", "StateMachineName", "MyAPIStateMachine")
	stateMachineRole, _ := s.resourceNamed(t, "AWS::IAM::Role", "RoleName", "step_functions_basic_execution")
	dashboard, _ := s.resourceNamed(t, "AWS::CloudWatch::Dashboard", "DashboardName", "retrycatch")
	conditional := func(condition, partition string, value, otherwise any) map[string]any {
		equals := map[string]any{"Fn::Equals": []any{map[string]any{"Ref": "AWS::Partition"}, partition}}
		if diff := cmp.Diff(equals, s.document["Conditions"].(map[string]any)[condition]); diff != "" {
			t.Errorf("the condition %s differs (-want +got):\n%s", condition, diff)
		}
		return map[string]any{"Fn::If": []any{condition, value, otherwise}}
	}
	console := conditional("InChina", "aws-cn", "console.amazonaws.cn",
		conditional("InGovCloud", "aws-us-gov", "console.amazonaws-us-gov.com", "console.aws.amazon.com"))
	want := map[string]any{
		// The Ref of a state machine is its ARN.
		"StateMachineArn":     map[string]any{"Value": map[string]any{"Ref": stateMachine}},
		"FunctionArn":         map[string]any{"Value": arnOf(function)},
		"FunctionRoleArn":     map[string]any{"Value": arnOf(functionRole)},
		"StateMachineRoleArn": map[string]any{"Value": arnOf(stateMachineRole)},
		"DashboardConsole": map[string]any{"Value": map[string]any{"Fn::Sub": []any{
			"https://${AWS::Region}.${Console}/cloudwatch/home?region=${AWS::Region}#dashboards:name=${Name}",
			map[string]any{"Console": console, "Name": map[string]any{"Ref": dashboard}},
		}}},
		"StateMachineConsole": map[string]any{"Value": map[string]any{"Fn::Sub": []any{
			"https://${AWS::Region}.${Console}/states/home?region=${AWS::Region}#/statemachines/view/${Arn}",
			map[string]any{"Console": console, "Arn": map[string]any{"Ref": stateMachine}},
		}}},
	}
	if diff := cmp.Diff(want, s.document["Outputs"]); diff != "" {
		t.Errorf("the outputs differ (-want +got):\n%s", diff)
	}
}

// TestManifest checks the settings that the CDK CLI reads from the manifest to deploy the stack.
func TestManifest(t *testing.T) {
	const anywhere = "aws://unknown-account/unknown-region"
	tests := []struct {
		name                   string
		options                []string
		id, stack, environment string
		protected              bool
	}{
		{"default", nil, "retrycatch", "retrycatch", anywhere, false},
		{"stage", []string{"stage=dev"}, "retrycatch-dev", "retrycatch-dev", anywhere, false},
		{"account", []string{"account=123456789012"}, "retrycatch", "retrycatch", "aws://123456789012/unknown-region", false},
		{"region", []string{"regions=eu-central-1"}, "retrycatch-eu-central-1", "retrycatch",
			"aws://unknown-account/eu-central-1", false},
		{"protected", []string{"protect=true"}, "retrycatch", "retrycatch", anywhere, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := synthesize(t, test.options...)
			properties := s.manifest["properties"].(map[string]any)
			name, ok := properties["stackName"]
			if !ok {
				name = s.id // the CDK omits the name if it equals the ID
			}
			got := map[string]any{
				"type":        s.manifest["type"],
				"environment": s.manifest["environment"],
				"id":          s.id,
				"name":        name,
				"tags":        properties["tags"],
				"protected":   properties["terminationProtection"],
			}
			want := map[string]any{
				"type":        "aws:cloudformation:stack",
				"environment": test.environment,
				"id":          test.id,
				"name":        test.stack,
				"tags":        map[string]any{"Project": "retrycatch", "Stack": test.stack},
				"protected":   test.protected,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the manifest differs (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTemplates compares the templates with snapshots. A difference means that the next deployment
// changes resources.
func TestTemplates(t *testing.T) {
	for _, variant := range variants {
		t.Run(variant.name, func(t *testing.T) {
			for _, s := range synthesizeAll(t, variant.options...) {
				id, _ := s.onlyResource(t, "AWS::Lambda::Function")
				key := match.Any("Resources." + id + ".Properties.Code.S3Key")
				snaps.MatchStandaloneJSON(t, s.document, key.Placeholder("<hash>.zip"))
			}
			if t.Failed() {
				t.Log("review the difference, then accept it with \"make snapshots\"")
			}
		})
	}
}

func arnOf(logicalID string) map[string]any {
	return map[string]any{"Fn::GetAtt": []any{logicalID, "Arn"}}
}

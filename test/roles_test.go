package test

import (
	"cmp"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// statement is a policy statement.
type statement struct {
	Effect    string
	Actions   []string
	Resource  any
	Principal any
	Condition any
}

// roleTest holds the expected trust policy and permissions of a role.
type roleTest struct {
	name        string
	role        string
	trust       statement
	permissions []statement
}

func roleTests(t *testing.T, s synthesis) []roleTest {
	t.Helper()
	functionLogs, _ := s.resourceNamed(t, "AWS::Logs::LogGroup", "LogGroupName", "/aws/lambda/MockAPIFunction")
	function, _ := s.resourceNamed(t, "AWS::Lambda::Function", "FunctionName", "MockAPIFunction")
	return []roleTest{
		{
			name: "function",
			role: "lambda_basic_execution",
			trust: statement{
				Effect:    "Allow",
				Actions:   []string{"sts:AssumeRole"},
				Principal: map[string]any{"Service": "lambda.amazonaws.com"},
			},
			permissions: []statement{
				allow(arnOf(functionLogs), "logs:CreateLogStream", "logs:PutLogEvents"),
				allow("*", "xray:PutTelemetryRecords", "xray:PutTraceSegments"),
			},
		},
		{
			name: "state machine",
			role: "step_functions_basic_execution",
			trust: statement{
				Effect:    "Allow",
				Actions:   []string{"sts:AssumeRole"},
				Principal: map[string]any{"Service": "states.amazonaws.com"},
				Condition: map[string]any{
					"ArnLike": map[string]any{"aws:SourceArn": map[string]any{
						"Fn::Sub": "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:*",
					}},
					"StringEquals": map[string]any{"aws:SourceAccount": map[string]any{"Ref": "AWS::AccountId"}},
				},
			},
			permissions: []statement{
				allow(arnOf(function), "lambda:InvokeFunction"),
				allow("*", "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups",
					"logs:DescribeResourcePolicies", "logs:GetLogDelivery", "logs:ListLogDeliveries",
					"logs:PutResourcePolicy", "logs:UpdateLogDelivery"),
				allow("*", "xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords",
					"xray:PutTraceSegments"),
			},
		},
	}
}

func TestRoles(t *testing.T) {
	s := synthesize(t)
	for _, test := range roleTests(t, s) {
		t.Run(test.name, func(t *testing.T) {
			_, role := s.resourceNamed(t, "AWS::IAM::Role", "RoleName", test.role)
			for _, property := range []string{"ManagedPolicyArns", "PermissionsBoundary"} {
				if value, ok := role[property]; ok {
					t.Errorf("the role has %s %v, want none", property, value)
				}
			}
			wantTags := []any{map[string]any{"Key": "Region", "Value": map[string]any{"Ref": "AWS::Region"}}}
			if diff := gocmp.Diff(any(wantTags), role["Tags"]); diff != "" {
				t.Errorf("the tags differ (-want +got):\n%s", diff)
			}
			trust := readStatements(t, role["AssumeRolePolicyDocument"])
			if diff := gocmp.Diff([]statement{test.trust}, trust); diff != "" {
				t.Errorf("the trust policy differs (-want +got):\n%s", diff)
			}
			var permissions []statement
			for _, policy := range role["Policies"].([]any) {
				permissions = append(permissions, readStatements(t, policy.(map[string]any)["PolicyDocument"])...)
			}
			slices.SortFunc(permissions, func(a, b statement) int { return cmp.Compare(a.Actions[0], b.Actions[0]) })
			if diff := gocmp.Diff(test.permissions, permissions); diff != "" {
				t.Errorf("the permissions differ (-want +got):\n%s", diff)
			}
		})
	}
}

func allow(resource any, actions ...string) statement {
	return statement{Effect: "Allow", Actions: actions, Resource: resource}
}

// readStatements returns the statements of a policy. It fails the test if a statement has an
// unknown key, such as NotAction.
func readStatements(t *testing.T, document any) []statement {
	t.Helper()
	policy := document.(map[string]any)
	if policy["Version"] != "2012-10-17" {
		t.Errorf("got policy version %v, want 2012-10-17", policy["Version"])
	}
	var read []statement
	for _, each := range policy["Statement"].([]any) {
		var s statement
		for key, value := range each.(map[string]any) {
			switch key {
			case "Effect":
				s.Effect = value.(string)
			case "Action":
				s.Actions = sortedActions(value)
			case "Resource":
				s.Resource = value
			case "Principal":
				s.Principal = value
			case "Condition":
				s.Condition = value
			default:
				t.Errorf("got unknown key %s in a statement: %v", key, value)
			}
		}
		read = append(read, s)
	}
	return read
}

// sortedActions returns the actions in a string or a list, sorted.
func sortedActions(value any) []string {
	if one, ok := value.(string); ok {
		return []string{one}
	}
	var all []string
	for _, action := range value.([]any) {
		all = append(all, action.(string))
	}
	slices.Sort(all)
	return all
}

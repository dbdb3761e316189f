package test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// actionsOnAllResources lists the only actions that the policies allow on all resources. AWS
// defines no resource types for these actions.
var actionsOnAllResources = []string{
	// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
	"xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments",
	// https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
	"logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
	"logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
}

// trustedServices lists the services that a policy may name as a principal, by resource type.
var trustedServices = map[string][]string{
	"AWS::IAM::Role":        {"lambda.amazonaws.com", "states.amazonaws.com"},
	"AWS::SNS::TopicPolicy": {"cloudwatch.amazonaws.com"},
}

func TestTemplatePermissions(t *testing.T) {
	for _, variant := range variants {
		t.Run(variant.name, func(t *testing.T) {
			for _, s := range synthesizeAll(t, variant.options...) {
				faults, statements := reviewTemplate(s.document)
				for _, fault := range faults {
					t.Error(fault)
				}
				// Each of the two roles has one trust statement. One role has two permission
				// statements, the other has three.
				if statements < 7 {
					t.Errorf("got %d statements, want at least 7", statements)
				}
			}
		})
	}
}

// roleWithStatement returns a template with a role that has one policy statement.
func roleWithStatement(statement string) string {
	return `{"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [` +
		`{"PolicyDocument": {"Statement": ` + statement + `}}]}}}}`
}

// roleTrusting returns a template with a role that a principal may assume.
func roleTrusting(principal string) string {
	return roleWithStatement(`[{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": ` + principal + `}]`)
}

// roleInvoking returns a template with a role that may invoke a function.
func roleInvoking(resource string) string {
	return roleWithStatement(`[{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": ` + resource + `}]`)
}

func resourceOfType(kind string) string {
	return `{"Resources": {"R": {"Type": "` + kind + `", "Properties": {}}}}`
}

func TestReviewTemplate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, template string
		want           []string
	}{
		{"one action on one resource", roleInvoking(`{"Fn::GetAtt": ["F", "Arn"]}`), nil},
		{"action without resource types",
			roleWithStatement(`[{"Effect": "Allow", "Action": ["xray:PutTraceSegments"], "Resource": "*"}]`), nil},
		{"denial of everything",
			roleWithStatement(`[{"Effect": "Deny", "Action": "*", "Resource": "*", "Principal": "*"}]`), nil},
		{"statement outside a list", roleWithStatement(`{"Effect": "Allow", "Action": "s3:*", "Resource": "arn"}`),
			[]string{"R allows the action s3:*"}},
		{"all actions of a service", roleWithStatement(`[{"Effect": "Allow", "Action": "logs:*", "Resource": "arn"}]`),
			[]string{"R allows the action logs:*"}},
		{"another action on all resources", roleWithStatement(`[{"Effect": "Allow", ` +
			`"Action": ["xray:PutTraceSegments", "logs:PutLogEvents"], "Resource": "*"}]`),
			[]string{`R allows logs:PutLogEvents on the resources "*"`}},
		{"wildcard in a resource", roleInvoking(`{"Fn::Sub": "arn:${AWS::Partition}:lambda:*"}`),
			[]string{"R allows lambda:InvokeFunction on the resources " + `{"Fn::Sub":"arn:${AWS::Partition}:lambda:*"}`}},
		{"wildcard in a list of resources", roleInvoking(`[{"Ref": "F"}, {"Fn::Join": ["", [{"Ref": "F"}, ":*"]]}]`),
			[]string{"R allows lambda:InvokeFunction on the resources " +
				`[{"Ref":"F"},{"Fn::Join":["",[{"Ref":"F"},":*"]]}]`}},
		{"inverted elements",
			roleWithStatement(`[{"Effect": "Allow", "NotAction": "iam:CreateUser", "NotResource": "arn"}]`),
			[]string{"R has a statement with NotAction", "R has a statement with NotResource"}},
		{"any principal", roleTrusting(`"*"`), []string{`R trusts "*"`}},
		{"another account", roleTrusting(`{"AWS": "arn:aws:iam::123456789012:root"}`),
			[]string{`R trusts {"AWS":"arn:aws:iam::123456789012:root"}`}},
		{"another service", roleTrusting(`{"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}`),
			[]string{`R trusts {"Service":["lambda.amazonaws.com","ec2.amazonaws.com"]}`}},
		{"service for another resource type", roleTrusting(`{"Service": "cloudwatch.amazonaws.com"}`),
			[]string{`R trusts {"Service":"cloudwatch.amazonaws.com"}`}},
		{"managed policies", `{"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {"ManagedPolicyArns": []}}}}`,
			[]string{"R has ManagedPolicyArns"}},
		{"own managed policy", resourceOfType("AWS::IAM::ManagedPolicy"),
			[]string{"R is of type AWS::IAM::ManagedPolicy"}},
		{"separate policy", resourceOfType("AWS::IAM::Policy"), []string{"R is of type AWS::IAM::Policy"}},
		{"permission for other callers", resourceOfType("AWS::Lambda::Permission"),
			[]string{"R is of type AWS::Lambda::Permission"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			faults, _ := reviewTemplate(parseJSON(t, []byte(test.template)))
			if diff := gocmp.Diff(test.want, faults); diff != "" {
				t.Errorf("the faults differ (-want +got):\n%s", diff)
			}
		})
	}
}

// reviewTemplate reports policies and statements that allow too much. It also returns the number of
// statements in the template.
func reviewTemplate(template map[string]any) (faults []string, statements int) {
	resources := template["Resources"].(map[string]any)
	for _, id := range slices.Sorted(maps.Keys(resources)) {
		resource := resources[id].(map[string]any)
		kind := resource["Type"].(string)
		report := func(format string, values ...any) {
			faults = append(faults, id+" "+fmt.Sprintf(format, values...))
		}
		switch kind {
		case "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::Lambda::Permission":
			report("is of type %s", kind)
		}
		visitFields(resource["Properties"], func(key string, value any) {
			switch key {
			case "ManagedPolicyArns", "PermissionsBoundary":
				report("has %s", key)
			case "Statement":
				for _, statement := range asList(value) {
					statements++
					reviewStatement(statement.(map[string]any), trustedServices[kind], report)
				}
			}
		})
	}
	return faults, statements
}

func reviewStatement(statement map[string]any, trusted []string, report func(string, ...any)) {
	for _, inverted := range []string{"NotAction", "NotResource", "NotPrincipal"} {
		if _, ok := statement[inverted]; ok {
			report("has a statement with %s", inverted)
		}
	}
	if statement["Effect"] == "Deny" {
		return // a denial cannot allow too much
	}
	wide := strings.Contains(toJSON(statement["Resource"]), "*")
	for _, action := range asList(statement["Action"]) {
		if strings.Contains(action.(string), "*") {
			report("allows the action %s", action)
		} else if wide && !slices.Contains(actionsOnAllResources, action.(string)) {
			report("allows %s on the resources %s", action, toJSON(statement["Resource"]))
		}
	}
	if principal, ok := statement["Principal"]; ok {
		services, _ := principal.(map[string]any)
		known := len(services) == 1 && services["Service"] != nil
		for _, service := range asList(services["Service"]) {
			name, _ := service.(string)
			known = known && slices.Contains(trusted, name)
		}
		if !known {
			report("trusts %s", toJSON(principal))
		}
	}
}

// visitFields calls visit for every field of every object in a JSON value, in order of the keys.
func visitFields(value any, visit func(key string, value any)) {
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			visit(key, value[key])
			visitFields(value[key], visit)
		}
	case []any:
		for _, inner := range value {
			visitFields(inner, visit)
		}
	}
}

// asList returns the values of a policy element. IAM also accepts a single value instead of a list.
func asList(value any) []any {
	switch value := value.(type) {
	case nil:
		return nil
	case []any:
		return value
	default:
		return []any{value}
	}
}

func toJSON(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(encoded)
}

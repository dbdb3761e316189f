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

// unscoped lists the only actions that the policies allow on all resources: AWS has no resource
// types for them.
var unscoped = []string{
	// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
	"xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments",
	// https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
	"logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
	"logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
}

// trusted lists the services that a policy may name as principal, by the type of its resource.
var trusted = map[string][]string{
	"AWS::IAM::Role":        {"lambda.amazonaws.com", "states.amazonaws.com"},
	"AWS::SNS::TopicPolicy": {"cloudwatch.amazonaws.com"},
}

func TestTemplatePermissions(t *testing.T) {
	for _, variant := range variants {
		t.Run(variant.name, func(t *testing.T) {
			for _, s := range synthesizeAll(t, variant.options...) {
				objections, statements := review(s.document)
				for _, objection := range objections {
					t.Error(objection)
				}
				// The two roles have one trust statement each, and two and three statements of permissions.
				if statements < 7 {
					t.Errorf("got %d statements, want at least 7", statements)
				}
			}
		})
	}
}

// allowing returns a role with one statement.
func allowing(statement string) string {
	return `{"Resources": {"It": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [` +
		`{"PolicyDocument": {"Statement": ` + statement + `}}]}}}}`
}

// trusting returns a role that a principal may assume.
func trusting(principal string) string {
	return allowing(`[{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": ` + principal + `}]`)
}

// on returns a role with the permission to invoke a function.
func on(resource string) string {
	return allowing(`[{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": ` + resource + `}]`)
}

func ofType(kind string) string {
	return `{"Resources": {"It": {"Type": "` + kind + `", "Properties": {}}}}`
}

func TestReview(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, template string
		want           []string
	}{
		{"one action on one resource", on(`{"Fn::GetAtt": ["F", "Arn"]}`), nil},
		{"action without resource types",
			allowing(`[{"Effect": "Allow", "Action": ["xray:PutTraceSegments"], "Resource": "*"}]`), nil},
		{"wide denial", allowing(`[{"Effect": "Deny", "Action": "*", "Resource": "*", "Principal": "*"}]`), nil},
		{"statement outside a list", allowing(`{"Effect": "Allow", "Action": "s3:*", "Resource": "arn"}`),
			[]string{"It allows the action s3:*"}},
		{"all actions of a service", allowing(`[{"Effect": "Allow", "Action": "logs:*", "Resource": "arn"}]`),
			[]string{"It allows the action logs:*"}},
		{"another action on all resources", allowing(`[{"Effect": "Allow", ` +
			`"Action": ["xray:PutTraceSegments", "logs:PutLogEvents"], "Resource": "*"}]`),
			[]string{`It allows logs:PutLogEvents on the resources "*"`}},
		{"pattern of resources", on(`{"Fn::Sub": "arn:${AWS::Partition}:lambda:*"}`),
			[]string{"It allows lambda:InvokeFunction on the resources " + `{"Fn::Sub":"arn:${AWS::Partition}:lambda:*"}`}},
		{"pattern among resources", on(`[{"Ref": "F"}, {"Fn::Join": ["", [{"Ref": "F"}, ":*"]]}]`),
			[]string{"It allows lambda:InvokeFunction on the resources " +
				`[{"Ref":"F"},{"Fn::Join":["",[{"Ref":"F"},":*"]]}]`}},
		{"all except some", allowing(`[{"Effect": "Allow", "NotAction": "iam:CreateUser", "NotResource": "arn"}]`),
			[]string{"It has a statement with NotAction", "It has a statement with NotResource"}},
		{"any principal", trusting(`"*"`), []string{`It trusts "*"`}},
		{"another account", trusting(`{"AWS": "arn:aws:iam::123456789012:root"}`),
			[]string{`It trusts {"AWS":"arn:aws:iam::123456789012:root"}`}},
		{"another service", trusting(`{"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}`),
			[]string{`It trusts {"Service":["lambda.amazonaws.com","ec2.amazonaws.com"]}`}},
		{"service trusted elsewhere", trusting(`{"Service": "cloudwatch.amazonaws.com"}`),
			[]string{`It trusts {"Service":"cloudwatch.amazonaws.com"}`}},
		{"managed policies", `{"Resources": {"It": {"Type": "AWS::IAM::Role", "Properties": {"ManagedPolicyArns": []}}}}`,
			[]string{"It has ManagedPolicyArns"}},
		{"own managed policy", ofType("AWS::IAM::ManagedPolicy"), []string{"It is of type AWS::IAM::ManagedPolicy"}},
		{"separate policy", ofType("AWS::IAM::Policy"), []string{"It is of type AWS::IAM::Policy"}},
		{"permission for other callers", ofType("AWS::Lambda::Permission"),
			[]string{"It is of type AWS::Lambda::Permission"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			objections, _ := review(parse(t, []byte(test.template)))
			if diff := gocmp.Diff(test.want, objections); diff != "" {
				t.Errorf("the objections differ (-want +got):\n%s", diff)
			}
		})
	}
}

// review returns an objection for each policy statement in a template that allows too much. It also
// returns the number of statements.
func review(template map[string]any) (objections []string, statements int) {
	resources := template["Resources"].(map[string]any)
	for _, id := range slices.Sorted(maps.Keys(resources)) {
		resource := resources[id].(map[string]any)
		kind := resource["Type"].(string)
		object := func(format string, values ...any) {
			objections = append(objections, id+" "+fmt.Sprintf(format, values...))
		}
		switch kind {
		case "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::Lambda::Permission":
			object("is of type %s", kind)
		}
		visit(resource["Properties"], func(key string, value any) {
			switch key {
			case "ManagedPolicyArns", "PermissionsBoundary":
				object("has %s", key)
			case "Statement":
				for _, statement := range list(value) {
					statements++
					reviewStatement(statement.(map[string]any), trusted[kind], object)
				}
			}
		})
	}
	return objections, statements
}

func reviewStatement(statement map[string]any, trusted []string, object func(string, ...any)) {
	for _, inverted := range []string{"NotAction", "NotResource", "NotPrincipal"} {
		if _, ok := statement[inverted]; ok {
			object("has a statement with %s", inverted)
		}
	}
	if statement["Effect"] == "Deny" {
		return // the wider, the better
	}
	wide := strings.Contains(text(statement["Resource"]), "*")
	for _, action := range list(statement["Action"]) {
		if strings.Contains(action.(string), "*") {
			object("allows the action %s", action)
		} else if wide && !slices.Contains(unscoped, action.(string)) {
			object("allows %s on the resources %s", action, text(statement["Resource"]))
		}
	}
	if principal, ok := statement["Principal"]; ok {
		services, _ := principal.(map[string]any)
		known := len(services) == 1 && services["Service"] != nil
		for _, service := range list(services["Service"]) {
			name, _ := service.(string)
			known = known && slices.Contains(trusted, name)
		}
		if !known {
			object("trusts %s", text(principal))
		}
	}
}

// visit calls see for every key of every object in a value, in order.
func visit(value any, see func(key string, value any)) {
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			see(key, value[key])
			visit(value[key], see)
		}
	case []any:
		for _, inner := range value {
			visit(inner, see)
		}
	}
}

// list returns a policy value as a list. IAM also accepts a single value without a list.
func list(value any) []any {
	switch value := value.(type) {
	case nil:
		return nil
	case []any:
		return value
	default:
		return []any{value}
	}
}

func text(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(encoded)
}

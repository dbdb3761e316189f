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

// unscoped are the actions that may name all resources, as AWS has no others for them. They are the only ones.
var unscoped = []string{
	// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
	"xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments",
	// https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
	"logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
	"logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
}

// trusted are the services that a policy may speak of, by the type of the resource that has the policy.
var trusted = map[string][]string{
	"AWS::IAM::Role":        {"lambda.amazonaws.com", "states.amazonaws.com"},
	"AWS::SNS::TopicPolicy": {"cloudwatch.amazonaws.com"},
}

func TestNoTemplateAllowsMoreThanItMust(t *testing.T) {
	for _, variant := range variants {
		t.Run(variant.name, func(t *testing.T) {
			for _, s := range synthesizeAll(t, variant.options...) {
				objections, statements := review(s.document)
				for _, objection := range objections {
					t.Error(objection)
				}
				// Two roles with a statement of trust each, and two and three of what they may do.
				if statements < 7 {
					t.Errorf("only %d statements were found", statements)
				}
			}
		})
	}
}

// The review is known to look.
func TestTheReviewObjectsToWhateverIsTooWide(t *testing.T) {
	t.Parallel()
	role := func(statement string) string {
		return `{"Resources": {"It": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyDocument": {"Statement": ` + statement + `}}]}}}}`
	}
	tests := []struct {
		name, template string
		want           []string
	}{
		{"one action on one resource", role(`[{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": {"Fn::GetAtt": ["F", "Arn"]}}]`), nil},
		{"what AWS has no resources for", role(`[{"Effect": "Allow", "Action": ["xray:PutTraceSegments"], "Resource": "*"}]`), nil},
		{"a denial may be wide", role(`[{"Effect": "Deny", "Action": "*", "Resource": "*", "Principal": "*"}]`), nil},
		{"a statement that is no list", role(`{"Effect": "Allow", "Action": "s3:*", "Resource": "arn"}`), []string{"It allows the action s3:*"}},
		{"all actions of a service", role(`[{"Effect": "Allow", "Action": "logs:*", "Resource": "arn"}]`), []string{"It allows the action logs:*"}},
		{"one more action on all resources", role(`[{"Effect": "Allow", "Action": ["xray:PutTraceSegments", "logs:PutLogEvents"], "Resource": "*"}]`),
			[]string{`It allows logs:PutLogEvents on the resources "*"`}},
		{"a pattern of resources", role(`[{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": {"Fn::Sub": "arn:${AWS::Partition}:lambda:*"}}]`),
			[]string{`It allows lambda:InvokeFunction on the resources {"Fn::Sub":"arn:${AWS::Partition}:lambda:*"}`}},
		{"a pattern in one of several resources", role(`[{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": [{"Ref": "F"}, {"Fn::Join": ["", [{"Ref": "F"}, ":*"]]}]}]`),
			[]string{`It allows lambda:InvokeFunction on the resources [{"Ref":"F"},{"Fn::Join":["",[{"Ref":"F"},":*"]]}]`}},
		{"all but some", role(`[{"Effect": "Allow", "NotAction": "iam:CreateUser", "NotResource": "arn"}]`),
			[]string{"It has a statement with NotAction", "It has a statement with NotResource"}},
		{"anybody", role(`[{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}]`), []string{`It trusts "*"`}},
		{"another account", role(`[{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}]`),
			[]string{`It trusts {"AWS":"arn:aws:iam::123456789012:root"}`}},
		{"another service", role(`[{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}}]`),
			[]string{`It trusts {"Service":["lambda.amazonaws.com","ec2.amazonaws.com"]}`}},
		{"a service that may be trusted elsewhere", role(`[{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "cloudwatch.amazonaws.com"}}]`),
			[]string{`It trusts {"Service":"cloudwatch.amazonaws.com"}`}},
		{"a managed policy", `{"Resources": {"It": {"Type": "AWS::IAM::Role", "Properties": {"ManagedPolicyArns": []}}}}`, []string{"It has ManagedPolicyArns"}},
		{"a managed policy of its own", `{"Resources": {"It": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {}}}}`, []string{"It is a AWS::IAM::ManagedPolicy"}},
		{"a policy beside the role", `{"Resources": {"It": {"Type": "AWS::IAM::Policy", "Properties": {}}}}`, []string{"It is a AWS::IAM::Policy"}},
		{"leave for others to call", `{"Resources": {"It": {"Type": "AWS::Lambda::Permission", "Properties": {}}}}`, []string{"It is a AWS::Lambda::Permission"}},
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

// review reads every statement of every policy in a template, wherever it stands, and objects to each that is too wide.
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
			object("is a %s", kind)
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

// visit calls see with every key of every object in a value, in order.
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

// list is a value that IAM lets stand alone where it might be a list.
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

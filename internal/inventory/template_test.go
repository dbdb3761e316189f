package inventory

import (
	"slices"
	"testing"

	"retrycatch/internal/awsstub"
)

const inJSON = `{
  "Resources": {
    "Role": {"Type": "AWS::IAM::Role", "DeletionPolicy": "Retain", "Properties": {
      "Policies": [{"PolicyName": "logs"}, {"PolicyName": "traces"}],
      "ManagedPolicyArns": [{"Fn::Join": ["",
      	["arn:", {"Ref": "AWS::Partition"}, ":iam::aws:policy/AWSXRayDaemonWriteAccess"]]}]}},
    "Function": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "MockAPIFunction",
      "Code": {"S3Bucket": {"Fn::Sub": "cdk-assets-${AWS::AccountId}-${AWS::Region}"}, "S3Key": "abc.zip"}}}
  },
  "Outputs": {"FunctionRoleArn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}}
}`

const inYAML = `
AWSTemplateFormatVersion: 2010-09-09 # YAML reads this as a date
Conditions:
  Always: !Equals [a, a]
Resources:
  Role:
    Type: AWS::IAM::Role
    DeletionPolicy: Retain
    Condition: Always
    Properties:
      Policies:
        - PolicyName: logs
          PolicyDocument: {Version: 2012-10-17, Statement: []}
        - {PolicyName: traces}
      ManagedPolicyArns:
        - !Join ["", ["arn:", !Ref AWS::Partition, ":iam::aws:policy/AWSXRayDaemonWriteAccess"]]
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: MockAPIFunction
      Description: !If [Always, !Sub "for ${AWS::StackName}", !Ref "AWS::NoValue"]
      Role: !GetAtt Role.Arn
      Code:
        S3Bucket: !Sub cdk-assets-${AWS::AccountId}-${AWS::Region}
        S3Key: abc.zip
Outputs:
  FunctionRoleArn: {Value: !GetAtt Role.Arn}
`

func TestParseTemplate(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"JSON": inJSON, "YAML": inYAML} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parseTemplate(body)
			if err != nil {
				t.Fatal(err)
			}
			requireEqual(t, body, got.body)
			requireEqual(t, 2, len(got.Resources))
			requireEqual(t, "Retain", got.Resources["Role"].DeletionPolicy)
			declared := got.declaredFor("Role")
			requireEqual(t, []string{"logs", "traces"}, declared.Inline)
			requireEqual(t,
				`[{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},":iam::aws:policy/AWSXRayDaemonWriteAccess"]]}]`,
				declared.Managed)
			bucket, key := got.Resources["Function"].zipLocation(awsstub.StackARN)
			requireEqual(t, "cdk-assets-111122223333-eu-west-1/abc.zip", bucket+"/"+key)
			requireEqual(t, true, got.createsFunction("MockAPIFunction"))
			if got.Outputs["FunctionRoleArn"] == nil {
				t.Error("got no output FunctionRoleArn")
			}
		})
	}
}

func TestParseTemplateShortForms(t *testing.T) {
	t.Parallel()
	tests := []struct{ yaml, want string }{
		{"!Ref a", `{"Ref":"a"}`},
		{"!Condition a", `{"Condition":"a"}`},
		{"!Sub a", `{"Fn::Sub":"a"}`},
		{`!Sub ["${x}", {x: !Ref a}]`, `{"Fn::Sub":["${x}",{"x":{"Ref":"a"}}]}`},
		{"!GetAtt a.Arn", `{"Fn::GetAtt":["a","Arn"]}`},
		{"!ImportValue {Fn::Sub: a}", `{"Fn::ImportValue":{"Fn::Sub":"a"}}`},
		{`!Sub "12"`, `{"Fn::Sub":"12"}`},
		{"!!str 12", `"12"`},
		{"", `null`},
	}
	for _, test := range tests {
		t.Run(test.yaml, func(t *testing.T) {
			t.Parallel()
			got, err := parseTemplate("Resources:\n  A:\n    Properties:\n      ManagedPolicyArns: " + test.yaml + "\n")
			if err != nil {
				t.Fatal(err)
			}
			requireEqual(t, test.want, got.declaredFor("A").Managed)
		})
	}
}

func TestParseTemplateUnreadable(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, body, want string }{
		{"empty", "", "it is empty"},
		{"only a comment", "# comment\n", "it is empty"},
		{"null", "null", "it is empty"},
		{"text", "hello", "plain text"},
		{"list", "- Resources\n", "it is not a template"},
		{"HTML", "<html><body>Service unavailable</body></html>", "plain text"},
		{"truncated", `{"Resources": {"Group"`, "did not find"},
		{"policy not a string", `{"Resources": {"A": {"DeletionPolicy": ["Retain"]}}}`, "DeletionPolicy"},
		{"recursive alias", "Resources: &a\n  A: [*a]\n", "is nested more than"},
		{"invalid value", "Resources: {A: {Properties: {Code: !!int x}}}", "cannot decode"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := parseTemplate(test.body)
			requireError(t, err, test.want)
		})
	}
}

func TestDeclaredFor(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, resources string
		inline          []string
		unreadable      bool
	}{
		{"no policies", `"Role": {}`, nil, false},
		{
			"inline policies",
			`"Role": {"Properties": {"Policies": [{"PolicyName": "logs"}]}}, "Other": {"Properties": {"Policies": ` +
				`[{"PolicyName": "x"}]}}`,
			[]string{"logs"},
			false,
		},
		{"separate policies", `"Role": {}, "P": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "default"}},
			"Q": {"Type": "AWS::IAM::RolePolicy", "Properties": {"PolicyName": "extra"}},
			"R": {"Type": "AWS::SQS::QueuePolicy"}`,
			[]string{"default", "extra"}, false},
		{"name from an intrinsic function",
			`"Role": {"Properties": {"Policies": [{"PolicyName": {"Fn::Sub": "logs-${AWS::Region}"}}]}}`,
			[]string{""}, true},
		{"list from an intrinsic function", `"Role": {"Properties": {"Policies": {"Fn::If": ["C", [], []]}}}`, nil, true},
		{"Policies of another resource type",
			`"Role": {}, "Api": {"Properties": {"Policies": "text", "Architectures": {"Ref": "A"}}}`, nil, false},
		{"separate policy, name from Ref",
			`"Role": {}, "P": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": {"Ref": "N"}}}`,
			[]string{""}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			parsed, err := parseTemplate(`{"Resources": {` + test.resources + `}}`)
			if err != nil {
				t.Fatal(err)
			}
			got := parsed.declaredFor("Role")
			slices.Sort(got.Inline) // separate resources are unordered
			requireEqual(t, test.inline, got.Inline)
			requireEqual(t, test.unreadable, got.Unreadable)
		})
	}
}

package resource

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"retrycatch/internal/awsstub"
)

const (
	listAttached = "IAM.ListAttachedRolePolicies"
	listInline   = "IAM.ListRolePolicies"
	listProfiles = "IAM.ListInstanceProfilesForRole"
	readOnly     = "arn:aws:iam::aws:policy/ReadOnlyAccess"
)

var (
	noAttached = awsstub.XML("<AttachedPolicies/><IsTruncated>false</IsTruncated>")
	noInline   = awsstub.XML("<PolicyNames/><IsTruncated>false</IsTruncated>")
	noProfiles = awsstub.XML("<InstanceProfiles/><IsTruncated>false</IsTruncated>")
	done       = awsstub.Done()
	protected  = awsstub.JSON(`{"logGroups": [{"logGroupName": "/aws/lambda/MockAPIFunction-2"},
		{"logGroupName": "/aws/lambda/MockAPIFunction", "deletionProtectionEnabled": true}]}`)
)

const more = "<IsTruncated>true</IsTruncated><Marker>second</Marker>"

func attached(marker, arn string) awsstub.Answer {
	return awsstub.XML("<AttachedPolicies><member><PolicyArn>", arn, "</PolicyArn></member></AttachedPolicies>", marker)
}

func inline(marker, name string) awsstub.Answer {
	return awsstub.XML("<PolicyNames><member>", name, "</member></PolicyNames>", marker)
}

func profile(marker, name string) awsstub.Answer {
	return awsstub.XML("<InstanceProfiles><member><Path>/</Path><InstanceProfileName>", name,
		"</InstanceProfileName><InstanceProfileId>AIPA",
		"</InstanceProfileId><Arn>arn</Arn><CreateDate>2026-01-02T03:04:05Z</CreateDate><Roles/></member></InstanceProfiles>",
		marker)
}

func bareRole() awsstub.Script {
	return awsstub.Script{listAttached: {noAttached}, listInline: {noInline}, listProfiles: {noProfiles}}
}

func TestHolds(t *testing.T) {
	t.Parallel()
	const execution = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
	tests := []struct {
		name     string
		resource Resource
		script   awsstub.Script
		declared Declared
		want     []string
	}{
		{"role/nothing", role, bareRole(), Declared{}, nil},
		{"role/does not exist", role, awsstub.Script{listAttached: {notFound("NoSuchEntity")}}, Declared{}, nil},
		{"role/attached policies on two pages", role, bareRole().With(listAttached, attached(more, readOnly),
			attached("", execution)), Declared{},
			[]string{"the IAM role lambda_basic_execution has the policy " + readOnly + ", which is not the stack's",
				"the IAM role lambda_basic_execution has the policy " + execution + ", which is not the stack's"}},
		{
			"role/attached policy in the template",
			role,
			bareRole().With(listAttached, attached("", execution)),
			Declared{
				Managed: `[{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},` +
					`":iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]]}]`,
			},
			nil,
		},
		{"role/attached policy by name in the template", role,
			bareRole().With(listAttached, attached("", execution)),
			Declared{Managed: `[{"Fn::Join":["/",["arn:aws:iam::aws:policy","service-role","AWSLambdaBasicExecutionRole"]]}]`},
			nil},
		{
			"role/same suffix as a policy in the template",
			role,
			bareRole().With(listAttached, attached("", "arn:aws:iam::111122223333:policy/OnlyAccess")),
			Declared{Managed: `["` + readOnly + `"]`},
			[]string{
				"the IAM role lambda_basic_execution has the policy arn:aws:iam::111122223333:policy/OnlyAccess, which is not " +
					"the stack's",
			},
		},
		{"role/attached policy in the stack", role,
			bareRole().With(listAttached, attached("", readOnly)),
			Declared{Policies: []string{readOnly}}, nil},
		{"role/inline policies on two pages", role,
			bareRole().With(listInline, inline(more, "theirs"), inline("", "logs")), Declared{Inline: []string{"logs"}},
			[]string{"the IAM role lambda_basic_execution has the inline policy theirs, which is not the stack's"}},
		{"role/instance profiles on two pages", role,
			bareRole().With(listProfiles, profile(more, "a"), profile("", "b")), Declared{},
			[]string{"the IAM role lambda_basic_execution is in the instance profile a",
				"the IAM role lambda_basic_execution is in the instance profile b"}},
		{"role/instance profile in the stack", role,
			bareRole().With(listProfiles, profile("", "a")), Declared{Profiles: []string{"a"}}, nil},
		{"role/unread template", role,
			awsstub.Script{listAttached: {attached("", readOnly)}, listInline: {inline("", "logs")},
				listProfiles: {profile("", "a")}},
			Declared{Unread: true}, []string{"the IAM role lambda_basic_execution is in the instance profile a"}},
		{"log group/nothing", group, awsstub.Script{asked[group]: {awsstub.LogGroups("", group.ID)}}, Declared{}, nil},
		{"log group/does not exist", group, awsstub.Script{asked[group]: {awsstub.LogGroups("")}}, Declared{}, nil},
		{"log group/deletion protection", group, awsstub.Script{asked[group]: {protected}}, Declared{},
			[]string{"the log group /aws/lambda/MockAPIFunction has deletion protection"}},
		{"log group/protection of another group", Resource{LogGroup, "/aws/lambda/MockAPIFunction-2"},
			awsstub.Script{asked[group]: {protected}}, Declared{}, nil},
		{"kind without holds", function, awsstub.Script{}, Declared{}, nil},
		{"unknown kind", queue, awsstub.Script{}, Declared{}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			holds, err := Holds(t.Context(), test.script.Stub(t).Config(), test.resource, test.declared)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, hold := range holds {
				if hold.Resource != test.resource {
					t.Errorf("got a hold on %s", hold.Resource)
				}
				got = append(got, hold.String())
			}
			requireEqual(t, test.want, got)
		})
	}
}

func TestHoldsDenied(t *testing.T) {
	t.Parallel()
	for operation, r := range map[string]Resource{listAttached: role, listInline: role, listProfiles: role,
		asked[group]: group} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			holds, err := Holds(t.Context(), bareRole().With(operation, awsstub.Denied()).Stub(t).Config(), r,
				Declared{})
			requireError(t, err, awsstub.DeniedText)
			requireError(t, err, "cannot check what prevents the deletion of the "+r.String())
			if holds != nil {
				t.Errorf("got holds %v with the error, want none", holds)
			}
		})
	}
}

func TestLift(t *testing.T) {
	t.Parallel()
	disabled := false
	tests := []struct {
		name      string
		resource  Resource
		script    awsstub.Script
		lifting   string
		command   string
		operation string
		input     any
	}{
		{"attached policy", role, bareRole().With(listAttached, attached("", readOnly)),
			"detach the policy " + readOnly,
			"aws iam detach-role-policy --role-name lambda_basic_execution --policy-arn " + readOnly,
			"IAM.DetachRolePolicy", &iam.DetachRolePolicyInput{RoleName: &role.ID, PolicyArn: new(readOnly)}},
		{"inline policy", role,
			bareRole().With(listInline, inline("", "theirs")), "delete the inline policy theirs",
			"aws iam delete-role-policy --role-name lambda_basic_execution --policy-name theirs",
			"IAM.DeleteRolePolicy", &iam.DeleteRolePolicyInput{RoleName: &role.ID, PolicyName: new("theirs")}},
		{"instance profile", role, bareRole().With(listProfiles, profile("", "a")),
			"remove it from the instance profile a",
			"aws iam remove-role-from-instance-profile --instance-profile-name a --role-name lambda_basic_execution",
			"IAM.RemoveRoleFromInstanceProfile", &iam.RemoveRoleFromInstanceProfileInput{RoleName: &role.ID,
				InstanceProfileName: new("a")}},
		{
			"deletion protection",
			group,
			awsstub.Script{asked[group]: {protected}},
			"turn off deletion protection",
			"aws logs put-log-group-deletion-protection --no-deletion-protection-enabled --log-group-identifier " +
				"/aws/lambda/MockAPIFunction",
			"CloudWatch Logs.PutLogGroupDeletionProtection",
			&cloudwatchlogs.PutLogGroupDeletionProtectionInput{LogGroupIdentifier: &group.ID,
				DeletionProtectionEnabled: &disabled},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := test.script.Stub(t)
			holds, err := Holds(t.Context(), stub.Config(), test.resource, Declared{})
			if err != nil || len(holds) != 1 {
				t.Fatal(holds, err)
			}
			requireEqual(t, []string{test.lifting, test.command}, []string{holds[0].Lifting, holds[0].Command})
			for _, answer := range answers(done, notFound("NoSuchEntity"), notFound("ResourceNotFoundException")) {
				stub.On(test.operation, answer)
				if err := holds[0].Lift(t.Context(), stub.Config()); err != nil {
					t.Error(err)
				}
			}
			if diff := diffInputs(test.input, stub.Inputs(test.operation)[0]); diff != "" {
				t.Errorf("the call differs (-want +got):\n%s", diff)
			}
			stub.On(test.operation, awsstub.Denied())
			requireError(t, holds[0].Lift(t.Context(), stub.Config()),
				"the "+test.resource.String()+": cannot "+test.lifting)
		})
	}
}

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
	done       = awsstub.EmptyResult()
	protected  = awsstub.JSON(`{"logGroups": [{"logGroupName": "/aws/lambda/MockAPIFunction-2"},
		{"logGroupName": "/aws/lambda/MockAPIFunction", "deletionProtectionEnabled": true}]}`)
)

const truncated = "<IsTruncated>true</IsTruncated><Marker>second</Marker>"

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

func roleWithoutPolicies() awsstub.Script {
	return awsstub.Script{listAttached: {noAttached}, listInline: {noInline}, listProfiles: {noProfiles}}
}

func TestHolds(t *testing.T) {
	t.Parallel()
	const basicExecution = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
	tests := []struct {
		name     string
		resource Resource
		script   awsstub.Script
		declared DeclaredAttachments
		want     []string
	}{
		{"role/no holds", role, roleWithoutPolicies(), DeclaredAttachments{}, nil},
		{"role/does not exist", role, awsstub.Script{listAttached: {notFound("NoSuchEntity")}}, DeclaredAttachments{}, nil},
		{"role/attached policies on two pages", role, roleWithoutPolicies().With(listAttached, attached(truncated, readOnly),
			attached("", basicExecution)), DeclaredAttachments{},
			[]string{"the IAM role lambda_basic_execution has the policy " + readOnly + ", which the stack did not attach",
				"the IAM role lambda_basic_execution has the policy " + basicExecution + ", which the stack did not attach"}},
		{
			"role/attached policy in the template",
			role,
			roleWithoutPolicies().With(listAttached, attached("", basicExecution)),
			DeclaredAttachments{
				Managed: `[{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},` +
					`":iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]]}]`,
			},
			nil,
		},
		{"role/attached policy in a joined ARN", role,
			roleWithoutPolicies().With(listAttached, attached("", basicExecution)),
			DeclaredAttachments{
				Managed: `[{"Fn::Join":["/",["arn:aws:iam::aws:policy","service-role","AWSLambdaBasicExecutionRole"]]}]`},
			nil},
		{
			"role/suffix of a policy name in the template",
			role,
			roleWithoutPolicies().With(listAttached, attached("", "arn:aws:iam::111122223333:policy/OnlyAccess")),
			DeclaredAttachments{Managed: `["` + readOnly + `"]`},
			[]string{
				"the IAM role lambda_basic_execution has the policy arn:aws:iam::111122223333:policy/OnlyAccess, " +
					"which the stack did not attach",
			},
		},
		{"role/attached policy in the stack", role,
			roleWithoutPolicies().With(listAttached, attached("", readOnly)),
			DeclaredAttachments{Policies: []string{readOnly}}, nil},
		{"role/inline policies on two pages", role,
			roleWithoutPolicies().With(listInline, inline(truncated, "DebugAccess"), inline("", "logs")),
			DeclaredAttachments{Inline: []string{"logs"}},
			[]string{"the IAM role lambda_basic_execution has the inline policy DebugAccess, which the stack did not add"}},
		{"role/instance profiles on two pages", role,
			roleWithoutPolicies().With(listProfiles, profile(truncated, "workers"), profile("", "admins")),
			DeclaredAttachments{},
			[]string{"the IAM role lambda_basic_execution is in the instance profile workers",
				"the IAM role lambda_basic_execution is in the instance profile admins"}},
		{"role/instance profile in the stack", role,
			roleWithoutPolicies().With(listProfiles, profile("", "workers")),
			DeclaredAttachments{Profiles: []string{"workers"}}, nil},
		{"role/policies unknown", role,
			awsstub.Script{listAttached: {attached("", readOnly)}, listInline: {inline("", "logs")},
				listProfiles: {profile("", "workers")}},
			DeclaredAttachments{Unreadable: true},
			[]string{"the IAM role lambda_basic_execution is in the instance profile workers"}},
		{"log group/no holds", group, awsstub.Script{operations[group]: {awsstub.LogGroups("", group.ID)}},
			DeclaredAttachments{}, nil},
		{"log group/does not exist", group, awsstub.Script{operations[group]: {awsstub.LogGroups("")}},
			DeclaredAttachments{}, nil},
		{"log group/deletion protection", group, awsstub.Script{operations[group]: {protected}}, DeclaredAttachments{},
			[]string{"the log group /aws/lambda/MockAPIFunction has deletion protection"}},
		{"log group/another group protected", Resource{LogGroup, "/aws/lambda/MockAPIFunction-2"},
			awsstub.Script{operations[group]: {protected}}, DeclaredAttachments{}, nil},
		{"kind without holds", function, awsstub.Script{}, DeclaredAttachments{}, nil},
		{"unknown kind", queue, awsstub.Script{}, DeclaredAttachments{}, nil},
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
					t.Errorf("got a hold on the %s, want one on the %s", hold.Resource, test.resource)
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
		operations[group]: group} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			holds, err := Holds(t.Context(), roleWithoutPolicies().With(operation, awsstub.Denied()).Stub(t).Config(), r,
				DeclaredAttachments{})
			requireError(t, err, awsstub.DeniedText)
			requireError(t, err, "cannot check what prevents the deletion of the "+r.String())
			if holds != nil {
				t.Errorf("got holds %v, want only an error", holds)
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
		fix       string
		command   string
		operation string
		input     any
	}{
		{"attached policy", role, roleWithoutPolicies().With(listAttached, attached("", readOnly)),
			"detach the policy " + readOnly,
			"aws iam detach-role-policy --role-name lambda_basic_execution --policy-arn " + readOnly,
			"IAM.DetachRolePolicy", &iam.DetachRolePolicyInput{RoleName: &role.ID, PolicyArn: new(readOnly)}},
		{"inline policy", role,
			roleWithoutPolicies().With(listInline, inline("", "DebugAccess")), "delete the inline policy DebugAccess",
			"aws iam delete-role-policy --role-name lambda_basic_execution --policy-name DebugAccess",
			"IAM.DeleteRolePolicy", &iam.DeleteRolePolicyInput{RoleName: &role.ID, PolicyName: new("DebugAccess")}},
		{"instance profile", role, roleWithoutPolicies().With(listProfiles, profile("", "workers")),
			"remove the role from the instance profile workers",
			"aws iam remove-role-from-instance-profile --instance-profile-name workers --role-name lambda_basic_execution",
			"IAM.RemoveRoleFromInstanceProfile", &iam.RemoveRoleFromInstanceProfileInput{RoleName: &role.ID,
				InstanceProfileName: new("workers")}},
		{
			"deletion protection",
			group,
			awsstub.Script{operations[group]: {protected}},
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
			holds, err := Holds(t.Context(), stub.Config(), test.resource, DeclaredAttachments{})
			if err != nil || len(holds) != 1 {
				t.Fatalf("got holds %v and error %v, want one hold", holds, err)
			}
			requireEqual(t, []string{test.fix, test.command}, []string{holds[0].Fix, holds[0].Command})
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
				"the "+test.resource.String()+": cannot "+test.fix)
		})
	}
}

package preflight

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/inventory"
)

// decision returns the response of a simulation. The details are further XML elements of the
// result.
func decision(decision string, details ...string) awsstub.Answer {
	return awsstub.XML("<EvaluationResults><member><EvalActionName>a</EvalActionName><EvalDecision>", decision,
		"</EvalDecision>", strings.Join(details, ""), "</member></EvaluationResults>")
}

// Details of a simulated decision.
const (
	missingValue = "<MissingContextValues><member>aws:MultiFactorAuthPresent</member></MissingContextValues>"
	deniedBySCP  = "<OrganizationsDecisionDetail><AllowedByOrganizations>false</AllowedByOrganizations>" +
		"</OrganizationsDecisionDetail>"
	allowedBySCP = "<OrganizationsDecisionDetail><AllowedByOrganizations>true</AllowedByOrganizations>" +
		"</OrganizationsDecisionDetail>"
	deniedByBoundary = "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>false" +
		"</AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>"
)

// forResource returns the details of a decision on one resource.
func forResource(details string) string {
	return "<ResourceSpecificResults><member><EvalResourceName>r</EvalResourceName><EvalResourceDecision>implicitDeny" +
		"</EvalResourceDecision>" + details + "</member></ResourceSpecificResults>"
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	const assumed = "arn:aws:sts::111122223333:assumed-role/admin/me"
	const other, passed = "arn:aws:iam::111122223333:role/other", "arn:aws:iam::111122223333:role/passed"
	next := func(action, principal string) string {
		return "ask an administrator to allow " + action + " for " + principal +
			", or use other credentials with --profile"
	}
	tests := []struct {
		name     string
		caller   string
		teardown Teardown
		role     awsstub.Answer   // response of iam:GetRole
		answer   []awsstub.Answer // responses of the simulations
		calls    []string         // actions and resources of the simulations
		want     []blocker
	}{
		{"allowed", user, Teardown{Running: []string{"first", "second"}, RoleARN: other}, awsstub.Role("other"),
			[]awsstub.Answer{decision("allowed")},
			[]string{"cloudformation:DeleteStack " + awsstub.StackARN, "states:StopExecution first",
				"iam:PassRole " + other}, nil},
		{"denied", user, Teardown{Running: []string{"first"}}, nil,
			[]awsstub.Answer{decision("explicitDeny"), decision("implicitDeny")},
			[]string{"cloudformation:DeleteStack " + awsstub.StackARN, "states:StopExecution first"},
			[]blocker{{user + " cannot call cloudformation:DeleteStack on " + awsstub.StackARN + " (explicitDeny)",
				next("cloudformation:DeleteStack", user)},
				{"states:StopExecution on first (implicitDeny)", next("states:StopExecution", user)}}},
		{"another role can delete", user, Teardown{Deployer: other}, nil,
			[]awsstub.Answer{decision("implicitDeny"), decision("allowed")},
			[]string{"cloudformation:DeleteStack " + awsstub.StackARN, "sts:AssumeRole " + other}, nil},
		{"another role that cannot be assumed", user, Teardown{Deployer: other}, nil,
			[]awsstub.Answer{decision("implicitDeny")},
			[]string{"cloudformation:DeleteStack " + awsstub.StackARN, "sts:AssumeRole " + other},
			[]blocker{{user + " cannot call cloudformation:DeleteStack", next("cloudformation:DeleteStack", user)}}},
		{"denial with a condition", user, Teardown{}, nil,
			[]awsstub.Answer{decision("implicitDeny", missingValue)},
			[]string{"cloudformation:DeleteStack " + awsstub.StackARN}, nil},
		{"denial with a condition for the resource", user, Teardown{}, nil,
			[]awsstub.Answer{decision("explicitDeny", forResource(missingValue))},
			[]string{"cloudformation:DeleteStack " + awsstub.StackARN}, nil},
		{"denied, but not by a service control policy", user, Teardown{}, nil,
			[]awsstub.Answer{decision("implicitDeny", allowedBySCP)},
			[]string{"cloudformation:DeleteStack " + awsstub.StackARN},
			[]blocker{{user + " cannot call cloudformation:DeleteStack", next("cloudformation:DeleteStack", user)}}},
		{"another role cannot pass the role", user, Teardown{Deployer: other, RoleARN: passed}, awsstub.Role("passed"),
			[]awsstub.Answer{decision("implicitDeny"), decision("allowed"), decision("implicitDeny")},
			[]string{"cloudformation:DeleteStack " + awsstub.StackARN, "sts:AssumeRole " + other, "iam:PassRole " + passed},
			[]blocker{{other + " cannot call iam:PassRole on " + passed, next("iam:PassRole", other)}}},
		{"simulation denied", user, Teardown{Running: []string{"first"}}, nil, []awsstub.Answer{awsstub.Denied()},
			[]string{"cloudformation:DeleteStack " + awsstub.StackARN}, nil},
		{"simulation not supported", user, Teardown{}, nil,
			[]awsstub.Answer{awsstub.Error(http.StatusBadRequest, "InvalidAction", "not implemented")},
			[]string{"cloudformation:DeleteStack " + awsstub.StackARN}, nil},
		{"root", "arn:aws:iam::111122223333:root", Teardown{}, nil, nil, nil, nil},
		{"federated user", "arn:aws:sts::111122223333:federated-user/me", Teardown{}, nil, nil, nil, nil},
		{"not an ARN", "me", Teardown{}, nil, nil, nil, nil},
		{"assumed role with a path", assumed, Teardown{}, roleAt("/a/b/", "admin"),
			[]awsstub.Answer{decision("implicitDeny")}, []string{"cloudformation:DeleteStack " + awsstub.StackARN},
			[]blocker{{assumed + " cannot call", next("cloudformation:DeleteStack",
				"arn:aws:iam::111122223333:role/a/b/admin")}}},
		{"assumed role, iam:GetRole denied", assumed, Teardown{}, awsstub.Denied(), nil, nil, nil},
		{"assumed role of another account", assumed, Teardown{}, noRole(), nil, nil, nil},
		{"assumed role missing from the response", assumed, Teardown{}, awsstub.XML(), nil, nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t)
			if test.role != nil {
				stub.On(getRole, test.role)
			}
			if test.answer != nil {
				stub.On(simulate, test.answer...)
			}
			teardown := test.teardown
			teardown.Stack, teardown.Caller = &inventory.Stack{Name: "retrycatch", ARN: awsstub.StackARN}, test.caller
			got, err := CheckDeletion(t.Context(), stub.Config(), teardown, fakeTarget{})
			if err != nil {
				t.Fatal(err)
			}
			requireBlockers(t, got, test.want...)
			var calls []string
			for _, input := range stub.Inputs(simulate) {
				in := input.(*iam.SimulatePrincipalPolicyInput)
				calls = append(calls, in.ActionNames[0]+" "+in.ResourceArns[0])
				region := in.ContextEntries[0]
				if *region.ContextKeyName != "aws:RequestedRegion" || region.ContextKeyValues[0] != awsstub.Region {
					t.Errorf("got context %s=%v, want aws:RequestedRegion=%s", *region.ContextKeyName,
						region.ContextKeyValues, awsstub.Region)
				}
			}
			if diff := cmp.Diff(test.calls, calls); diff != "" {
				t.Errorf("the simulated calls differ (-want +got):\n%s", diff)
			}
		})
	}
}

func roleAt(path, name string) awsstub.Answer {
	return awsstub.XML("<Role><Path>", path, "</Path><RoleId>AROAEXAMPLE</RoleId><Arn>arn:aws:iam::111122223333:role",
		path, name,
		"</Arn><RoleName>", name, "</RoleName><CreateDate>2026-01-02T03:04:05Z</CreateDate></Role>")
}

// TestStopExecutionWarns denies states:StopExecution, which does not prevent the stack's deletion.
func TestStopExecutionWarns(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(t).On(simulate, decision("allowed"), decision("implicitDeny"))
	teardown := Teardown{Stack: &inventory.Stack{Name: "retrycatch", ARN: awsstub.StackARN}, Caller: user,
		Running: []string{"first"}}
	found, err := CheckDeletion(t.Context(), stub.Config(), teardown, fakeTarget{})
	blockers, warnings := Split(found)
	if err != nil || len(blockers) > 0 || len(warnings) != 1 {
		t.Fatalf("got blockers %v, warnings %v and error %v, want one warning", blockers, warnings, err)
	}
	requireProblem(t, warnings[0], user+" cannot call states:StopExecution on first",
		"ask an administrator to allow states:StopExecution for "+user+", or use other credentials with --profile")
}

// A denial by a service control policy or a permissions boundary may depend on a condition, so it
// is only a warning.
func TestOuterPolicyWarns(t *testing.T) {
	t.Parallel()
	scp := "a service control policy of " + user
	const deployer = "arn:aws:iam::111122223333:role/deployer"
	tests := []struct {
		name     string
		deployer string
		answer   []awsstub.Answer
		want     string
	}{
		{"service control policy", "", []awsstub.Answer{decision("implicitDeny", deniedBySCP)},
			scp + " might deny cloudformation:DeleteStack on " + awsstub.StackARN},
		{"boundary", "", []awsstub.Answer{decision("implicitDeny", deniedByBoundary)},
			"the permissions boundary of " + user + " might deny cloudformation:DeleteStack on " + awsstub.StackARN},
		{"boundary for the resource", "", []awsstub.Answer{decision("implicitDeny", forResource(deniedByBoundary))},
			"the permissions boundary of " + user + " might deny cloudformation:DeleteStack on " + awsstub.StackARN},
		{"role that deletes the stack", deployer,
			[]awsstub.Answer{decision("explicitDeny"), decision("implicitDeny", deniedBySCP)},
			scp + " might deny sts:AssumeRole on " + deployer},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(simulate, test.answer...)
			teardown := Teardown{Stack: &inventory.Stack{Name: "retrycatch", ARN: awsstub.StackARN}, Caller: user,
				Deployer: test.deployer}
			found, err := CheckDeletion(t.Context(), stub.Config(), teardown, fakeTarget{})
			blockers, warnings := Split(found)
			want := test.want + "; IAM does not report which values its conditions need"
			if err != nil || len(blockers) > 0 || len(warnings) != 1 || warnings[0].Error() != want {
				t.Fatalf("got blockers %v, warnings %v and error %v, want the warning %q", blockers, warnings, err, want)
			}
		})
	}
}

package preflight

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/accountstub"
	"retrycatch/internal/awsstub"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
)

// deployBlockers returns the blockers of a deployment. It fails the test if there are warnings.
func deployBlockers(t *testing.T, a *account) []error {
	t.Helper()
	blockers, warnings := Split(CheckDeploy(t.Context(), a.Config(), "retrycatch", expected, fakeTarget{}))
	if len(warnings) > 0 {
		t.Errorf("got warnings %v, want none", warnings)
	}
	return blockers
}

func TestCheckDeployStack(t *testing.T) {
	t.Parallel()
	withStatus := func(status string) func(*account, *stack) {
		return func(_ *account, s *stack) {
			s.AddEvent(ago(time.Minute), resource.Resource{}, status)
		}
	}
	const destroy, status = "retrycatch destroy" + flags, "retrycatch status" + flags
	tests := []struct {
		name    string
		prepare func(*account, *stack)
		want    []blocker
	}{
		{"deployed", withStatus("UPDATE_COMPLETE"), nil},
		{"deployed, resource missing", func(a *account, _ *stack) { a.DeleteAt(role, ago(0)) }, nil},
		{"update rolled back", withStatus("UPDATE_ROLLBACK_COMPLETE"), nil},
		{"failed first deployment", withStatus("ROLLBACK_COMPLETE"), nil},
		{"somebody else's stack", func(_ *account, s *stack) { s.Tags = map[string]string{"Project": "other"} },
			[]blocker{{"the stack retrycatch belongs to somebody else: it does not have the tag Project=retrycatch",
				"retrycatch deploy --stage dev-2"}}},
		{"update in progress", withStatus("UPDATE_IN_PROGRESS"),
			[]blocker{{"is in progress: its status is UPDATE_IN_PROGRESS", status}}},
		{"deletion in progress", withStatus("DELETE_IN_PROGRESS"),
			[]blocker{{"is in progress: its status is DELETE_IN_PROGRESS", status}}},
		{"failed deletion", withStatus("DELETE_FAILED"),
			[]blocker{{"the deletion of the stack retrycatch failed: its status is DELETE_FAILED", destroy}}},
		{"failed rollback", withStatus("UPDATE_ROLLBACK_FAILED"), []blocker{{"and its rollback failed",
			"aws cloudformation continue-update-rollback --stack-name retrycatch --region eu-west-1 --profile work"}}},
		{"failed first deployment, protected", func(_ *account, s *stack) {
			s.AddEvent(ago(time.Minute), resource.Resource{}, "ROLLBACK_COMPLETE")
			s.Protected = true
		}, []blocker{{"termination protection prevents the CDK from replacing the stack",
			"retrycatch destroy --force" + flags}}},
		{"rollback in progress, protected", func(_ *account, s *stack) {
			s.AddEvent(ago(time.Minute), resource.Resource{}, "ROLLBACK_IN_PROGRESS")
			s.Protected = true
		}, []blocker{{"is in progress: its status is ROLLBACK_IN_PROGRESS", status}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a, s := deployed(t)
			test.prepare(a, s)
			requireBlockers(t, deployBlockers(t, a), test.want...)
		})
	}
}

func TestDeployOnlyReads(t *testing.T) {
	t.Parallel()
	a, s := deployed(t)
	deployBlockers(t, a)
	if len(a.Changes) > 0 {
		t.Errorf("got changes %v, want none", a.Changes)
	}
	s.Tags = nil
	before := len(a.Calls())
	deployBlockers(t, a)
	if diff := cmp.Diff([]string{"CloudFormation.DescribeStacks"}, a.CalledOperations()[before:]); diff != "" {
		t.Errorf("the calls for a foreign stack differ (-want +got):\n%s", diff)
	}
}

func TestDeployNamesInUse(t *testing.T) {
	t.Parallel()
	const otherStage = "retrycatch deploy --stage dev-2"
	tags := func(stack, region string) map[string]string {
		return map[string]string{"Project": "retrycatch", "Stack": stack, "Region": region}
	}
	tests := []struct {
		name    string
		prepare func(*account)
		want    []blocker
	}{
		{"no names in use", func(*account) {}, nil},
		{"same prefix", func(a *account) {
			a.Add(resource.Resource{Kind: resource.LogGroup, ID: group.ID + "2"}, instance{Created: ago(time.Hour)})
		}, nil},
		{"somebody else's role", func(a *account) { a.Add(role, instance{Created: ago(time.Hour)}) },
			[]blocker{{"the IAM role lambda_basic_execution already exists, and this stack does not own it",
				otherStage}}},
		{"role of a stack in another region", func(a *account) {
			a.Add(role, instance{Created: ago(time.Hour), Tags: tags("retrycatch", "us-east-1")})
		}, []blocker{{"belongs to the stack retrycatch in the region us-east-1, but its name must be unique in the account",
			"retrycatch deploy" + flags + " -c regions=eu-west-1"}}},
		{"role of an unknown stack in this region", func(a *account) {
			a.Add(role, instance{Created: ago(time.Hour), Tags: tags("retrycatch", "eu-west-1")})
		}, []blocker{{"belongs to the stack retrycatch", otherStage}}},
		{"topic of another stack, no region tag", func(a *account) {
			a.Add(topic, instance{Created: ago(time.Hour), Tags: tags("other", "")})
		}, []blocker{{"belongs to the stack other", otherStage}}},
		{"log group kept by an earlier deployment", func(a *account) {
			s := a.Deploy("retrycatch", ago(time.Hour), expected...)
			s.Template = `{"Resources": {"` + accountstub.LogicalID(group) + `": {"DeletionPolicy": "Retain"}}}`
			addDeletion(a, s, group, "DELETE_SKIPPED")
		}, []blocker{{"an earlier deployment of this stack kept it",
			"aws logs delete-log-group --log-group-name " + group.ID + " --region eu-west-1 --profile work"}}},
		{"role left by an earlier deployment", func(a *account) {
			addDeletion(a, a.Deploy("retrycatch", ago(time.Hour), expected...), role, "DELETE_SKIPPED")
		}, []blocker{{"was left behind by the stack retrycatch", "retrycatch destroy --force" + flags}}},
		{"deleted role, still visible", func(a *account) {
			addDeletion(a, a.Deploy("retrycatch", ago(time.Hour), expected...), role, "DELETE_COMPLETE")
		}, []blocker{{"still exists, although CloudFormation reported", "retrycatch destroy" + flags}}},
		{"role created after the deletion", func(a *account) {
			addDeletion(a, a.Deploy("retrycatch", ago(time.Hour), expected...), resource.Resource{}, "")
			a.Add(role, instance{Created: ago(time.Minute)})
		}, []blocker{{"after the stack's own resource was deleted", otherStage}}},
		{"role older than the rolled-back stack", func(a *account) {
			rolledBack(a, ago(24*time.Hour))
		}, []blocker{{"before the stack tried to create its own", otherStage}}},
		{"rolled-back stack, deleted role visible", func(a *account) {
			rolledBack(a, ago(time.Hour).Add(20*time.Second))
		}, []blocker{{"still exists, although CloudFormation reported", "retrycatch deploy" + flags}}},
		{"state machine being deleted", func(a *account) {
			a.Add(machine, instance{Created: ago(time.Hour), Deleted: ago(time.Minute), DeletionDuration: time.Hour})
		}, []blocker{{"the state machine MyAPIStateMachine is still being deleted", "retrycatch status" + flags}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := accountstub.New(t)
			test.prepare(a)
			requireBlockers(t, deployBlockers(t, a), test.want...)
		})
	}
}

// rolledBack adds a stack whose first deployment failed an hour ago. The stack's events report that
// the role was deleted, but a role with its name exists, created at the time roleCreated.
func rolledBack(a *account, roleCreated time.Time) {
	s := a.AddStack("retrycatch", ago(time.Hour))
	s.AddEvent(s.Created, resource.Resource{}, "CREATE_IN_PROGRESS")
	s.AddCreationEvents(s.Created, role)
	s.AddEvent(s.Created.Add(time.Minute), role, "DELETE_COMPLETE")
	s.AddEvent(s.Created.Add(time.Minute), resource.Resource{}, "ROLLBACK_COMPLETE")
	a.Add(role, instance{Created: roleCreated})
}

func TestDeployForeignResources(t *testing.T) {
	t.Parallel()
	a := accountstub.New(t)
	for _, r := range expected {
		a.Add(r, instance{Created: ago(time.Hour)})
	}
	blockers := deployBlockers(t, a)
	if len(blockers) != len(expected) {
		t.Fatalf("got %d blockers, want one for each of %d resources", len(blockers), len(expected))
	}
	for i, err := range blockers {
		requireProblem(t, err, expected[i].String(), "retrycatch deploy --stage dev-2")
	}
	// One call finds the stack, the other finds deleted stacks.
	if calls := len(a.Inputs("CloudFormation.ListStacks")); calls != 2 {
		t.Errorf("got %d calls to ListStacks, want 2", calls)
	}
}

func TestDeployFailedReads(t *testing.T) {
	t.Parallel()
	t.Run("denied ListStacks", func(t *testing.T) {
		t.Parallel()
		a := accountstub.New(t)
		a.Add(group, instance{Created: ago(time.Hour)})
		a.Deny("CloudFormation.ListStacks")
		requireBlockers(t, deployBlockers(t, a), blocker{"cannot call cloudformation:ListStacks",
			"ask an administrator to allow cloudformation:ListStacks, or use other credentials with --profile"})
	})
	t.Run("service error", func(t *testing.T) {
		t.Parallel()
		a := accountstub.New(t)
		a.On("SFN.DescribeStateMachine", awsstub.Error(http.StatusInternalServerError, "InternalFailure", "server error"))
		blockers := deployBlockers(t, a)
		requireBlockers(t, blockers, blocker{"cannot read the state of the account", "retrycatch deploy" + flags})
		if !strings.Contains(blockers[0].Error(), "InternalFailure") {
			t.Errorf("got blocker %v, want InternalFailure in its text", blockers[0])
		}
	})
	t.Run("expired credentials", func(t *testing.T) {
		t.Parallel()
		a := accountstub.New(t)
		a.BeforeNext("Lambda.GetFunctionConfiguration", func() { a.CredentialsExpireAt = ago(0) })
		blockers := deployBlockers(t, a)
		if len(blockers) != 1 || !session.AccessLost(blockers[0]) {
			t.Fatalf("got blockers %v, want one about expired credentials", blockers)
		}
		requireProblem(t, blockers[0], "the AWS credentials have expired",
			"log in again, for example with `aws sso login`, or set new keys")
	})
}

// TestDeployUncheckedNames denies the calls that look up names. These denials are not blockers,
// because CloudFormation also rejects names in use. If the stack itself cannot be read, that is a
// blocker, because CloudFormation would not notice that the stack belongs to somebody else.
func TestDeployUncheckedNames(t *testing.T) {
	t.Parallel()
	const otherStage = "retrycatch deploy --stage dev-2"
	const hint = ", which would show whether these names are in use: "
	tests := []struct {
		name     string
		prepare  func(*account)
		blockers []blocker
		warnings []string // parts of the texts
	}{
		{"one name", func(a *account) {
			a.Add(group, instance{Created: ago(time.Hour)})
			a.Deny("Lambda.GetFunctionConfiguration")
		}, []blocker{{group.ID, otherStage}},
			[]string{"cannot call lambda:GetFunctionConfiguration" + hint + "Lambda function MockAPIFunction"}},
		{"names of two kinds", func(a *account) { a.Deny("IAM.GetRole", "CloudWatch.DescribeAlarms") }, nil,
			[]string{"cloudwatch:DescribeAlarms", "iam:GetRole" + hint +
				"IAM role lambda_basic_execution, IAM role step_functions_basic_execution"}},
		{"list of resources", func(a *account) {
			a.Deploy("retrycatch", ago(time.Hour), expected...)
			a.Deny("CloudFormation.ListStackResources")
		}, nil, []string{"cloudformation:ListStackResources" + hint +
			"IAM role lambda_basic_execution, IAM role step_functions_basic_execution and " +
			strconv.Itoa(len(expected)-2) + " more"}},
		{"stack", func(a *account) { a.Deny("CloudFormation.DescribeStacks", "IAM.GetRole") },
			[]blocker{{"cannot call cloudformation:DescribeStacks",
				"ask an administrator to allow cloudformation:DescribeStacks, " +
					"or use other credentials with --profile"}}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := accountstub.New(t)
			test.prepare(a)
			blockers, warnings := Split(CheckDeploy(t.Context(), a.Config(), "retrycatch", expected, fakeTarget{}))
			requireBlockers(t, blockers, test.blockers...)
			if len(warnings) != len(test.warnings) {
				t.Fatalf("got warnings %v, want %q", warnings, test.warnings)
			}
			for i, part := range test.warnings {
				if !strings.Contains(warnings[i].Error(), part) {
					t.Errorf("got warning %q, want it to contain %q", warnings[i], part)
				}
			}
		})
	}
}

func TestBootstrapWarning(t *testing.T) {
	t.Parallel()
	readError := func(answer awsstub.Answer) error {
		_, err := ReadBootstrap(t.Context(), awsstub.New(t).On(getParameter, answer).Config(), "hnb659fds", "CDKToolkit")
		return BootstrapWarning(err)
	}
	denied := readError(awsstub.Denied())
	failed := readError(awsstub.Error(http.StatusInternalServerError, "InternalFailure", "server error"))
	blockers, warnings := Split([]error{denied, failed, nil})
	if len(blockers) != 1 || !errors.Is(blockers[0], failed) || len(warnings) != 1 ||
		!strings.Contains(warnings[0].Error(), "is bootstrapped: the credentials cannot call ssm:GetParameter") {
		t.Errorf("got blockers %v and warnings %v, want one of each", blockers, warnings)
	}
}

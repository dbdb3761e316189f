package cli

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/resource"
)

const (
	functionRole = "lambda_basic_execution"
	execRole     = "arn:aws:iam::111122223333:role/cdk-hnb659fds-cfn-exec-role-111122223333-eu-west-1"
)

// account simulates an account with a stack. The stack's role exists until the stack is deleted.
type account struct {
	*awsstub.Stub
	deleted bool
	roles   map[string]bool // the existing roles, by name
}

func newAccount(t *testing.T, elements ...string) *account {
	a := &account{Stub: awsstub.New(t), roles: map[string]bool{functionRole: true,
		execRole[strings.LastIndex(execRole, "/")+1:]: true}}
	a.On("CloudFormation.DescribeStacks", a.byStackState(awsstub.Stack("CREATE_COMPLETE", elements...),
		func(call awsstub.Call) awsstub.Answer {
			if aws.ToString(call.Input.(*cloudformation.DescribeStacksInput).StackName) != awsstub.StackARN {
				return awsstub.NoStack()
			}
			return awsstub.Stack("DELETE_COMPLETE", awsstub.ProjectTags())
		}))
	created := awsstub.StackResource{Kind: string(resource.Role), ID: functionRole}
	gone := awsstub.StackResource{Kind: string(resource.Role), ID: functionRole, Status: "DELETE_COMPLETE",
		At: awsstub.Created.Add(time.Hour)}
	end := awsstub.StackResource{Kind: "AWS::CloudFormation::Stack", ID: awsstub.StackARN, Status: "DELETE_COMPLETE",
		At: gone.At}
	summary := awsstub.StackSummary{Name: "retrycatch", ARN: awsstub.StackARN, Status: "DELETE_COMPLETE",
		Deleted: gone.At}
	a.On("CloudFormation.DescribeStackEvents", a.byStackState(awsstub.Events("", created),
		constantAnswer(awsstub.Events("", end, gone, created))))
	a.On("CloudFormation.ListStacks", a.byStackState(awsstub.Stacks(""), constantAnswer(awsstub.Stacks("", summary))))
	a.On("CloudFormation.ListStackResources", awsstub.StackResourceList("", created)).On("CloudFormation.GetTemplate",
		awsstub.Template("{}"))
	a.On("CloudFormation.DeleteStack", func(call awsstub.Call) (*http.Response, error) {
		a.deleted, a.roles[functionRole] = true, false
		return awsstub.EmptyResult()(call)
	})
	a.On("IAM.GetRole", func(call awsstub.Call) (*http.Response, error) {
		name := aws.ToString(call.Input.(*iam.GetRoleInput).RoleName)
		if a.roles[name] {
			return awsstub.Role(name)(call)
		}
		return awsstub.Error(http.StatusNotFound, "NoSuchEntity", "The role cannot be found.")(call)
	})
	a.On("IAM.ListAttachedRolePolicies", awsstub.XML("<AttachedPolicies/>")).On("IAM.ListRolePolicies",
		awsstub.XML("<PolicyNames/>")).
		On("IAM.ListInstanceProfilesForRole", awsstub.XML("<InstanceProfiles/>")).
		On("IAM.SimulatePrincipalPolicy", awsstub.Denied()).
		On("CloudWatch Logs.DescribeResourcePolicies", awsstub.JSON(`{"resourcePolicies": []}`))
	return a
}

// byStackState returns an answer that depends on the stack. The parameter "before" is the answer
// until the stack is deleted, and the parameter "after" is the answer from then on.
func (a *account) byStackState(before awsstub.Answer, after func(awsstub.Call) awsstub.Answer) awsstub.Answer {
	return func(call awsstub.Call) (*http.Response, error) {
		if a.deleted {
			return after(call)(call)
		}
		return before(call)
	}
}

func constantAnswer(answer awsstub.Answer) func(awsstub.Call) awsstub.Answer {
	return func(awsstub.Call) awsstub.Answer { return answer }
}

// changingCalls returns the calls that change the account.
func (a *account) changingCalls() (calls []string) {
	for _, call := range a.CalledOperations() {
		_, name, _ := strings.Cut(call, ".")
		isRead := false
		for _, prefix := range []string{"Describe", "List", "Get", "Simulate"} {
			isRead = isRead || strings.HasPrefix(name, prefix)
		}
		if !isRead {
			calls = append(calls, call)
		}
	}
	return calls
}

// tearDownIn runs destroy in the account and answers its question. If answer is empty, the command
// has no terminal. tearDownIn returns standard output, standard error and the error.
func tearDownIn(ctx context.Context, a *account, answer string, o destroyOptions) (stdout, stderr string, err error) {
	console, output, messages := consoleOf(answer)
	console.Interactive = answer != ""
	o.output = outputText
	subject := targetIn(awsstub.Region, a.Stub)
	err = (&app{console: console, args: []string{"destroy"}}).tearDown(ctx, subject, o)
	return output.String(), messages.String(), err
}

func TestDestroyRefuses(t *testing.T) {
	t.Parallel()
	const force = "retrycatch destroy --force --region eu-west-1"
	noTerminal := []string{"but there is no terminal", "retrycatch destroy --yes"}
	protected := []string{"the stack retrycatch has termination protection", force}
	policy := []string{"the IAM role lambda_basic_execution has the policy arn:wide",
		"aws iam detach-role-policy --role-name lambda_basic_execution --policy-arn arn:wide --region eu-west-1"}
	noRole := []string{"which no longer exists; set another role with --role-arn",
		"npx cdk bootstrap aws://111122223333/eu-west-1"}
	notAllowed := []string{"cannot call cloudformation:DeleteStack",
		"ask an administrator to allow cloudformation:DeleteStack for " + userARN}
	const protection = "<EnableTerminationProtection>true</EnableTerminationProtection>"
	wide := awsstub.XML(
		"<AttachedPolicies><member><PolicyName>Wide</PolicyName><PolicyArn>arn:wide</PolicyArn></member></AttachedPolicies>",
	)
	deny := awsstub.XML("<EvaluationResults><member><EvalActionName>cloudformation:DeleteStack</EvalActionName>" +
		"<EvalDecision>implicitDeny</EvalDecision></member></EvaluationResults>")
	tests := []struct {
		name     string
		account  func(t *testing.T) *account
		options  destroyOptions
		want     []string // the problems, each followed by its next step
		onlyCall string   // the only call that destroy makes; empty to skip this check
	}{
		{name: "a foreign stack", options: destroyOptions{yes: true, force: true, assets: true},
			account: func(t *testing.T) *account { return newAccount(t, awsstub.Tags("Project", "payroll")) },
			want: []string{
				"the stack retrycatch belongs to somebody else: it does not have the tag Project=retrycatch",
				`aws cloudformation describe-stacks --query "Stacks[?Tags[?Key=='Project' && Value=='retrycatch']].StackName" ` +
					`--region eu-west-1`,
			},
			onlyCall: "CloudFormation.DescribeStacks"},
		{name: "all blockers together",
			account: func(t *testing.T) *account {
				a := newAccount(t, awsstub.ProjectTags(), protection, "<RoleARN>", execRole, "</RoleARN>")
				a.roles = map[string]bool{functionRole: true}
				a.On("IAM.ListAttachedRolePolicies", wide).On("IAM.SimulatePrincipalPolicy", deny)
				return a
			}, want: concat(protected, policy, noRole, notAllowed, noTerminal)},
		{name: "a blocker despite --force", options: destroyOptions{force: true, yes: true},
			account: func(t *testing.T) *account {
				a := newAccount(t, awsstub.ProjectTags(), protection, "<RoleARN>", execRole, "</RoleARN>")
				a.roles = map[string]bool{functionRole: true}
				a.On("IAM.ListAttachedRolePolicies", wide)
				return a
			}, want: noRole},
		{name: "a missing role",
			options: destroyOptions{yes: true, roleARN: "arn:aws:iam::111122223333:role/other"},
			account: func(t *testing.T) *account { return newAccount(t, awsstub.ProjectTags()) },
			want: []string{"the role arn:aws:iam::111122223333:role/other in --role-arn does not exist",
				"aws iam list-roles"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := test.account(t)
			_, _, err := tearDownIn(t.Context(), a, "", test.options)
			requireProblems(t, err, test.want...)
			if code := exitCode(err); code != exitUnable {
				t.Errorf("got exit code %d, want %d", code, exitUnable)
			}
			if calls := a.changingCalls(); len(calls) > 0 {
				t.Errorf("got the calls %v, want no call that changes the account", calls)
			}
			if calls := a.CalledOperations(); test.onlyCall != "" && strings.Join(calls, " ") != test.onlyCall {
				t.Errorf("got the calls %v, want only %s", calls, test.onlyCall)
			}
		})
	}
}

func concat(lists ...[]string) (all []string) {
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

func TestDestroyAnsweredNo(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"n\n", "\n"} {
		a := newAccount(t, awsstub.ProjectTags())
		out, stderr, err := tearDownIn(t.Context(), a, answer, destroyOptions{})
		if err != nil || out != "" || len(a.changingCalls()) > 0 {
			t.Errorf("got the error %v, output %q and the calls %v that change the account; want none",
				err, out, a.changingCalls())
		}
		want := "The stack retrycatch in account 111122223333, region eu-west-1 is CREATE_COMPLETE. Its resources:\n" +
			"  IAM role lambda_basic_execution\n" +
			"Delete these resources, including logs and executions? [y/N] Nothing was deleted.\n"
		if diff := cmp.Diff(want, stderr); diff != "" {
			t.Errorf("standard error differs (-want +got):\n%s", diff)
		}
	}
}

func TestDestroy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		answer  string
		options destroyOptions
	}{
		{"confirmed", "y\n", destroyOptions{}},
		{"with --yes", "", destroyOptions{yes: true}},
		{"with another role", "", destroyOptions{yes: true, roleARN: execRole}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := newAccount(t, awsstub.ProjectTags())
				out, stderr, err := tearDownIn(t.Context(), a, test.answer, test.options)
				if err != nil {
					t.Fatal(err)
				}
				if !strings.Contains(out, "✓ gone") ||
					!strings.Contains(stderr, "✓ The stack retrycatch is deleted. Confirmed gone: 1 resource.\n") {
					t.Errorf("the output does not show that everything is gone; output and standard error:\n%s%s", out, stderr)
				}
				if diff := cmp.Diff([]string{"CloudFormation.DeleteStack"}, a.changingCalls()); diff != "" {
					t.Fatalf("the calls that change the account differ (-want +got):\n%s", diff)
				}
				input := a.Inputs("CloudFormation.DeleteStack")[0].(*cloudformation.DeleteStackInput)
				if got := aws.ToString(input.RoleARN); got != test.options.roleARN {
					t.Errorf("got the role %q, want %q", got, test.options.roleARN)
				}
			})
		})
	}
}

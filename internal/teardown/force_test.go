package teardown

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/inventory"
)

// forcible is an account in which every way to remove something is open.
func forcible(t *testing.T) *awsstub.Stub {
	stub := deletion(t).On("CloudFormation.UpdateTerminationProtection", awsstub.XML())
	for _, operation := range []string{"IAM.DetachRolePolicy", "IAM.DeleteRolePolicy", "IAM.DeleteRole"} {
		stub.On(operation, awsstub.XML())
	}
	for _, operation := range []string{"Lambda.DeleteFunction", "SFN.DeleteStateMachine", deleteLogGroup} {
		stub.On(operation, awsstub.JSON("{}"))
	}
	return stub
}

// changes are the calls that change something, in order.
func changes(stub *awsstub.Stub) []string {
	return slices.DeleteFunc(stub.Calls(), func(call string) bool {
		_, name, _ := strings.Cut(call, ".")
		return strings.HasPrefix(name, "List") || strings.HasPrefix(name, "Get") || strings.HasPrefix(name, "Describe")
	})
}

// modes are those of the stack's deletions.
func modes(stub *awsstub.Stub) []types.DeletionMode {
	var modes []types.DeletionMode
	for _, input := range stub.Inputs(deleteStackCall) {
		modes = append(modes, input.(*cloudformation.DeleteStackInput).DeletionMode)
	}
	return modes
}

func TestForceOvercomesWhatCanBeOvercomeBeforeTheDeletion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stub := forcible(t)
		p := plan()
		p.Stack.Protected = true
		p.Outside = []inventory.Policy{{Role: role.ID, Name: "Wide", ARN: "arn:wide"}, {Role: role.ID, Name: "more"}}
		report, err := Execute(t.Context(), stub.Config(), p, Options{Force: true}, func(string) {})
		if err != nil {
			t.Fatal(err)
		}
		requireSame(t, "the items", allGone, fate(report))
		requireSame(t, "the changes", []string{"CloudFormation.UpdateTerminationProtection", "IAM.DetachRolePolicy", "IAM.DeleteRolePolicy", deleteStackCall}, changes(stub))
		requireSame(t, "the modes", []types.DeletionMode{types.DeletionModeStandard}, modes(stub))
	})
}

func TestForceDeletesAFailedStackAgainAndThenWithoutWhatItCannotDelete(t *testing.T) {
	t.Parallel()
	failing, complete := awsstub.Stack("DELETE_FAILED"), awsstub.Stack("DELETE_COMPLETE")
	tests := []struct {
		name   string
		stacks []awsstub.Answer // after each deletion
		holds  []string         // what the deletion leaves
		modes  []types.DeletionMode
		last   []string // changes after the last deletion
	}{
		{"the second time it goes", []awsstub.Answer{failing, complete}, nil,
			[]types.DeletionMode{types.DeletionModeStandard, types.DeletionModeStandard}, nil},
		{"it goes only without its role and its group, which are removed by their own services", []awsstub.Answer{failing, failing, complete}, []string{role.ID, group.ID},
			[]types.DeletionMode{types.DeletionModeStandard, types.DeletionModeStandard, types.DeletionModeForceDeleteStack},
			[]string{deleteLogGroup, "IAM.DetachRolePolicy", "IAM.DeleteRole"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				attached := awsstub.XML("<AttachedPolicies><member><PolicyName>Wide</PolicyName><PolicyArn>arn:wide</PolicyArn></member></AttachedPolicies>")
				var left []inventory.Resource
				for _, resource := range resources {
					if slices.Contains(test.holds, resource.ID) {
						left = append(left, resource)
					}
				}
				stub := forcible(t).Holds(test.holds...).On(describeStacks, test.stacks...).
					On(listStackResources, listed(resources...), skipped(left...)).On(getTemplate, template()).
					On("IAM.ListAttachedRolePolicies", attached)
				// What is removed is gone from then on.
				gone := func(operation, query string, absent awsstub.Answer) {
					stub.On(operation, func(call awsstub.Call) (*http.Response, error) {
						stub.On(query, absent)
						return awsstub.XML()(call)
					})
				}
				gone("IAM.DeleteRole", getRole, awsstub.Error(http.StatusNotFound, "NoSuchEntity", "no"))
				stub.On(deleteLogGroup, func(call awsstub.Call) (*http.Response, error) {
					stub.On(describeLogGroups, awsstub.LogGroups(""))
					return awsstub.JSON("{}")(call)
				})
				report, err := Execute(t.Context(), stub.Config(), plan(), Options{Force: true}, func(string) {})
				if err != nil || len(report.Left()) > 0 {
					t.Fatalf("left are %+v, the error is %v", report.Left(), err)
				}
				requireSame(t, "the modes", test.modes, modes(stub))
				all := changes(stub)
				last := all[len(all)-1-slices.Index(reversed(all), deleteStackCall)+1:]
				if len(last) == 0 {
					last = nil
				}
				requireSame(t, "the changes after the last deletion", test.last, last)
				for _, item := range report.Items {
					want := WithTheStack
					if slices.Contains(test.holds, item.Resource.ID) {
						want = ByItself
					}
					requireSame(t, "the fates of "+item.Resource.String(), want, item.Fate)
				}
			})
		})
	}
}

func reversed(all []string) []string {
	all = slices.Clone(all)
	slices.Reverse(all)
	return all
}

func TestWithoutForceAFailedDeletionIsTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stub := forcible(t).Holds(role.ID).On(describeStacks, awsstub.Stack("DELETE_FAILED"))
		_, err := Execute(t.Context(), stub.Config(), plan(), Options{}, func(string) {})
		if failure := (*FailedError)(nil); !errors.As(err, &failure) {
			t.Errorf("the error is %v", err)
		}
		requireSame(t, "the changes", []string{deleteStackCall}, changes(stub))
	})
}

func TestALogGroupThatComesBackIsRemoved(t *testing.T) {
	t.Parallel()
	there, gone := awsstub.LogGroups("", group.ID), awsstub.LogGroups("")
	for name, answers := range map[string][]awsstub.Answer{
		"before the first look": {there, gone},
		"before the last look":  {gone, there, gone},
	} {
		t.Run(name, func(t *testing.T) { requireRemoved(t, answers) })
	}
}

func requireRemoved(t *testing.T, answers []awsstub.Answer) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stub := forcible(t).On(describeLogGroups, answers...)
		var progress []string
		report, err := Execute(t.Context(), stub.Config(), plan(), Options{}, func(line string) { progress = append(progress, line) })
		if err != nil {
			t.Fatal(err)
		}
		requireSame(t, "the items", allGone, fate(report))
		requireSame(t, "the changes", []string{deleteStackCall, deleteLogGroup}, changes(stub))
		requireSame(t, "the last lines", []string{"the log group /aws/lambda/MockAPIFunction has come back", "removing the log group /aws/lambda/MockAPIFunction",
			"waiting for 1 of 4 resources to be gone"}, progress[len(progress)-3:])
	})
}

func TestAnInterruptedForceIsFinishedWithoutTheStack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stub := forcible(t)
		p := Plan{Deleted: deleted, Left: []inventory.Resource{role, machine}, Kept: []inventory.Resource{group}}
		report, err := Execute(t.Context(), stub.Config(), p, Options{Force: true}, func(string) {})
		if err != nil || len(report.Left()) > 0 || report.Stack != awsstub.StackARN {
			t.Fatalf("the report is %+v, the error %v", report, err)
		}
		requireSame(t, "the changes", []string{"SFN.DeleteStateMachine", "IAM.DeleteRole"}, changes(stub))
	})
}

func TestWhatCannotBeRemovedIsLeftAndTheRestIsRemoved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stub := forcible(t).Holds(function.ID).On("Lambda.DeleteFunction", awsstub.Denied())
		p := Plan{Deleted: deleted, Left: []inventory.Resource{function, role}}
		report, err := Execute(t.Context(), stub.Config(), p, Options{Force: true}, func(string) {})
		if err == nil || !strings.Contains(err.Error(), "cannot remove the Lambda function MockAPIFunction") {
			t.Errorf("the error is %v", err)
		}
		requireSame(t, "the changes", []string{"Lambda.DeleteFunction", "IAM.DeleteRole"}, changes(stub))
		if left := report.Left(); len(left) != 1 || left[0].Resource != function {
			t.Errorf("left are %+v", left)
		}
	})
}

func TestThousandsOfExecutionsAreStoppedEachOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var arns []string
		for i := range 2000 {
			arns = append(arns, fmt.Sprintf("execution-%d", i))
		}
		stub := deletion(t).On(listExecutions, running(arns...), running(append(arns[1990:], "started meanwhile")...), running())
		var tried sync.Map
		stub.On(stopExecution, func(call awsstub.Call) (*http.Response, error) {
			arn := *call.Input.(*sfn.StopExecutionInput).ExecutionArn
			if _, again := tried.LoadOrStore(arn, true); !again && strings.HasSuffix(arn, "3") { // the SDK tries again
				return awsstub.Error(http.StatusBadRequest, "ThrottlingException", "slow down")(call)
			}
			return awsstub.JSON(`{"stopDate": 1}`)(call)
		})
		report, err := execute(t, t.Context(), stub)
		if err != nil || report.Stopped != 2001 {
			t.Errorf("%d executions were stopped, the error is %v", report.Stopped, err)
		}
	})
}

func TestAnExecutionThatCannotBeStoppedAtOnceHasAnotherTurn(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		running []awsstub.Answer
		stops   func(arn string, call int) bool
		want    int
		err     string
	}{
		{"it is stopped in the second turn", []awsstub.Answer{running("a", "b"), running("b"), running()},
			func(arn string, call int) bool { return arn == "a" || call > 3 }, 2, ""},
		{"nothing is stopped in a whole turn", []awsstub.Answer{running("a", "b")},
			func(arn string, _ int) bool { return arn == "a" }, 1, "cannot stop the execution b"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				calls := map[string]int{}
				stub := deletion(t).On(listExecutions, test.running...).On(stopExecution, func(call awsstub.Call) (*http.Response, error) {
					arn := *call.Input.(*sfn.StopExecutionInput).ExecutionArn
					mu.Lock()
					defer mu.Unlock()
					if calls[arn]++; !test.stops(arn, calls[arn]) {
						return awsstub.Error(http.StatusBadRequest, "ThrottlingException", "slow down")(call)
					}
					return awsstub.JSON(`{"stopDate": 1}`)(call)
				})
				report, err := execute(t, t.Context(), stub)
				if report.Stopped != test.want {
					t.Errorf("%d were stopped, want %d", report.Stopped, test.want)
				}
				if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
					t.Errorf("the error is %v", err)
				}
			})
		})
	}
}

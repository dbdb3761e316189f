package cli

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/deployment"
	"retrycatch/internal/resource"
	"retrycatch/internal/session"
	"retrycatch/internal/view"
)

// caller makes the settings of the process those of somebody in an account, and nothing else: an endpoint that says who
// it is to whoever asks, and knows no stack.
func caller(t *testing.T, arn string) {
	t.Helper()
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "CDK_") {
			t.Setenv(name, "")
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("Action") == "ListStacks" {
			fmt.Fprint(w, "<ListStacksResponse><ListStacksResult><StackSummaries/></ListStacksResult></ListStacksResponse>")
			return
		}
		if r.FormValue("Action") != "GetCallerIdentity" {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, "<ErrorResponse><Error><Code>ValidationError</Code><Message>it does not exist</Message></Error></ErrorResponse>")
			return
		}
		fmt.Fprintf(w, "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>%s</Account><Arn>%s</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>",
			awsstub.Account, arn)
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_REGION": awsstub.Region, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": awsstub.Secret,
		"AWS_CONFIG_FILE": filepath.Join(t.TempDir(), "none"), "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(t.TempDir(), "none"),
	} {
		t.Setenv(name, value)
	}
}

const someone = "arn:aws:iam::" + awsstub.Account + ":user/someone"

func TestADeploymentOpensEachOfItsStacks(t *testing.T) {
	caller(t, someone)
	type place struct{ ID, Name, Region, Machine string }
	machine := func(region, name string) string {
		return "arn:aws:states:" + region + ":" + awsstub.Account + ":stateMachine:" + name
	}
	tests := []struct {
		name       string
		deployment deployment.Deployment
		flags      []string
		want       []place
	}{
		{"one, in the region of the settings", deployment.Deployment{}, nil,
			[]place{{"retrycatch", "retrycatch", "eu-west-1", machine("eu-west-1", "MyAPIStateMachine")}}},
		{"one, in the region of the command line", deployment.Deployment{}, []string{"--region", "us-east-1"},
			[]place{{"retrycatch", "retrycatch", "us-east-1", machine("us-east-1", "MyAPIStateMachine")}}},
		{"one in each region of the option, whatever the settings", deployment.Deployment{Stage: "dev", Regions: []string{"us-east-1", "eu-central-1"}}, nil,
			[]place{{"retrycatch-dev-us-east-1", "retrycatch-dev", "us-east-1", machine("us-east-1", "MyAPIStateMachine-dev")},
				{"retrycatch-dev-eu-central-1", "retrycatch-dev", "eu-central-1", machine("eu-central-1", "MyAPIStateMachine-dev")}}},
		{"the one that the command line names of them", deployment.Deployment{Regions: []string{"us-east-1", "eu-central-1"}}, []string{"--region", "eu-central-1"},
			[]place{{"retrycatch-eu-central-1", "retrycatch", "eu-central-1", machine("eu-central-1", "MyAPIStateMachine")}}},
		{"in the account that the option names", deployment.Deployment{Account: awsstub.Account}, nil,
			[]place{{"retrycatch", "retrycatch", "eu-west-1", machine("eu-west-1", "MyAPIStateMachine")}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			targets, err := given(t, test.flags...).openAll(t.Context(), test.deployment)
			if err != nil {
				t.Fatal(err)
			}
			var got []place
			for _, target := range targets {
				p := place{ID: target.stackID, Name: target.stackName, Region: target.Region()}
				for _, r := range target.expected {
					if r.Kind == resource.StateMachine {
						p.Machine += r.ID
					}
				}
				got = append(got, p)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the targets differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatCannotBeOpened(t *testing.T) {
	const other = "222233334444"
	mismatch := []string{"the credentials belong to the account " + awsstub.Account + ", and the option account names " + other, "--profile"}
	tests := []struct {
		name       string
		caller     string
		deployment deployment.Deployment
		flags      []string
		want       []string // what happened and what to do, a part of each
	}{
		{"credentials of another account than the option names", someone, deployment.Deployment{Account: other}, nil, mismatch},
		{"that in each region", someone, deployment.Deployment{Account: other, Regions: []string{"us-east-1", "eu-central-1"}}, nil,
			mismatch},
		{"a region that is none of the option", someone, deployment.Deployment{Regions: []string{"us-east-1", "eu-central-1"}}, []string{"--region", "eu-west-1"},
			[]string{"the option regions does not have the region eu-west-1: us-east-1, eu-central-1",
				"retrycatch --region us-east-1"}},
		{"a server that is not AWS", "nobody", deployment.Deployment{}, nil,
			[]string{"sts:GetCallerIdentity answered without an ARN: nobody", "AWS_ENDPOINT_URL"}},
		{"a profile that there is not", someone, deployment.Deployment{}, []string{"--profile", "nobody"},
			[]string{"there is no profile nobody", "--profile or AWS_PROFILE"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			caller(t, test.caller)
			_, err := given(t, test.flags...).openAll(t.Context(), test.deployment)
			requireProblems(t, err, test.want...)
		})
	}
}

func TestTheOtherCommandsOpenTheStackOfAStageHoweverItWasDeployed(t *testing.T) {
	caller(t, someone)
	enter(t, `{"context": {"stage": "dev", "account": 111122223333, "observability": "off"}}`)
	target, err := given(t).openOne(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if target.stackName != "retrycatch-dev" || target.place() != "account 111122223333, region eu-west-1" {
		t.Errorf("it is the stack %s in %s", target.stackName, target.place())
	}
	want := map[resource.Kind]int{resource.Role: 4, resource.LogGroup: 2, resource.Function: 1,
		resource.StateMachine: 1,
		resource.Alarm:        5, resource.Dashboard: 2, resource.Topic: 1}
	got, names := map[resource.Kind]int{}, map[string]bool{}
	for _, r := range target.expected {
		got[r.Kind]++
		names[r.Name()] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("how many it may have of each kind differs (-want +got):\n%s", diff)
	}
	for _, name := range []string{"lambda_basic_execution-dev", "lambda_basic_execution-dev_eu-west-1", "retrycatch-dev", "retrycatch-dev_eu-west-1", "retrycatch-dev-alarms"} {
		if !names[name] {
			t.Errorf("it may not have %s", name)
		}
	}
}

func TestTheOtherCommandsWorkInOneOfTheRegionsOfTheOption(t *testing.T) {
	tests := []struct {
		name, regions string
		flags         []string
		want, problem string
	}{
		{"the only one", "us-east-1", nil, "us-east-1", ""},
		{"that of the settings, where it is among them", "us-east-1,eu-west-1", nil, "eu-west-1", ""},
		{"that of the command line, where the settings have another", "us-east-1,eu-central-1", []string{"--region", "us-east-1"}, "us-east-1", ""},
		{"that of the command line, where a stack may be left that the option no longer names", "us-east-1", []string{"--region", "eu-central-1"}, "eu-central-1", ""},
		{"none that could be meant", "us-east-1,eu-central-1", nil, "", "the option regions names several: us-east-1, eu-central-1; --region names one of them"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			caller(t, someone)
			enter(t, `{"context": {"regions": "`+test.regions+`"}}`)
			target, err := given(t, test.flags...).openOne(t.Context())
			if test.problem != "" {
				requireProblems(t, err, test.problem, "retrycatch --region us-east-1")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if target.Region() != test.want {
				t.Errorf("the region is %s, want %s", target.Region(), test.want)
			}
		})
	}
}

func TestACommandEndsBeforeItsWorkWhenItsOptionsOrItsAccountAreWrong(t *testing.T) {
	tests := []struct {
		name, settings string
		args           []string
		want           string
	}{
		{"an account of somebody else", `{"context": {"account": "222233334444"}}`, nil,
			"error: the credentials belong to the account 111122223333, and the option account names 222233334444\n" +
				"  next: use other credentials, for example with --profile, or correct the option\n"},
		{"two stages", "", []string{"--stage", "dev", "--stage", "prod"},
			"error: the command line names two stages\n  next: name one, with --stage\n"},
	}
	for _, command := range []string{"run", "status", "destroy"} {
		for _, test := range tests {
			t.Run(command+": "+test.name, func(t *testing.T) {
				caller(t, someone)
				enter(t, test.settings)
				var out, err strings.Builder
				code := Run(t.Context(), append([]string{command}, test.args...), view.Streams{In: strings.NewReader(""), Out: &out, Err: &err})
				if code != exitUnable || out.Len() > 0 {
					t.Errorf("the exit code is %d, the output %q", code, out.String())
				}
				if diff := cmp.Diff(test.want, err.String()); diff != "" {
					t.Errorf("what is said differs (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// The next step of a message is typed as it stands: without the flags it would be done to another deployment.
func TestTheNextStepNamesTheStageAndTheRegion(t *testing.T) {
	tests := []struct {
		name, settings string
		flags          []string
		want           string
	}{
		{"the region of the settings", "", nil, "retrycatch destroy --region eu-west-1"},
		{"those of the command line", "", []string{"--stage", "dev", "--region", "us-east-1"}, "retrycatch destroy --stage dev --region us-east-1"},
		{"those of the project", `{"context": {"stage": "dev", "regions": "us-east-1"}}`, nil, "retrycatch destroy --stage dev --region us-east-1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			caller(t, someone)
			enter(t, test.settings)
			one, err := given(t, test.flags...).openOne(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			a := given(t, test.flags...)
			d, _, err := a.options(nil)
			if err != nil {
				t.Fatal(err)
			}
			all, err := a.openAll(t.Context(), d)
			if err != nil {
				t.Fatal(err)
			}
			for _, target := range []*target{one, all[0]} {
				if got := target.Command("destroy"); got != test.want {
					t.Errorf("the command is %q, want %q", got, test.want)
				}
			}
			// caller's endpoint knows no stack.
			if _, err := one.stack(t.Context()); err == nil {
				t.Error("there is a stack")
			} else {
				requireProblems(t, err, "is not deployed", strings.Replace(test.want, "destroy", "deploy", 1))
			}
		})
	}
}

func TestAStackThatIsNotDeployedIsAProblem(t *testing.T) {
	t.Parallel()
	cfg := awsstub.New(t).On("CloudFormation.DescribeStacks", awsstub.NoStack()).
		On("CloudFormation.ListStacks", awsstub.Stacks("")).Config()
	_, err := (&target{Session: &session.Session{Config: cfg, Account: awsstub.Account}, stackName: "retrycatch-dev"}).stack(t.Context())
	requireProblems(t, err, "the stack retrycatch-dev is not deployed in account 111122223333, region eu-west-1",
		"retrycatch deploy --region eu-west-1")
}

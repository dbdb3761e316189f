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
)

// setCaller replaces the AWS settings of the process. The new settings hold the caller's keys and a
// stub endpoint. The endpoint returns the caller's ARN and has no stacks.
func setCaller(t *testing.T, arn string) {
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
			fmt.Fprint(
				w,
				"<ErrorResponse><Error><Code>ValidationError</Code><Message>it does not exist</Message></Error></ErrorResponse>",
			)
			return
		}
		fmt.Fprintf(
			w,
			"<GetCallerIdentityResponse><GetCallerIdentityResult>"+
				"<Account>%s</Account><Arn>%s</Arn>"+
				"</GetCallerIdentityResult></GetCallerIdentityResponse>",
			awsstub.Account,
			arn,
		)
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL":            server.URL,
		"AWS_REGION":                  awsstub.Region,
		"AWS_ACCESS_KEY_ID":           "AKIDEXAMPLE",
		"AWS_SECRET_ACCESS_KEY":       awsstub.Secret,
		"AWS_CONFIG_FILE":             filepath.Join(t.TempDir(), "none"),
		"AWS_SHARED_CREDENTIALS_FILE": filepath.Join(t.TempDir(), "none"),
	} {
		t.Setenv(name, value)
	}
}

const userARN = "arn:aws:iam::" + awsstub.Account + ":user/someone"

func TestOpenAll(t *testing.T) {
	setCaller(t, userARN)
	type opened struct{ ID, Name, Region, Machine string }
	machine := func(region, name string) string {
		return "arn:aws:states:" + region + ":" + awsstub.Account + ":stateMachine:" + name
	}
	tests := []struct {
		name       string
		deployment deployment.Deployment
		flags      []string
		want       []opened
	}{
		{"region from the environment", deployment.Deployment{}, nil,
			[]opened{{"retrycatch", "retrycatch", "eu-west-1", machine("eu-west-1", "MyAPIStateMachine")}}},
		{"region from --region", deployment.Deployment{}, []string{"--region", "us-east-1"},
			[]opened{{"retrycatch", "retrycatch", "us-east-1", machine("us-east-1", "MyAPIStateMachine")}}},
		{
			"all regions of the regions option",
			deployment.Deployment{Stage: "dev", Regions: []string{"us-east-1", "eu-central-1"}},
			nil,
			[]opened{
				{
					"retrycatch-dev-us-east-1",
					"retrycatch-dev",
					"us-east-1",
					machine("us-east-1", "MyAPIStateMachine-dev"),
				},
				{
					"retrycatch-dev-eu-central-1",
					"retrycatch-dev",
					"eu-central-1",
					machine("eu-central-1", "MyAPIStateMachine-dev"),
				},
			},
		},
		{
			"one region of the regions option",
			deployment.Deployment{Regions: []string{"us-east-1", "eu-central-1"}},
			[]string{"--region", "eu-central-1"},
			[]opened{{"retrycatch-eu-central-1", "retrycatch", "eu-central-1", machine("eu-central-1", "MyAPIStateMachine")}},
		},
		{"account from the account option", deployment.Deployment{Account: awsstub.Account}, nil,
			[]opened{{"retrycatch", "retrycatch", "eu-west-1", machine("eu-west-1", "MyAPIStateMachine")}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			targets, err := appWithFlags(t, test.flags...).openAll(t.Context(), test.deployment)
			if err != nil {
				t.Fatal(err)
			}
			var got []opened
			for _, target := range targets {
				o := opened{ID: target.stackID, Name: target.stackName, Region: target.Region()}
				for _, r := range target.expected {
					if r.Kind == resource.StateMachine {
						o.Machine += r.ID
					}
				}
				got = append(got, o)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the targets differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOpenOneExpectedResources(t *testing.T) {
	setCaller(t, userARN)
	chdirProject(t, `{"context": {"stage": "dev", "account": 111122223333, "observability": "off"}}`)
	target, err := appWithFlags(t).openOne(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if target.stackName != "retrycatch-dev" || target.place() != "account 111122223333, region eu-west-1" {
		t.Errorf("got stack %s in %s, want retrycatch-dev in account 111122223333, region eu-west-1",
			target.stackName, target.place())
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
		t.Errorf("the expected resources per kind differ (-want +got):\n%s", diff)
	}
	for _, name := range []string{
		"lambda_basic_execution-dev",
		"lambda_basic_execution-dev_eu-west-1",
		"retrycatch-dev",
		"retrycatch-dev_eu-west-1",
		"retrycatch-dev-alarms",
	} {
		if !names[name] {
			t.Errorf("the expected resources lack %s", name)
		}
	}
}

func TestOpenOneRegion(t *testing.T) {
	tests := []struct {
		name, regions string
		flags         []string
		want, problem string
	}{
		{"only region of the regions option", "us-east-1", nil, "us-east-1", ""},
		{"region from the environment", "us-east-1,eu-west-1", nil, "eu-west-1", ""},
		{"region from --region", "us-east-1,eu-central-1", []string{"--region", "us-east-1"}, "us-east-1", ""},
		{"region not in the regions option", "us-east-1", []string{"--region", "eu-central-1"}, "eu-central-1", ""},
		{
			"more than one region",
			"us-east-1,eu-central-1",
			nil,
			"",
			"the regions option lists more than one region: us-east-1, eu-central-1; choose one with --region",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			setCaller(t, userARN)
			chdirProject(t, `{"context": {"regions": "`+test.regions+`"}}`)
			target, err := appWithFlags(t, test.flags...).openOne(t.Context())
			if test.problem != "" {
				requireProblems(t, err, test.problem, "retrycatch --region us-east-1")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if target.Region() != test.want {
				t.Errorf("got region %s, want %s", target.Region(), test.want)
			}
		})
	}
}

// A next step must have the flags that select the deployment. Without these flags, the pasted
// command could use another deployment.
func TestNextStepTarget(t *testing.T) {
	tests := []struct {
		name, settings string
		flags          []string
		want           string
	}{
		{"region from the environment", "", nil, "retrycatch destroy --region eu-west-1"},
		{
			"flags",
			"",
			[]string{"--stage", "dev", "--region", "us-east-1"},
			"retrycatch destroy --stage dev --region us-east-1",
		},
		{
			"options from cdk.json",
			`{"context": {"stage": "dev", "regions": "us-east-1"}}`,
			nil,
			"retrycatch destroy --stage dev --region us-east-1",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			setCaller(t, userARN)
			chdirProject(t, test.settings)
			single, err := appWithFlags(t, test.flags...).openOne(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			a := appWithFlags(t, test.flags...)
			d, _, err := a.options(nil)
			if err != nil {
				t.Fatal(err)
			}
			all, err := a.openAll(t.Context(), d)
			if err != nil {
				t.Fatal(err)
			}
			for _, target := range []*target{single, all[0]} {
				if got := target.Command("destroy"); got != test.want {
					t.Errorf("got command %q, want %q", got, test.want)
				}
			}
			// The endpoint from setCaller has no stacks.
			if _, err := (&app{}).stack(t.Context(), single); err == nil {
				t.Error("got a stack, want a problem")
			} else {
				requireProblems(t, err, "is not deployed", strings.Replace(test.want, "destroy", "deploy", 1))
			}
		})
	}
}

package deployment

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// defaultNames holds the names of a stack without options.
var defaultNames = Names{
	Stack:            "retrycatch",
	FunctionRole:     "lambda_basic_execution",
	StateMachineRole: "step_functions_basic_execution",
	Function:         "MockAPIFunction",
	FunctionLogs:     "/aws/lambda/MockAPIFunction",
	StateMachine:     "MyAPIStateMachine",
	StateMachineLogs: "/aws/vendedlogs/states/MyAPIStateMachine",
	Alarms: map[string]string{
		"executions-failed":    "retrycatch-executions-failed",
		"executions-timed-out": "retrycatch-executions-timed-out",
		"executions-throttled": "retrycatch-executions-throttled",
		"function-errors":      "retrycatch-function-errors",
		"function-throttles":   "retrycatch-function-throttles",
	},
	Dashboard: "retrycatch",
}

func TestNames(t *testing.T) {
	t.Parallel()
	changed := func(change func(n *Names)) Names {
		n := defaultNames
		n.Alarms = maps.Clone(defaultNames.Alarms)
		change(&n)
		return n
	}
	staged := changed(func(n *Names) {
		for _, field := range reflect.ValueOf(n).Elem().Fields() {
			if field.Kind() == reflect.String && field.String() != "" {
				field.SetString(field.String() + "-dev")
			}
		}
		for suffix := range n.Alarms {
			n.Alarms[suffix] = "retrycatch-dev-" + suffix
		}
	})
	tests := []struct {
		name    string
		options []string
		want    Names
	}{
		{"no options", nil, defaultNames},
		{"architecture", []string{"architecture=x86_64"}, defaultNames},
		{"account", []string{"account=123456789012"}, defaultNames},
		{"protect", []string{"protect=true"}, defaultNames},
		{"no observability", []string{"observability=off"},
			changed(func(n *Names) { n.Alarms, n.Dashboard = nil, "" })},
		{"alarm email", []string{"alarmEmail=a@example.com"},
			changed(func(n *Names) { n.AlarmTopic = "retrycatch-alarms" })},
		{"stage", []string{"stage=dev"}, staged},
		{"stage and alarm email", []string{"stage=dev", "observability=on", "alarmEmail=a@example.com"},
			func() Names { n := staged; n.AlarmTopic = "retrycatch-dev-alarms"; return n }()},
		{"region in account-wide names", []string{"regions=eu-west-1", "alarmEmail=a@example.com"},
			changed(func(n *Names) {
				n.FunctionRole = "lambda_basic_execution_eu-west-1"
				n.StateMachineRole = "step_functions_basic_execution_eu-west-1"
				n.Dashboard = "retrycatch_eu-west-1"
				n.AlarmTopic = "retrycatch-alarms"
			})},
		{"stage and region", []string{"regions=eu-west-1", "stage=dev"}, func() Names {
			n := staged
			n.FunctionRole = "lambda_basic_execution-dev_eu-west-1"
			n.StateMachineRole = "step_functions_basic_execution-dev_eu-west-1"
			n.Dashboard = "retrycatch-dev_eu-west-1"
			return n
		}()},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d, err := FromPairs(test.options, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, d.Stacks()[0].Names); diff != "" {
				t.Errorf("the names differ (-want +got):\n%s", diff)
			}
		})
	}
}

// named holds one name of a stack.
type named struct {
	kind   string
	name   string
	global bool // unique in the account rather than the region
}

// fieldKinds maps the fields of Names to the kinds of their resources.
var fieldKinds = map[string]string{
	"Stack":            "stack",
	"FunctionRole":     "role",
	"StateMachineRole": "role",
	"Function":         "function",
	"FunctionLogs":     "log group",
	"StateMachine":     "state machine",
	"StateMachineLogs": "log group",
	"Alarms":           "alarm",
	"Dashboard":        "dashboard",
	"AlarmTopic":       "topic",
}

// allNames returns the names in every field of n.
func allNames(t *testing.T, n Names) (all []named) {
	t.Helper()
	for field, value := range reflect.ValueOf(n).Fields() {
		kind := fieldKinds[field.Name]
		if kind == "" {
			t.Fatalf("fieldKinds has no kind for the field %s", field.Name)
		}
		isGlobal := kind == "role" || kind == "dashboard"
		if names, isMap := reflect.TypeAssert[map[string]string](value); isMap {
			for _, name := range names {
				all = append(all, named{kind, name, isGlobal})
			}
			continue
		}
		all = append(all, named{kind, value.String(), isGlobal})
	}
	return all
}

func TestUniqueNames(t *testing.T) {
	t.Parallel()
	// Some stages match part of a name, so names for different stages could collide.
	stages := []string{
		"",
		"dev",
		"dev-dev",
		"alarms",
		"executions",
		"function",
		"failed",
		"executions-fail",
		"eu-west-1",
		"dev-eu-west-1",
		"eu",
		"retrycatch",
	}
	owners := map[string]string{} // keyed by kind, name and scope
	for _, stage := range stages {
		for _, regions := range [][]string{nil, {"eu-west-1"}, {"us-east-1", "ap-southeast-1"}} {
			for _, s := range (Deployment{Stage: stage, Regions: regions, Observability: true,
				AlarmEmail: "a@example.com"}).Stacks() {
				owner := fmt.Sprintf("the stage %q with the region %q", stage, s.Region)
				region := s.Region
				if region == "" {
					region = "eu-central-1" // region of the AWS settings; differs from all regions above
				}
				for _, n := range allNames(t, s.Names) {
					scope := region
					if n.global {
						scope = "the account"
					}
					key := n.kind + " " + n.name + " in " + scope
					if other := owners[key]; other != "" {
						t.Errorf("the %s belongs to both %s and %s", key, other, owner)
					}
					owners[key] = owner
				}
			}
		}
	}
}

// namePatterns holds the pattern of valid names for each kind of resource.
var namePatterns = map[string]*regexp.Regexp{
	"stack":         regexp.MustCompile(`^[a-zA-Z][-a-zA-Z0-9]{0,127}$`),
	"role":          regexp.MustCompile(`^[\w+=,.@-]{1,64}$`),
	"function":      regexp.MustCompile(`^[a-zA-Z0-9-_]{1,64}$`),
	"state machine": regexp.MustCompile(`^[a-zA-Z0-9-_]{1,80}$`),
	"log group":     regexp.MustCompile(`^[.\-_/#A-Za-z0-9]{1,512}$`),
	"alarm":         regexp.MustCompile(`^[!-~]{1,255}$`),
	"dashboard":     regexp.MustCompile(`^[A-Za-z0-9-_]{1,255}$`),
	"topic":         regexp.MustCompile(`^[A-Za-z0-9-_]{1,256}$`),
}

// requireValidNames checks every name of a stack against namePatterns.
func requireValidNames(t *testing.T, s Stack) {
	t.Helper()
	for _, n := range append(allNames(t, s.Names), named{kind: "stack", name: s.ID}) {
		pattern := namePatterns[n.kind]
		if pattern == nil {
			t.Fatalf("namePatterns has no pattern for a %s", n.kind)
		}
		if !pattern.MatchString(n.name) {
			t.Errorf("%q (%d characters) is not a valid %s name", n.name, len(n.name), n.kind)
		}
	}
}

func TestLongestNames(t *testing.T) {
	t.Parallel()
	d, err := FromPairs([]string{"stage=a123456789-12345", "regions=ap-southeastxx-1", "alarmEmail=a@example.com"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	requireValidNames(t, d.Stacks()[0])
}

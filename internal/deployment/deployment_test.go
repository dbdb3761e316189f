package deployment

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNew(t *testing.T) {
	t.Parallel()
	notAllowed := func(value string) *OptionError {
		return &OptionError{Option: "architecture", Value: value, Allowed: []string{"arm64", "x86_64"}}
	}
	tests := []struct {
		name    string
		context map[string]any
		want    Deployment
		err     *OptionError
	}{
		{"without options it is arm64", map[string]any{}, Deployment{Architecture: ARM64}, nil},
		{"null is as good as absent", map[string]any{"architecture": nil}, Deployment{Architecture: ARM64}, nil},
		{"arm64 may be named", map[string]any{"architecture": "arm64"}, Deployment{Architecture: ARM64}, nil},
		{"x86_64 may be named", map[string]any{"architecture": "x86_64"}, Deployment{Architecture: X8664}, nil},
		{"the CDK's own context does not matter", map[string]any{"@aws-cdk/core:checkSecretUsage": true, "stage": "x"},
			Deployment{Architecture: ARM64}, nil},

		{"no other architecture is allowed", map[string]any{"architecture": "mips"}, Deployment{}, notAllowed("mips")},
		{"Go's name of x86_64 is not Lambda's", map[string]any{"architecture": "amd64"}, Deployment{}, notAllowed("amd64")},
		{"case matters", map[string]any{"architecture": "ARM64"}, Deployment{}, notAllowed("ARM64")},
		{"white space matters", map[string]any{"architecture": "arm64 "}, Deployment{}, notAllowed("arm64 ")},
		{"an empty value is no default", map[string]any{"architecture": ""}, Deployment{}, notAllowed("")},
		{"a number is no architecture", map[string]any{"architecture": 64.0}, Deployment{}, notAllowed("64")},
		{"a boolean is no architecture", map[string]any{"architecture": true}, Deployment{}, notAllowed("true")},
		{"a list is no architecture", map[string]any{"architecture": []any{"arm64"}}, Deployment{}, notAllowed("[arm64]")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := New(func(option string) any { return test.context[option] })
			requireDeployment(t, got, err, test.want, test.err)
		})
	}
}

func TestFromPairs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		pairs []string
		want  Deployment
		err   *OptionError
	}{
		{"no pairs are the defaults", nil, Deployment{Architecture: ARM64}, nil},
		{"a pair sets its option", []string{"architecture=x86_64"}, Deployment{Architecture: X8664}, nil},
		{"the last pair of an option counts", []string{"architecture=x86_64", "architecture=arm64"},
			Deployment{Architecture: ARM64}, nil},

		{"a value may be wrong", []string{"architecture=mips"}, Deployment{},
			&OptionError{Option: "architecture", Value: "mips", Allowed: []string{"arm64", "x86_64"}}},
		{"the value begins at the first equals sign", []string{"architecture=arm64=x"}, Deployment{},
			&OptionError{Option: "architecture", Value: "arm64=x", Allowed: []string{"arm64", "x86_64"}}},
		{"a name without a value has the empty value", []string{"architecture"}, Deployment{},
			&OptionError{Option: "architecture", Allowed: []string{"arm64", "x86_64"}}},
		{"an option may be unknown", []string{"architecture=arm64", "stage=dev"}, Deployment{},
			&OptionError{Option: "stage", Value: "dev", Allowed: []string{"architecture"}, Unknown: true}},
		{"an option's case matters", []string{"Architecture=arm64"}, Deployment{},
			&OptionError{Option: "Architecture", Value: "arm64", Allowed: []string{"architecture"}, Unknown: true}},
		{"an empty pair is an unknown option", []string{""}, Deployment{},
			&OptionError{Allowed: []string{"architecture"}, Unknown: true}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := FromPairs(test.pairs)
			requireDeployment(t, got, err, test.want, test.err)
		})
	}
}

func TestOptionErrorsNameWhatIsAllowed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		pairs []string
		want  string
	}{
		{"a wrong value is told with the right ones", []string{"architecture=mips"},
			`option architecture cannot be "mips": it is one of arm64, x86_64, for example -c architecture=arm64`},
		{"an unknown option is told with the known ones", []string{"stage=dev"},
			`there is no option "stage": the options are architecture`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := FromPairs(test.pairs)
			if err == nil || err.Error() != test.want {
				t.Errorf("FromPairs(%q): %v, want: %s", test.pairs, err, test.want)
			}
		})
	}
}

func TestNamesAreTheSpecifiedOnesWhateverTheArchitecture(t *testing.T) {
	t.Parallel()
	want := Names{
		Stack:            "retrycatch",
		FunctionRole:     "lambda_basic_execution",
		StateMachineRole: "step_functions_basic_execution",
		Function:         "MockAPIFunction",
		FunctionLogs:     "/aws/lambda/MockAPIFunction",
		StateMachine:     "MyAPIStateMachine",
		StateMachineLogs: "/aws/vendedlogs/states/MyAPIStateMachine",
	}
	for _, architecture := range []Architecture{ARM64, X8664} {
		t.Run(string(architecture), func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(want, Deployment{Architecture: architecture}.Names()); diff != "" {
				t.Errorf("the names differ (-want +got):\n%s", diff)
			}
		})
	}
}

// requireDeployment wants either the deployment or the error.
func requireDeployment(t *testing.T, got Deployment, err error, want Deployment, wantErr *OptionError) {
	t.Helper()
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	var option *OptionError
	if err != nil && !errors.As(err, &option) {
		t.Fatalf("the error is a %T, not an OptionError: %v", err, err)
	}
	if diff := cmp.Diff(wantErr, option); diff != "" {
		t.Errorf("the error differs (-want +got):\n%s", diff)
	}
}

package deployment

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStacks(t *testing.T) {
	t.Parallel()
	type stackFields struct{ ID, Name, Region string }
	name := defaultNames.Stack
	tests := []struct {
		name       string
		deployment Deployment
		want       []stackFields
	}{
		{"no options", Deployment{}, []stackFields{{name, name, ""}}},
		{"stage", Deployment{Stage: "dev"}, []stackFields{{name + "-dev", name + "-dev", ""}}},
		{"one region", Deployment{Regions: []string{"eu-west-1"}},
			[]stackFields{{name + "-eu-west-1", name, "eu-west-1"}}},
		{"two regions, order kept", Deployment{Stage: "dev", Regions: []string{"us-east-1", "eu-west-1"}},
			[]stackFields{{name + "-dev-us-east-1", name + "-dev", "us-east-1"},
				{name + "-dev-eu-west-1", name + "-dev", "eu-west-1"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got []stackFields
			for _, s := range test.deployment.Stacks() {
				got = append(got, stackFields{s.ID, s.Names.Stack, s.Region})
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the stacks differ (-want +got):\n%s", diff)
			}
		})
	}
}

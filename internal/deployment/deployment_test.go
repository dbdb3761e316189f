package deployment

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStacks(t *testing.T) {
	t.Parallel()
	type stackFields struct{ ID, Name, Region string }
	tests := []struct {
		name       string
		deployment Deployment
		want       []stackFields
	}{
		{"no options", Deployment{}, []stackFields{{"retrycatch", "retrycatch", ""}}},
		{"stage", Deployment{Stage: "dev"}, []stackFields{{"retrycatch-dev", "retrycatch-dev", ""}}},
		{"one region", Deployment{Regions: []string{"eu-west-1"}},
			[]stackFields{{"retrycatch-eu-west-1", "retrycatch", "eu-west-1"}}},
		{"two regions, order kept", Deployment{Stage: "dev", Regions: []string{"us-east-1", "eu-west-1"}},
			[]stackFields{{"retrycatch-dev-us-east-1", "retrycatch-dev", "us-east-1"},
				{"retrycatch-dev-eu-west-1", "retrycatch-dev", "eu-west-1"}}},
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

package faults

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// brokenResources holds a valid log group and an invalid dashboard.
const brokenResources = `{"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/shop"}},
	"Board": {"Type": "AWS::CloudWatch::Dashboard", "DependsOn": "Group", "Properties": {"DashboardName": "board"}}}`

func TestDeletedResourcesListed(t *testing.T) {
	endpoint := startCloud(t)
	for name, test := range map[string]struct {
		behaviors []Behavior
		want      []string
	}{
		"on": {[]Behavior{DeletedResourcesListed()}, []string{"Board: DELETE_SKIPPED board",
			"Group: DELETE_COMPLETE /shop"}},
		"off": {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := Start(t, endpoint, Options{Behaviors: test.behaviors})
			s := newStackClient(p.URL)
			s.name = name
			s.create(t, templateWith(brokenResources))
			if status := s.awaitStatus(t); status != "ROLLBACK_COMPLETE" {
				t.Fatalf("got the status %s, want ROLLBACK_COMPLETE", status)
			}
			if diff := cmp.Diff(test.want, s.listedResources(t)); diff != "" {
				t.Errorf("resources (-want +got):\n%s", diff)
			}
		})
	}
}

package faults

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// broken is a template with a valid group and an invalid dashboard.
const broken = `{"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/shop"}},
	"Board": {"Type": "AWS::CloudWatch::Dashboard", "DependsOn": "Group", "Properties": {"DashboardName": "board"}}}`

func TestDeletedStaysListed(t *testing.T) {
	endpoint := cloud(t)
	for name, test := range map[string]struct {
		manners []Manner
		want    []string
	}{
		"on": {[]Manner{DeletedStaysListed()}, []string{"Board: DELETE_SKIPPED board",
			"Group: DELETE_COMPLETE /shop"}},
		"off": {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := Start(t, endpoint, Options{Manners: test.manners})
			s := stack(p.URL)
			s.name = name
			s.create(t, resources(broken))
			if status := s.status(t); status != "ROLLBACK_COMPLETE" {
				t.Fatalf("got the status %s, want ROLLBACK_COMPLETE", status)
			}
			if diff := cmp.Diff(test.want, s.listed(t)); diff != "" {
				t.Errorf("resources (-want +got):\n%s", diff)
			}
		})
	}
}

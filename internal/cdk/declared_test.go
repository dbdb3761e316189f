package cdk

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAssemblyResources(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, content := range map[string]string{"good": `{"Resources": {
		"Logs1": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aws/lambda/f"}},
		"Alarm2": {"Type": "AWS::CloudWatch::Alarm",
			"Properties": {"MetricName": "Errors", "AlarmName": {"Ref": "Name"}}},
		"Topic3": {"Type": "AWS::SNS::Topic"},
		"Metadata4": {"Type": "AWS::CDK::Metadata", "Condition": "Available"}}}`, "bad": `{`} {
		if err := os.WriteFile(filepath.Join(folder, name+".template.json"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		assembly Assembly
		stack    string
		want     []Declared
	}{
		"template": {Assembly{folder}, "good", []Declared{
			{"Alarm2", "AWS::CloudWatch::Alarm", "Alarm2"},
			{"Logs1", "AWS::Logs::LogGroup", "/aws/lambda/f"},
			{"Topic3", "AWS::SNS::Topic", "Topic3"},
		}},
		"no template":  {Assembly{folder}, "other", nil},
		"invalid JSON": {Assembly{folder}, "bad", nil},
		"no folder":    {Assembly{}, "good", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := test.assembly.Resources(test.stack)
			slices.SortFunc(got, func(a, b Declared) int { return strings.Compare(a.LogicalID, b.LogicalID) })
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the resources differ (-want +got):\n%s", diff)
			}
		})
	}
}

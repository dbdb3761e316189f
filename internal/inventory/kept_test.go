package inventory

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
)

const getTemplate = "CloudFormation.GetTemplate"

// withPolicies is a template in which each resource has a deletion policy, in JSON.
func withPolicies(policies map[Resource]string) awsstub.Answer {
	var resources []string
	for r, policy := range policies {
		resources = append(resources, fmt.Sprintf(`%q: {"Type": %q, "DeletionPolicy": %s}`, awsstub.LogicalID(string(r.Kind), r.ID), r.Kind, policy))
	}
	return awsstub.Template(`{"Resources": {` + strings.Join(resources, ", ") + `}}`)
}

func kept(t *testing.T, stub *awsstub.Stub) ([]Resource, error) {
	contents, err := StackContents(t.Context(), stub.Config(), awsstub.StackARN)
	return contents.Kept, err
}

func TestKept(t *testing.T) {
	t.Parallel()
	other := Resource{LogGroup, "/aws/vendedlogs/states/MyAPIStateMachine"}
	tests := []struct {
		name     string
		template awsstub.Answer
		want     []Resource
	}{
		{"Retain keeps", withPolicies(map[Resource]string{group: `"Retain"`}), []Resource{group}},
		{"RetainExceptOnCreate keeps", withPolicies(map[Resource]string{group: `"RetainExceptOnCreate"`}), []Resource{group}},
		{"Delete does not", withPolicies(map[Resource]string{group: `"Delete"`}), nil},
		{"Snapshot does not", withPolicies(map[Resource]string{group: `"Snapshot"`}), nil},
		{"null does not", withPolicies(map[Resource]string{group: `null`}), nil},
		{"each by its own policy, in the order of the stack", withPolicies(map[Resource]string{other: `"Retain"`, group: `"RetainExceptOnCreate"`, role: `"Delete"`}),
			[]Resource{group, other}},
		{"what the template keeps and the stack does not have is nothing", withPolicies(map[Resource]string{function: `"Retain"`}), nil},
		{"a physical name is not a logical one", awsstub.Template(`{"Resources": {"/aws/lambda/MockAPIFunction": {"DeletionPolicy": "Retain"}}}`), nil},
		{"a template without policies keeps nothing", awsstub.Template(`{"Resources": {"Group": {"Type": "AWS::Logs::LogGroup"}}}`), nil},
		{"a template without resources keeps nothing", awsstub.Template(`{}`), nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(getTemplate, test.template).On(listStackResources,
				awsstub.StackResources("second", [2]string{string(role.Kind), role.ID}, [2]string{string(other.Kind), other.ID}),
				awsstub.StackResources("", [2]string{string(group.Kind), group.ID}, [2]string{string(function.Kind), ""}))
			got, err := kept(t, stub)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("what is kept differs (-want +got):\n%s", diff)
			}
			if asked := *stub.Inputs(getTemplate)[0].(*cloudformation.GetTemplateInput).StackName; asked != awsstub.StackARN {
				t.Errorf("asked for the template of %s", asked)
			}
		})
	}
}

func TestAStackWithoutResourcesIsNotAskedForItsTemplate(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]awsstub.Answer{
		"none at all":               awsstub.StackResources(""),
		"none that has come to be":  awsstub.StackResources("", [2]string{string(group.Kind), ""}),
		"none but a topic's policy": awsstub.StackResources("", [2]string{"AWS::SNS::TopicPolicy", "policy"}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The stub fails the test when it is asked for what it has no answer to.
			got, err := kept(t, awsstub.New(t).On(listStackResources, answer))
			if err != nil || got != nil {
				t.Errorf("kept are %v, the error is %v", got, err)
			}
		})
	}
}

func TestWhetherAnythingIsKeptMayBeUnknown(t *testing.T) {
	t.Parallel()
	listed := awsstub.StackResources("", [2]string{string(group.Kind), group.ID})
	tests := []struct {
		name                string
		resources, template awsstub.Answer
		want                string
	}{
		{"resources that may not be listed", awsstub.Denied(), nil, awsstub.DeniedText + "ListStackResources"},
		{"a template that may not be read", listed, awsstub.Denied(), awsstub.DeniedText + "GetTemplate"},
		{"a template in YAML", listed, awsstub.Template("Resources:\n  Group:\n    DeletionPolicy: Retain\n"), "which the CDK writes as JSON"},
		{"a template of which a part is missing", listed, awsstub.Template(`{"Resources": {"Group"`), "which the CDK writes as JSON"},
		{"no template", listed, awsstub.XML(), "which the CDK writes as JSON"},
		{"a policy that is no text", listed, withPolicies(map[Resource]string{group: `["Retain"]`}), "which the CDK writes as JSON"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(t).On(listStackResources, test.resources)
			if test.template != nil {
				stub.On(getTemplate, test.template)
			}
			got, err := kept(t, stub)
			requireError(t, err, test.want)
			requireError(t, err, awsstub.StackARN)
			if got != nil {
				t.Errorf("kept are %v beside the error", got)
			}
		})
	}
}

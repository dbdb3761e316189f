package health

import (
	"testing"

	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/inventory"
	"retrycatch/internal/resource"
)

func TestDiagnose(t *testing.T) {
	t.Parallel()
	role := inventory.Member{Resource: resource.Resource{Kind: resource.Role, ID: "r"}}
	queue := inventory.Member{Resource: resource.Resource{Kind: "AWS::SQS::Queue", ID: "q"}}
	denied := &smithy.OperationError{ServiceID: "IAM", OperationName: "GetRole",
		Err: &smithy.GenericAPIError{Code: "AccessDenied"}}
	exists := resource.Observation{Exists: true}
	tests := []struct {
		name     string
		resource Resource
		want     Diagnosis
	}{
		{"healthy", Resource{Member: role, Seen: exists}, Diagnosis{Revertible: true}},
		{"missing", Resource{Member: role}, Diagnosis{Faults: []string{"the IAM role r is missing"}}},
		{"denied read", Resource{Member: role, ObserveErr: denied},
			Diagnosis{Revertible: true, Unchecked: []string{"IAM role r"}, MissingActions: []string{"iam:GetRole"}}},
		{"denied read, deleted in CloudFormation",
			Resource{Member: role, ObserveErr: denied, Drift: inventory.Drift{Status: inventory.Deleted}, Revertible: true},
			Diagnosis{Revertible: true, Faults: []string{"the IAM role r is missing"}}},
		{"edited", Resource{Member: role, Seen: exists,
			Drift: inventory.Drift{Status: inventory.Modified, Paths: []string{"/A"}}, Revertible: true},
			Diagnosis{Revertible: true, Faults: []string{"the IAM role r was edited outside of CloudFormation: /A"}}},
		{"failed function", Resource{Member: inventory.Member{Resource: resource.Resource{Kind: resource.Function,
			ID: "f"}}, Seen: resource.Observation{Exists: true, State: "Failed"}},
			Diagnosis{Faults: []string{"the Lambda function f is in the state Failed"}}},
		{"state machine being deleted", Resource{Member: inventory.Member{Resource: resource.Resource{
			Kind: resource.StateMachine, ID: "m"}}, Seen: resource.Observation{Exists: true, State: "DELETING"}},
			Diagnosis{Faults: []string{"the state machine m is in the state DELETING"}}},
		{"resource of an unknown kind", Resource{Member: queue, ObserveErr: &resource.UnprovenError{}},
			Diagnosis{Revertible: true}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, Diagnose([]Resource{test.resource})); diff != "" {
				t.Errorf("the diagnosis differs (-want +got):\n%s", diff)
			}
		})
	}
}

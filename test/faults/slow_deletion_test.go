package faults

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/go-cmp/cmp"
)

func TestSlowStateMachineDeletion(t *testing.T) {
	endpoint := startCloud(t)
	for name, test := range map[string]struct {
		behaviors []Behavior
		want      []string
	}{
		"on": {[]Behavior{SlowStateMachineDeletion(2)}, []string{"ACTIVE", "StateMachineDeleting",
			"DELETING", "DELETING", "StateMachineDoesNotExist", ""}},
		"off": {nil, []string{"ACTIVE", "", "ACTIVE", "ACTIVE", "ACTIVE", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			arn := createMachine(t, endpoint, name)
			client := sfn.NewFromConfig(sdkConfig(Start(t, endpoint, Options{Behaviors: test.behaviors}).URL))
			describe := func() string {
				out, err := client.DescribeStateMachine(t.Context(), &sfn.DescribeStateMachineInput{
					StateMachineArn: &arn})
				if err != nil {
					return errorCode(err)
				}
				return string(out.Status)
			}
			create := func() string {
				_, err := client.CreateStateMachine(t.Context(), machineInput(name))
				return errorCode(err)
			}
			got := []string{describe()}
			_, err := client.DeleteStateMachine(t.Context(), &sfn.DeleteStateMachineInput{StateMachineArn: &arn})
			mustSucceed(t, err)
			got = append(got, create(), describe(), describe(), describe(), create())
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("statuses and error codes before and after DeleteStateMachine (-want +got):\n%s", diff)
			}
		})
	}
}

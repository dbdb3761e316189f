package faults

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/go-cmp/cmp"
)

func TestSlowDeleting(t *testing.T) {
	endpoint := cloud(t)
	for name, test := range map[string]struct {
		manners []Manner
		want    []string
	}{
		"on": {[]Manner{SlowDeleting(2)}, []string{"ACTIVE", "StateMachineDeleting",
			"DELETING", "DELETING", "StateMachineDoesNotExist", ""}},
		"off": {nil, []string{"ACTIVE", "", "ACTIVE", "ACTIVE", "ACTIVE", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			arn := createMachine(t, endpoint, name)
			client := sfn.NewFromConfig(config(Start(t, endpoint, Options{Manners: test.manners}).URL))
			describe := func() string {
				out, err := client.DescribeStateMachine(t.Context(), &sfn.DescribeStateMachineInput{
					StateMachineArn: &arn})
				if err != nil {
					return code(err)
				}
				return string(out.Status)
			}
			create := func() string {
				_, err := client.CreateStateMachine(t.Context(), machine(name))
				return code(err)
			}
			got := []string{describe()}
			_, err := client.DeleteStateMachine(t.Context(), &sfn.DeleteStateMachineInput{StateMachineArn: &arn})
			check(t, err)
			got = append(got, create(), describe(), describe(), describe(), create())
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("answers before and after the deletion (-want +got):\n%s", diff)
			}
		})
	}
}

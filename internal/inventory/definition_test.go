package inventory

import (
	"testing"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/resource"
)

func TestTemplateDefinition(t *testing.T) {
	t.Parallel()
	logicalID := awsstub.LogicalID(string(resource.StateMachine), awsstub.StateMachineARN)
	template := func(definition string) awsstub.Answer {
		return awsstub.Template(`{"Resources": {"` + logicalID + `": {"Properties": {"DefinitionString": ` +
			definition + `}}}}`)
	}
	const sub = `{"Fn::Sub": ["{\"StartAt\": \"${!A}\", \"Resource\": \"${Arn}\", \"TimeoutSeconds\": 5}", {"Arn": ` +
		`{"Fn::GetAtt": ["F", "Arn"]}}]}`
	tests := []struct {
		name, definition, actual string
		matches                  bool
	}{
		{"values for placeholders", sub, `{"StartAt": "${A}", "Resource": "arn:aws:lambda", "TimeoutSeconds": 5}`, true},
		{"different white space and order", sub, `{"TimeoutSeconds":5,"Resource":"arn:aws:lambda","StartAt":"${A}"}`, true},
		{"different number", sub, `{"StartAt": "${A}", "Resource": "arn:aws:lambda", "TimeoutSeconds": 6}`, false},
		{"different escaped placeholder", sub, `{"StartAt": "B", "Resource": "arn:aws:lambda", "TimeoutSeconds": 5}`,
			false},
		{"plain text", `"{\"StartAt\": \"A\"}"`, `{"StartAt": "A"}`, true},
		{"different text", `"{\"StartAt\": \"A\"}"`, `{"StartAt": "B"}`, false},
		{"Fn::Sub with one argument", `{"Fn::Sub": "{\"Resource\": \"${F.Arn}\"}"}`, `{"Resource": "arn"}`, true},
		{"unsupported intrinsic function", `{"Fn::Join": ["", []]}`, `{}`, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			definition, err := readStack(t, template(test.definition),
				awsstub.StateMachineARN).Definition(awsstub.StateMachineARN)
			if err != nil {
				t.Fatal(err)
			}
			if got := definition.Matches(test.actual); got != test.matches {
				t.Errorf("got matches %t, want %t", got, test.matches)
			}
			if !definition.Updated.Equal(awsstub.Created) {
				t.Errorf("got Updated %v, want %v", definition.Updated, awsstub.Created)
			}
		})
	}
	for name, record := range map[string]Record{
		"unreadable template":   readStack(t, awsstub.Template("{]"), awsstub.StateMachineARN),
		"another state machine": readStack(t, template(sub), "arn:other"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := record.Definition(awsstub.StateMachineARN); err == nil {
				t.Error("got a definition, want an error")
			}
		})
	}
}

// readStack returns the record of a stack with one state machine.
func readStack(t *testing.T, template awsstub.Answer, stateMachineARN string) Record {
	t.Helper()
	stub := awsstub.New(t).On("CloudFormation.GetTemplate", template).
		On("CloudFormation.ListStackResources", awsstub.StackResources("",
			[2]string{string(resource.StateMachine), stateMachineARN}))
	record, err := ReadRecord(t.Context(), stub.Config(),
		&Stack{Name: "retrycatch", ARN: awsstub.StackARN, Status: "UPDATE_COMPLETE"})
	if err != nil {
		t.Fatal(err)
	}
	return record
}

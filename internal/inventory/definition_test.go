package inventory

import (
	"testing"
	"time"

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
	const sub = `{"Fn::Sub": ["{\"StartAt\": \"${!A}\", \"Resource\": \"${Arn}\", \"TimeoutSeconds\": 5}", {"Arn": {"Fn::GetAtt": ["F", "Arn"]}}]}`
	tests := []struct {
		name, definition, actual string
		fits                     bool
	}{
		{"the template's with its values", sub, `{"StartAt": "${A}", "Resource": "arn:aws:lambda", "TimeoutSeconds": 5}`, true},
		{"written in another way", sub, `{"TimeoutSeconds":5,"Resource":"arn:aws:lambda","StartAt":"${A}"}`, true},
		{"another number", sub, `{"StartAt": "${A}", "Resource": "arn:aws:lambda", "TimeoutSeconds": 6}`, false},
		{"another escaped placeholder", sub, `{"StartAt": "B", "Resource": "arn:aws:lambda", "TimeoutSeconds": 5}`,
			false},
		{"a text alone", `"{\"StartAt\": \"A\"}"`, `{"StartAt": "A"}`, true},
		{"another text", `"{\"StartAt\": \"A\"}"`, `{"StartAt": "B"}`, false},
		{"Fn::Sub of a text alone", `{"Fn::Sub": "{\"Resource\": \"${F.Arn}\"}"}`, `{"Resource": "arn"}`, true},
		{"a function that cannot be read", `{"Fn::Join": ["", []]}`, `{}`, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			definition, err := readStack(t, template(test.definition),
				awsstub.StateMachineARN).Definition(awsstub.StateMachineARN)
			if err != nil {
				t.Fatal(err)
			}
			if fits := definition.Fits(test.actual); fits != test.fits {
				t.Errorf("fits is %v", fits)
			}
			if !definition.Updated.Equal(time.Date(2026, time.January, 2, 3, 4, 5, 0, time.UTC)) {
				t.Errorf("it was updated at %v", definition.Updated)
			}
		})
	}
	for name, record := range map[string]Record{
		"a template that cannot be read": readStack(t, awsstub.Template("{]"), awsstub.StateMachineARN),
		"another state machine":          readStack(t, template(sub), "arn:other"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := record.Definition(awsstub.StateMachineARN); err == nil {
				t.Error("there is a definition")
			}
		})
	}
}

// readStack reads the record of a stack that has one state machine.
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

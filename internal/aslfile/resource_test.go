package aslfile

import (
	"errors"
	"testing"

	"retrycatch/internal/problem"
)

func TestResource(t *testing.T) {
	t.Parallel()
	const two = `{"Resources":{
		"One":{"Type":"AWS::StepFunctions::StateMachine","Properties":{"Definition":{"StartAt":"1","States":{}}}},
		"Two":{"Type":"AWS::Serverless::StateMachine","Properties":{"Definition":{"StartAt":"2","States":{}}}}}}`
	for name, test := range map[string]struct{ file, resource, want, next string }{
		"first":  {two, "One", "", ""},
		"second": {two, "Two", "", ""},
		"not given": {
			two,
			"",
			"the template has 2 state machines: One, Two",
			"retrycatch graph --definition 'd e/f' --definition-resource One",
		},
		"unknown": {
			two,
			"Three",
			"the template has no state machine Three; its state machines: One, Two",
			"retrycatch graph --definition 'd e/f' --definition-resource One",
		},
		"only one": {newTemplate(`{"Definition":` + sample + `}`), "M", "", ""},
		"not a template": {
			sample,
			"M",
			"cannot read a definition from d e/f: it has no resources to choose from",
			"leave out --definition-resource",
		},
		"other resource type": {
			newTemplate(`{"Definition":` + sample + `}`),
			"Q",
			"the template has no state machine Q; its state machines: M",
			"retrycatch graph --definition 'd e/f' --definition-resource M",
		},
		"control characters": {
			two,
			"\x1b[31m",
			"the template has no state machine  [31m; its state machines: One, Two",
			"retrycatch graph --definition 'd e/f' --definition-resource One",
		},
		"DescribeStateMachine": {
			`{"name":"M","definition":` + quoteJSON(sample) + `}`,
			"M",
			"cannot read a definition from d e/f: it has no resources to choose from",
			"leave out --definition-resource",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := Source{Name: "d e/f", Data: []byte(test.file), Resource: test.resource}.Definition()
			if test.want != "" {
				requireProblem(t, err, test.want, test.next)
			} else if err != nil || d.Name != test.resource {
				t.Errorf("got name %q and error %v, want name %q", d.Name, err, test.resource)
			}
		})
	}
}

func requireProblem(t *testing.T, err error, want, next string) {
	t.Helper()
	p := (*problem.Problem)(nil)
	if !errors.As(err, &p) {
		t.Fatalf("got %v, want a problem", err)
	}
	if p.Error() != want || p.Next != next {
		t.Errorf("got\n%s\n%s\nwant\n%s\n%s", p.Error(), p.Next, want, next)
	}
}

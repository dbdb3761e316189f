package cdk

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// result holds the results of an OutputSplitter.
type result struct {
	passed, kept string
	remarks      string
	steps        []string
	began        bool
}

// split writes output in parts to an OutputSplitter for the stack.
func split(stack, name string, parts []string) (r result) {
	s := &OutputSplitter{StackID: stack, StackName: name, Pass: func(text []byte) { r.passed += string(text) },
		Step: func(text string) { r.steps = append(r.steps, text) }, Deploying: func() { r.began = true }}
	for _, part := range parts {
		_, _ = s.Write([]byte(part))
	}
	r.kept, r.remarks = s.Kept(), s.Remarks()
	return r
}

// The CDK CLI 2.1148.1 prints this output on a terminal.
const (
	stepLines = "\r\n✨  Synthesis time: 0.1s\r\n\r\nretrycatch: start: Building Function/Code\r\n" +
		"\x1b[1mretrycatch\x1b[22m: creating CloudFormation changeset...\r\n"
	question   = "IAM Statement Changes\r\n┌───┐\r\n\r\n(NOTE: more)\r\n\r\nDo you wish to deploy these changes? (y/n) "
	deployLine = "\x1b[1mretrycatch\x1b[22m: deploying... [1/1]\r\n"
	summary    = "\r\n ✅  retrycatch\r\n\r\n✨  Deployment time: 3.1s\r\n\r\nOutputs:\r\n" +
		"\x1b[36mretrycatch\x1b[39m.\x1b[36mFunctionArn\x1b[39m = arn\r\nStack ARN:\r\narn:aws:x\r\n\r\n✨  Total time: 4s\r\n"
)

func TestOutputSplitter(t *testing.T) {
	t.Parallel()
	steps := []string{"start: Building Function/Code", "creating CloudFormation changeset..."}
	const (
		failure     = "retrycatch: fail: Access Denied\r\n"
		lateWarning = "\x1b[33mThe stack is still stabilizing\x1b[39m\r\n"
		rollback    = "Roll back first and then proceed with deployment (y/n) "
	)
	for name, test := range map[string]struct {
		output string
		want   result
	}{
		"no question": {stepLines + deployLine + summary, result{kept: summary, steps: steps, began: true}},
		"question":    {stepLines + question, result{passed: question, steps: steps}},
		"late warning": {deployLine + lateWarning + summary,
			result{kept: lateWarning + summary, remarks: lateWarning, began: true}},
		"answer": {stepLines + question + "y\r\n" + deployLine + summary,
			result{passed: question + "y\r\n", kept: summary, steps: steps, began: true}},
		"failed asset":         {stepLines + failure, result{passed: failure, steps: steps}},
		"warning":              {"warning\r\n" + stepLines, result{passed: "warning\r\n", steps: steps}},
		"another stack's step": {"other: start: x\r\n", result{passed: "other: start: x\r\n"}},
		"rollback question": {deployLine + "a\r\n" + rollback + "y\r\nb\r\n",
			result{passed: rollback + "y\r\n", kept: "a\r\nb\r\n", remarks: "a\r\nb\r\n", began: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for in, parts := range map[string][]string{"bytes": strings.Split(test.output, ""),
				"parts": strings.SplitAfter(test.output, "(y/n) ")} { // the CDK CLI waits after a question
				got := split("retrycatch", "", parts)
				if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(result{})); diff != "" {
					t.Errorf("output written in %s: the results differ (-want +got):\n%s", in, diff)
				}
			}
		})
	}
}

// TestOutputSplitterStackID splits the output for a stack whose ID differs from its name.
func TestOutputSplitterStackID(t *testing.T) {
	t.Parallel()
	const output = "retrycatch: start: Building Function/Code\r\nretrycatch: creating CloudFormation changeset...\r\n" +
		"retrycatch-eu-west-1 (retrycatch): deploying... [1/1]\r\n" + summary
	got := split("retrycatch-eu-west-1", "retrycatch", strings.Split(output, ""))
	steps := []string{"start: Building Function/Code", "creating CloudFormation changeset..."}
	// The outputs in the summary start with another stack's ID, so they become remarks.
	got.remarks = ""
	want := result{kept: summary, steps: steps, began: true}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(result{})); diff != "" {
		t.Errorf("the results differ (-want +got):\n%s", diff)
	}
}

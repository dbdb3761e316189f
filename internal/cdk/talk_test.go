package cdk

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// heard holds the results of a Talk.
type heard struct {
	passed, kept string
	remarks      string
	steps        []string
	began        bool
}

// hear passes an output to a Talk in parts.
func hear(parts ...string) (h heard) {
	t := &Talk{Stack: "retrycatch", Pass: func(text []byte) { h.passed += string(text) },
		Step: func(text string) { h.steps = append(h.steps, text) }, Deploying: func() { h.began = true }}
	for _, part := range parts {
		_, _ = t.Write([]byte(part))
	}
	h.kept, h.remarks = t.Kept(), t.Remarks()
	return h
}

// These are texts of the CDK CLI 2.1148.1 on a terminal.
const (
	work = "\r\n✨  Synthesis time: 0.1s\r\n\r\nretrycatch: start: Building Function/Code\r\n" +
		"\x1b[1mretrycatch\x1b[22m: creating CloudFormation changeset...\r\n"
	question = "IAM Statement Changes\r\n┌───┐\r\n\r\n(NOTE: more)\r\n\r\nDo you wish to deploy these changes? (y/n) "
	deploys  = "\x1b[1mretrycatch\x1b[22m: deploying... [1/1]\r\n"
	end      = "\r\n ✅  retrycatch\r\n\r\n✨  Deployment time: 3.1s\r\n\r\nOutputs:\r\n" +
		"\x1b[36mretrycatch\x1b[39m.\x1b[36mFunctionArn\x1b[39m = arn\r\nStack ARN:\r\narn:aws:x\r\n\r\n✨  Total time: 4s\r\n"
)

func TestTalk(t *testing.T) {
	t.Parallel()
	steps := []string{"start: Building Function/Code", "creating CloudFormation changeset..."}
	const (
		failure  = "retrycatch: fail: Access Denied\r\n"
		late     = "\x1b[33mThe stack is still stabilizing\x1b[39m\r\n"
		rollback = "Roll back first and then proceed with deployment (y/n) "
	)
	for name, test := range map[string]struct {
		output string
		want   heard
	}{
		"no question":  {work + deploys + end, heard{kept: end, steps: steps, began: true}},
		"question":     {work + question, heard{passed: question, steps: steps}},
		"late warning": {deploys + late + end, heard{kept: late + end, remarks: late, began: true}},
		"answer": {work + question + "y\r\n" + deploys + end,
			heard{passed: question + "y\r\n", kept: end, steps: steps, began: true}},
		"failed asset":         {work + failure, heard{passed: failure, steps: steps}},
		"warning":              {"warning\r\n" + work, heard{passed: "warning\r\n", steps: steps}},
		"another stack's step": {"other: start: x\r\n", heard{passed: "other: start: x\r\n"}},
		"question about a state": {deploys + "a\r\n" + rollback + "y\r\nb\r\n",
			heard{passed: rollback + "y\r\n", kept: "a\r\nb\r\n", remarks: "a\r\nb\r\n", began: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for in, parts := range map[string][]string{"bytes": strings.Split(test.output, ""),
				"parts": strings.SplitAfter(test.output, "(y/n) ")} { // an answer comes after its question
				if diff := cmp.Diff(test.want, hear(parts...), cmp.AllowUnexported(heard{})); diff != "" {
					t.Errorf("written in %s, the results differ (-want +got):\n%s", in, diff)
				}
			}
		})
	}
}

// TestTalkOfSeveralRegions has the texts about a stack whose ID is not its name.
func TestTalkOfSeveralRegions(t *testing.T) {
	t.Parallel()
	const output = "retrycatch: start: Building Function/Code\r\nretrycatch: creating CloudFormation changeset...\r\n" +
		"retrycatch-eu-west-1 (retrycatch): deploying... [1/1]\r\n" + end
	var h heard
	talk := &Talk{Stack: "retrycatch-eu-west-1", Name: "retrycatch", Pass: func(text []byte) { h.passed += string(text) },
		Step: func(text string) { h.steps = append(h.steps, text) }, Deploying: func() { h.began = true }}
	for part := range strings.SplitSeq(output, "") {
		_, _ = talk.Write([]byte(part))
	}
	h.kept = talk.Kept()
	steps := []string{"start: Building Function/Code", "creating CloudFormation changeset..."}
	want := heard{kept: end, steps: steps, began: true}
	if diff := cmp.Diff(want, h, cmp.AllowUnexported(heard{})); diff != "" {
		t.Error(diff)
	}
}

package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/inventory"
	"retrycatch/internal/teardown"
)

// What became of resources of a stack.
var (
	goneRole  = teardown.Item{Resource: inventory.Resource{Kind: inventory.Role, ID: "lambda_basic_execution"}, Fate: teardown.WithTheStack, Gone: true, Proof: "iam:GetRole: NoSuchEntity"}
	leftTopic = teardown.Item{Resource: inventory.Resource{Kind: inventory.Topic, ID: awsstub.TopicARN}, Fate: teardown.WithTheStack, Proof: "sns:GetTopicAttributes: found"}
	keptGroup = teardown.Item{Resource: inventory.Resource{Kind: inventory.LogGroup, ID: "/aws/lambda/MockAPIFunction"}, Fate: teardown.Kept, Proof: "logs:DescribeLogGroups: found"}
	// One that was to stay, and was gone already: the stack had rolled back its creation, or somebody has deleted it.
	goneGroup = teardown.Item{Resource: keptGroup.Resource, Fate: teardown.Kept, Gone: true, Proof: "logs:DescribeLogGroups: not listed"}
)

func TestATeardownSaysWhatIsGoneAndWhatIsKept(t *testing.T) {
	t.Parallel()
	const done = "✓ The stack retrycatch is deleted, and none of the %d resources that go with it exists any more.%s\n"
	tests := []struct {
		name   string
		report teardown.Report
		fates  []string // what the table says of each
		said   string
	}{
		{"all is gone", teardown.Report{Items: []teardown.Item{goneRole}}, []string{"✓ gone"}, fmt.Sprintf(done, 1, "")},
		{"executions were stopped", teardown.Report{Stopped: 1, Items: []teardown.Item{goneRole}}, []string{"✓ gone"}, fmt.Sprintf(done, 1, " 1 execution stopped.")},
		{"a log group is kept", teardown.Report{Items: []teardown.Item{goneRole, keptGroup}}, []string{"✓ gone", "● kept"},
			fmt.Sprintf(done, 1, " The log group /aws/lambda/MockAPIFunction is kept; to remove it, run `aws logs delete-log-group --log-group-name /aws/lambda/MockAPIFunction`.")},
		{"a log group was to be kept, and is not there", teardown.Report{Items: []teardown.Item{goneRole, goneGroup}}, []string{"✓ gone", "✓ gone"}, fmt.Sprintf(done, 2, "")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			console, out, err := consoleOf("")
			if err := (&app{console: console}).showTeardown(&target{stackName: "retrycatch"}, test.report, nil, destroyOptions{output: outputText}); err != nil {
				t.Fatal(err)
			}
			var fates []string
			for line := range strings.Lines(out.String()) {
				if cells := strings.Split(line, "│"); len(cells) == 7 && !strings.Contains(line, "Resource") {
					fates = append(fates, strings.TrimSpace(cells[4]))
				}
			}
			if diff := cmp.Diff(test.fates, fates); diff != "" {
				t.Errorf("the table differs (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.said, err.String()); diff != "" {
				t.Errorf("what is said differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestATeardownThatDidNotFinishIsABadResult(t *testing.T) {
	t.Parallel()
	again := "run retrycatch destroy again: it goes on where this ended"
	tests := []struct {
		name   string
		report teardown.Report
		err    error
		force  bool
		want   []string // what happened and what to do, a part of each
	}{
		{"something is left of a deleted stack", teardown.Report{Items: []teardown.Item{goneRole, keptGroup, leftTopic}}, nil, false,
			[]string{"the teardown did not finish; left: topic retrycatch-alarms", "aws sns delete-topic --topic-arn " + awsstub.TopicARN}},
		{"the stack was not deleted", teardown.Report{Items: []teardown.Item{leftTopic}}, errors.New("DELETE_FAILED"), false,
			[]string{"the teardown did not finish; left: topic retrycatch-alarms", again}},
		{"CloudFormation could not delete it", teardown.Report{Items: []teardown.Item{leftTopic}}, &teardown.FailedError{Stack: "retrycatch", Status: "DELETE_FAILED"}, false,
			[]string{"the teardown did not finish; left: topic retrycatch-alarms", "with --force it removes them"}},
		{"CloudFormation could not delete it, with force", teardown.Report{Items: []teardown.Item{leftTopic}}, &teardown.FailedError{Stack: "retrycatch", Status: "DELETE_FAILED"}, true,
			[]string{"the teardown did not finish; left: topic retrycatch-alarms", again}},
		{"nothing was asked for", teardown.Report{}, errors.New("throttled"), false, []string{"the teardown did not finish", again}},
		{"an interrupt", teardown.Report{Items: []teardown.Item{leftTopic}}, context.Canceled, false, []string{"the teardown was interrupted", again}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			console, _, said := consoleOf("")
			err := (&app{console: console}).showTeardown(&target{stackName: "retrycatch"}, test.report, test.err, destroyOptions{output: outputText, force: test.force})
			requireProblems(t, err, test.want...)
			if result := (*badResult)(nil); !errors.As(err, &result) {
				t.Errorf("%v is no bad result", err)
			}
			if strings.Contains(err.Error(), "log group") || said.Len() > 0 {
				t.Errorf("what is kept is called left, or it is said to be done: %v %s", err, said)
			}
		})
	}
}

func TestATeardownIsADocument(t *testing.T) {
	t.Parallel()
	console, out, _ := consoleOf("")
	report := teardown.Report{Stack: awsstub.StackARN, Stopped: 2, Items: []teardown.Item{goneRole, keptGroup}}
	if err := (&app{console: console}).showTeardown(&target{stackName: "retrycatch"}, report, nil, destroyOptions{output: outputJSON}); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"stack": awsstub.StackARN, "executionsStopped": 2.0, "resources": []any{
		map[string]any{"type": "AWS::IAM::Role", "name": "lambda_basic_execution", "how": "with the stack", "gone": true, "proof": "iam:GetRole: NoSuchEntity"},
		map[string]any{"type": "AWS::Logs::LogGroup", "name": "/aws/lambda/MockAPIFunction", "how": "kept", "gone": false, "kept": true, "proof": "logs:DescribeLogGroups: found"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the document differs (-want +got):\n%s", diff)
	}
}

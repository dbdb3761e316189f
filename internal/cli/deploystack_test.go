package cli

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/resource"
)

// roleEvent returns an event of the stack's role. The parameter "minute" counts from the stack's
// creation.
func roleEvent(minute int, status, reason string) awsstub.StackResource {
	return awsstub.StackResource{Kind: string(resource.Role), ID: functionRole, Status: status, Reason: reason,
		At: awsstub.Created.Add(time.Duration(minute) * time.Minute)}
}

// Stack events replace the CDK CLI's progress lines. Warnings, errors and lines of an unknown
// format are shown.
func TestDeployShowsProgress(t *testing.T) {
	t.Parallel()
	const (
		before  = "retrycatch-eu-west-1: start: Publishing\nwarning: look out\n"
		deploys = "retrycatch-eu-west-1: deploying... [1/1]\n"
		after   = "Outputs:\nretrycatch-eu-west-1.FunctionArn = arn\n"
	)
	mark := stackEvent(0, "CREATE_COMPLETE")
	updated := []awsstub.StackResource{stackEvent(4, "UPDATE_COMPLETE"), roleEvent(3, "UPDATE_COMPLETE", ""),
		roleEvent(2, "UPDATE_IN_PROGRESS", ""), stackEvent(1, "UPDATE_IN_PROGRESS")}
	failed := []awsstub.StackResource{roleEvent(3, "UPDATE_FAILED", "no permission"), updated[2], updated[3]}
	for name, test := range map[string]struct {
		output string
		code   int
		events []awsstub.StackResource // newest first
		want   string
	}{
		"update": {
			before + deploys + after,
			0,
			updated,
			"warning: look out\n✓ IAM role lambda_basic_execution updated in 1 min\n",
		},
		"late warning": {before + deploys + "warning: slow\n" + after, 0, updated,
			"warning: look out\n✓ IAM role lambda_basic_execution updated in 1 min\nwarning: slow\n"},
		"no change": {
			before + deploys + after,
			0,
			nil,
			"warning: look out\nCloudFormation has nothing to change.\n",
		},
		"output of an unknown format": {
			"at work\n",
			0,
			updated,
			"at work\n✓ IAM role lambda_basic_execution updated in 1 min\n",
		},
		"failure": {
			before + deploys + "❌ failed\n",
			1,
			failed,
			"warning: look out\n✗ IAM role lambda_basic_execution: not updated: no permission\n❌ failed\n",
		},
		"early failure":          {before + "❌ failed\n", 1, nil, "warning: look out\n❌ failed\n"},
		"somebody else's update": {before + "❌ failed\n", 1, updated, "warning: look out\n❌ failed\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cli, ran := fakeCDK(t)
			program := filepath.Join(cli.Project, "node_modules", ".bin", "cdk")
			script := fmt.Sprintf("#!/bin/sh\n[ \"$1\" = deploy ] || exit 0\ntouch '%s'\nprintf '%s'\nexit %d\n", ran,
				strings.ReplaceAll(test.output, "'", `'\''`), test.code)
			writeProgram(t, program, script)
			synctest.Test(t, func(t *testing.T) {
				stub := deployed(t, stackOf("UPDATE_COMPLETE"), everything...)
				stub.On("CloudFormation.DescribeStackEvents", func(call awsstub.Call) (*http.Response, error) {
					if !fileExists(ran) {
						return awsstub.Events("", mark)(call)
					}
					return awsstub.Events("", append(slices.Clip(test.events), mark)...)(call)
				})
				console, _, stderr := consoleOf("")
				err := (&app{console: console}).rollOut(t.Context(), rollout{cli: cli,
					targets: []*target{targetIn("eu-west-1", stub)},
					options: deployOptions{yes: true, output: outputText}, synthesis: startSynthesis(t, cli)})
				if (err != nil) != (test.code > 0) {
					t.Errorf("got the error %v; want an error: %t", err, test.code > 0)
				}
				_, got, _ := strings.Cut(stderr.String(), "Deploying retrycatch to account 111122223333, region eu-west-1.\n")
				got, _, _ = strings.Cut(got, "Examining")
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("standard error differs (-want +got):\n%s", diff)
				}
			})
		})
	}
}

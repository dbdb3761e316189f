package cli

import (
	"strings"
	"testing"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/safetext"
)

func TestInspectProblems(t *testing.T) {
	t.Parallel()
	name := historyFile(t, awsstub.ScenarioEvents(awsstub.AWS, "503"))
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"no execution", nil, "the argument EXECUTION is missing"},
		{"a name, but the file has none", []string{"503-a", "--file", name}, "does not contain the name of its execution"},
		{"events of another state", []string{"--file", name, "--events", "--step", "OK"}, `did not enter the state "OK"`},
		{
			"--watch with a file",
			[]string{"--file", name, "--watch"},
			"they do not work with --file\n  next: retrycatch inspect --file " + safetext.Word(name) + "\n",
		},
		{"--logs with a file", []string{"--file", name, "--logs"},
			"--watch, --logs and --all-logs need AWS, so they do not work with --file"},
		{
			"--events with JSON",
			[]string{"--file", name, "--events", "--output", "json"},
			"use --output json without --events and --step: the JSON has every event and step\n" +
				"  next: retrycatch inspect --file " + safetext.Word(name) + " --output json\n",
		},
		{"a missing file", []string{"--file", name + "x"}, "cannot read the history from " + name + "x: no such file"},
		{"an empty file", []string{"--file", writeTempFile(t, "")}, "is not an execution's history: it is empty"},
		{"white space", []string{"--file", writeTempFile(t, " \n\n")}, "is not an execution's history: it is empty"},
		{
			"text",
			[]string{"--file", writeTempFile(t, "EVENTS\t1")},
			"is not an execution's history: it is the text output of the AWS CLI",
		},
		{"invalid JSON", []string{"--file", writeTempFile(t, "{\n  \"events\": [}\n}")}, "at line 2, character 14"},
		{"truncated JSON", []string{"--file", writeTempFile(t, "{\n  \"events\": [")}, "it is truncated"},
		{"other JSON", []string{"--file", writeTempFile(t, "{}")}, "it has no list of events"},
		{"no events", []string{"--file", writeTempFile(t, `{"events": []}`)}, "its list of events is empty"},
		{
			"a misspelled state",
			[]string{"--file", name, "--step", "Call Api"},
			"the execution did not enter the state \"Call Api\"; did you mean Call API?\n" +
				"  next: retrycatch inspect --file " + safetext.Word(name) + " --step 'Call API'",
		},
		{"an empty state", []string{"--file", name, "--step", ""}, "--step must not be empty"},
		{
			"a number instead of a state",
			[]string{"--file", name, "--step", "1"},
			"the execution did not enter the state \"1\"; choose Call API or Server Unavailable\n" +
				"  next: retrycatch inspect --file " + safetext.Word(name) + " --step 'Call API'",
		},
		{"an invalid ARN", []string{"arn:aws"}, "arn:aws is not the ARN of an execution of a STANDARD state machine"},
		{
			"the ARN of an EXPRESS execution",
			[]string{"arn:aws:states:eu-west-1:111122223333:express:M:a:b"},
			"is not the ARN of an execution of a STANDARD state machine",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			code, out, stderr := runInspect("", test.args...)
			if code != exitUnable || out != "" || !strings.Contains(stderr, test.want) || strings.Count(stderr, "\n") != 2 {
				t.Errorf("got exit code %d, output %q and standard error\n%s\nwant %d, %q and a next step",
					code, out, stderr, exitUnable, test.want)
			}
		})
	}
}

func TestInspectOtherRegion(t *testing.T) {
	setCaller(t, userARN)
	code, _, stderr := runInspect("", "arn:aws:states:us-east-1:"+awsstub.Account+":execution:M:a")
	const want = "the execution is in account 111122223333, region us-east-1, " +
		"not in account 111122223333, region eu-west-1"
	if code != exitUnable || !strings.Contains(stderr, want) {
		t.Errorf("got exit code %d and standard error\n%s\nwant %d and %q", code, stderr, exitUnable, want)
	}
}

// Without EXECUTION, the next step is to inspect the latest execution of the configured deployment.
func TestInspectWithoutName(t *testing.T) {
	chdirProject(t, `{"context": {"stage": "dev"}}`)
	t.Setenv("CDK_CONTEXT", "")
	t.Setenv("AWS_REGION", "eu-west-1")
	for args, want := range map[string]string{"": "retrycatch inspect latest --stage dev --region eu-west-1",
		"--logs --region us-east-1": "retrycatch inspect --logs --region us-east-1 latest --stage dev"} {
		code, _, stderr := runInspect("", strings.Fields(args)...)
		if code != exitUnable || !strings.HasSuffix(stderr, "or latest\n  next: "+want+"\n") {
			t.Errorf("%q: got exit code %d and standard error\n%s\nwant %d and %q", args, code, stderr, exitUnable, want)
		}
	}
}

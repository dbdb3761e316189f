package cli

import (
	"fmt"
	"strings"
	"testing"
)

// logEvents returns the log events that a state machine wrote for three executions. Two of them
// have the same name.
func logEvents() string {
	const line = `{"id":"1","type":"ExecutionStarted","details":{"input":"{}"},"previous_event_id":"0",` +
		`"event_timestamp":"%d","execution_arn":"arn:aws:states:eu-west-1:111122223333:%s"}` + "\n"
	return fmt.Sprintf(line, 1714557600000, "express:M:a:1") +
		fmt.Sprintf(line, 1714557601000, "express:M:b:2") +
		fmt.Sprintf(line, 1714557602000, "express:M:b:3")
}

func TestExecutionInFile(t *testing.T) {
	t.Parallel()
	log := writeTempFile(t, logEvents())
	single := writeTempFile(t, strings.SplitAfter(logEvents(), "\n")[0])
	nameless := writeTempFile(t, `[{"id":1,"type":"ExecutionStarted","timestamp":1}]`)
	const arn = "arn:aws:states:eu-west-1:111122223333:express:M:"
	for name, test := range map[string]struct {
		execution, file string
		shows           string
		what, next      string
	}{
		"a name":                              {"a", log, "a RUNNING\n  ARN      " + arn + "a:1\n", "", ""},
		"an ARN":                              {arn + "b:2", log, "b RUNNING\n  ARN      " + arn + "b:2\n", "", ""},
		"latest":                              {"latest", log, "b RUNNING\n  ARN      " + arn + "b:3\n", "", ""},
		"the only name":                       {"a", single, "a RUNNING\n", "", ""},
		"latest in a file with one execution": {"latest", nameless, "RUNNING\n", "", ""},
		"no name given": {
			"",
			log,
			"",
			": it has the events of 3 executions, such as a, b, b",
			"retrycatch inspect --file " + log + " a\n",
		},
		"a shared name": {
			"b",
			log,
			"",
			` has 2 executions with the name "b"`,
			"retrycatch inspect --file " + log + " " + arn + "b:2\n",
		},
		"an unknown name": {"c", single, "", ` has no execution "c"`, "retrycatch inspect --file " + single + " a\n"},
		"a file without names": {
			"a",
			nameless,
			"",
			" does not contain the name of its execution",
			"  next: retrycatch inspect --file " + nameless,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := []string{"--file", test.file}
			if test.execution != "" {
				args = append(args, test.execution)
			}
			code, out, stderr := runInspect("", args...)
			if !strings.HasPrefix(out, test.shows) || !strings.Contains(stderr, test.what) ||
				!strings.Contains(stderr, test.next) ||
				(code == exitDone) != (test.what == "") {
				t.Errorf("got exit code %d, output\n%sand standard error\n%s\nwant output that begins with %q, "+
					"or the error %q and the next step %q", code, out, stderr, test.shows, test.what, test.next)
			}
		})
	}
}

// Partial names work for executions in a file as they do for executions on AWS.
func TestPartialNameInFile(t *testing.T) {
	t.Parallel()
	names := strings.NewReplacer(":a:", ":429-first:", ":b:2", ":429-second:2", ":b:3", ":503-second:3")
	log := writeTempFile(t, names.Replace(logEvents()))
	for part, want := range map[string]string{
		"503":    "503-second RUNNING\n",
		"first":  "429-first RUNNING\n",
		"429":    "",
		"second": "",
		"-":      "",
	} {
		code, out, stderr := runInspect("", "--file", log, part)
		if !strings.HasPrefix(out, want) || (code == exitDone) != (want != "") {
			t.Errorf("%q: got exit code %d, output\n%sand standard error\n%s\nwant the output prefix %q (empty: an error)",
				part, code, out, stderr, want)
		}
	}
}

func TestNextForFormat(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:states:eu-west-1:111122223333:"
	for name, test := range map[string]struct{ text, next string }{
		"output of start-execution": {
			`{"executionArn":"` + arn + `execution:M:a","startDate":1}`,
			"write a history with `aws stepfunctions get-execution-history --output json --region eu-west-1 " +
				"--execution-arn " + arn + "execution:M:a`",
		},
		"an EXPRESS execution": {
			`{"executionArn":"` + arn + `express:M:a:1","startDate":1,"status":"FAILED"}`,
			"`aws logs filter-log-events --output json --region eu-west-1 --log-group-name GROUP " +
				"--filter-pattern '{ $.execution_arn = \"" + arn + "express:M:a:1\" }'`",
		},
		"a definition": {`{"StartAt":"A","States":{}}`, "  next: retrycatch graph --definition -\n"},
		"JSON cut off at a maximum depth": {
			`[{"id":1,"type":"ExecutionStarted","timestamp":1,"executionStartedEventDetails":"@{input={}}"}]`,
			"`ConvertTo-Json -Depth 10`",
		},
		"events of two executions": {
			`[{"id":1,"type":"ExecutionStarted","timestamp":1},{"id":1,"type":"ExecutionStarted","timestamp":9}]`,
			"write a separate file for each",
		},
		"text output of the AWS CLI": {
			"EVENTS\t1",
			"write a history with `aws stepfunctions get-execution-history --output json --execution-arn ARN`",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out, stderr := runInspect(test.text, "--file", "-")
			if code != exitUnable || out != "" || !strings.Contains(stderr, "  next: ") ||
				!strings.Contains(stderr, test.next) {
				t.Errorf("got exit code %d, output\n%sand standard error\n%s\nwant %d and the next step %q", code, out, stderr,
					exitUnable, test.next)
			}
		})
	}
}

func TestEventsFromEveryFormat(t *testing.T) {
	t.Parallel()
	const compact = `[{"id":1,"type":"ExecutionStarted","timestamp":1,` +
		`"executionStartedEventDetails":{"input":"{}","inputDetails":{"truncated":false}}}]`
	_, want, _ := runInspect(compact, "--events", "--file", "-")
	for name, text := range map[string]string{
		"indented": `[
  {
    "id": 1, "type": "ExecutionStarted", "timestamp": 1,
    "executionStartedEventDetails": {
      "input": "{}",
      "inputDetails": {
        "truncated": false
      }
    }
  }
]`,
		"PascalCase": `[{"Id":1,"Type":"ExecutionStarted","Timestamp":1,` +
			`"ExecutionStartedEventDetails": {"Input":"{}","InputDetails":{"Truncated":false},"RoleArn":null}}]`,
		"YAML": `- id: 1
  type: ExecutionStarted
  timestamp: 1
  executionStartedEventDetails:
    input: '{}'
    inputDetails:
      truncated: false
`,
		"log": `{"id":"1","type":"ExecutionStarted","details":{"input": "{}", ` +
			`"inputDetails": {"truncated": false}},"event_timestamp":"1"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, out, stderr := runInspect(text, "--events", "--file", "-")
			if out != want || !strings.Contains(out, `input {}  inputDetails {"truncated":false}`) {
				t.Errorf("got\n%swant\n%sstandard error:\n%s", out, want, stderr)
			}
		})
	}
}

// A log at the level ERROR lacks most events. The output says which events are missing.
func TestLogAtLevelError(t *testing.T) {
	t.Parallel()
	const event = `{"id":"12","type":"TaskFailed","details":{"error":"Busy"},"previous_event_id":"7",` +
		`"event_timestamp":"1714557600000","execution_arn":"arn:aws:states:eu-west-1:111122223333:execution:M:a"}`
	code, out, stderr := runInspect(event, "--file", "-")
	for _, part := range []string{
		"a RUNNING when its history ends",
		"at least 0 attempts",
		"events 1 to 11",
		"No event names a state",
	} {
		if code != exitDone || !strings.Contains(out, part) {
			t.Errorf("got exit code %d, want %d and output with %q:\n%s%s", code, exitDone, part, out, stderr)
		}
	}
}

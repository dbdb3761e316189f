package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"retrycatch/internal/view"
)

func TestInputSources(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	const input = `{"a": "é"}`
	for name, content := range map[string]string{"plain": input + "\n", "bom": "\ufeff" + input,
		"utf16": "\xff\xfe{\x00}\x00", "latin1": "\"\xe9\"", "empty": "", "@": `"at"`} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tests := map[string]struct{ value, in, want, message string }{
		"the flag's value":     {`{"b":1}`, input, `{"b":1}`, ""},
		"a negative number":    {"-5", input, "-5", ""},
		"standard input":       {"-", input + "\r\n", input, ""},
		"standard input as @-": {"@-", input, input, ""},
		"a file":               {"@" + folder + "/plain", "", input, ""},
		"a byte order mark":    {"@" + folder + "/bom", "", input, ""},
		"UTF-16":               {"@" + folder + "/utf16", "", "{}", ""},
		"a file name with @":   {"@" + folder + "/@", "", `"at"`, ""},
		"Latin-1": {
			"@" + folder + "/latin1",
			"",
			"",
			"the input is not valid: line 1 is not UTF-8 text: it has the byte 0xE9 at character 2",
		},
		"an empty file":        {"@" + folder + "/empty", "", "", "the input is not JSON: it is empty"},
		"empty standard input": {"-", "", "", "the input is not JSON: it is empty"},
		"a missing file": {
			"@" + folder + "/none",
			"",
			"",
			"cannot read the input from " + folder + "/none: no such file or directory",
		},
		"a folder":     {"@" + folder, "", "", "cannot read the input from " + folder + ": is a directory"},
		"no file name": {"@", "", "", "cannot read the input: the file name after @ is missing"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &app{
				console: view.NewConsole(view.Streams{In: strings.NewReader(test.in), Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}),
			}
			runs, err := a.plan(t.Context(), runOptions{hasInput: true, input: test.value})
			if test.message != "" {
				if err == nil || err.Error() != test.message {
					t.Errorf("got %v, want %q", err, test.message)
				}
				return
			}
			if err != nil || runs[0].Input != test.want {
				t.Errorf("got %v (%v), want %q", runs, err, test.want)
			}
		})
	}
}

// A valid input reaches Step Functions unchanged. With an invalid input, run calls no AWS API.
func TestRunInputFromFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, test := range map[string]struct {
		content string
		code    int
	}{
		"longest":  {`"` + strings.Repeat("é", maxInput/2-1) + `"`, exitDone},
		"too long": {`"` + strings.Repeat("é", maxInput/2-1) + `x"`, exitUnable},
		"Latin-1":  {"\"\xe9\"", exitUnable},
	} {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(test.content), 0o600); err != nil {
			t.Fatal(err)
		}
		result := runCommand(t, deployStack, "run", "--input", "@"+file)
		if result.code != test.code {
			t.Errorf("%s: got exit code %d, want %d; standard error:\n%s", name, result.code, test.code, result.stderr)
		}
		var inputs []string
		for _, call := range result.world.Calls() {
			if call.Operation == "SFN.StartExecution" {
				inputs = append(inputs, *call.Input.(*sfn.StartExecutionInput).Input)
			}
		}
		switch {
		case test.code != exitDone && len(result.world.Calls()) > 0:
			t.Errorf("%s: got calls to AWS, want none", name)
		case test.code == exitDone && (len(inputs) == 0 || inputs[0] != test.content):
			t.Errorf("%s: got %d inputs, want the file's content as the first", name, len(inputs))
		}
	}
}

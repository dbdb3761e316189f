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

func TestInputFrom(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	const long = `{"a": "é"}`
	for name, content := range map[string]string{"plain": long + "\n", "bom": "\ufeff" + long,
		"utf16": "\xff\xfe{\x00}\x00", "latin1": "\"\xe9\"", "empty": "", "@": `"at"`} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tests := map[string]struct{ value, in, want, says string }{
		"the value":            {`{"b":1}`, long, `{"b":1}`, ""},
		"a negative number":    {"-5", long, "-5", ""},
		"standard input":       {"-", long + "\r\n", long, ""},
		"standard input as @-": {"@-", long, long, ""},
		"a file":               {"@" + folder + "/plain", "", long, ""},
		"a byte order mark":    {"@" + folder + "/bom", "", long, ""},
		"UTF-16":               {"@" + folder + "/utf16", "", "{}", ""},
		"a file name with @":   {"@" + folder + "/@", "", `"at"`, ""},
		"Latin-1": {
			"@" + folder + "/latin1",
			"",
			"",
			"the input is not UTF-8: line 1 is not UTF-8 text: it has the byte 0xE9 at character 2",
		},
		"an empty file":     {"@" + folder + "/empty", "", "", "the input is not JSON: it is empty"},
		"no standard input": {"-", "", "", "the input is not JSON: it is empty"},
		"a missing file": {
			"@" + folder + "/none",
			"",
			"",
			"cannot read the input: " + folder + "/none: no such file or directory",
		},
		"a folder": {"@" + folder, "", "", "cannot read the input: " + folder + ": is a directory"},
		"no name":  {"@", "", "", "cannot read the input: the file name after @ is missing"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &app{
				console: view.NewConsole(view.Streams{In: strings.NewReader(test.in), Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}),
			}
			runs, err := a.plan(t.Context(), runOptions{hasInput: true, input: test.value})
			if test.says != "" {
				if err == nil || err.Error() != test.says {
					t.Errorf("got %v, want %q", err, test.says)
				}
				return
			}
			if err != nil || runs[0].Input != test.want {
				t.Errorf("got %v (%v), want %q", runs, err, test.want)
			}
		})
	}
}

// The input reaches Step Functions unchanged. An input that Step Functions would reject causes no
// call.
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
		o := play(t, deployedOnly, "run", "--input", "@"+file)
		if o.code != test.code {
			t.Errorf("%s: exit code %d: %s", name, o.code, o.stderr)
		}
		var inputs []string
		for _, call := range o.world.Requests() {
			if call.Operation == "SFN.StartExecution" {
				inputs = append(inputs, *call.Input.(*sfn.StartExecutionInput).Input)
			}
		}
		switch {
		case test.code != exitDone && len(o.world.Requests()) > 0:
			t.Errorf("%s: got calls of AWS, want none", name)
		case test.code == exitDone && (len(inputs) == 0 || inputs[0] != test.content):
			t.Errorf("%s: got %d inputs, want the content of the file first", name, len(inputs))
		}
	}
}

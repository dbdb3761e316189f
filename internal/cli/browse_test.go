package cli

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"retrycatch/internal/awsstub"
	"retrycatch/statemachine"
)

func TestOpenPage(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	var opened []string
	c, out, stderr := consoleOf("")
	a := &app{console: c, openBrowser: func(address string) error {
		opened = append(opened, address)
		return nil
	}}
	a.openPage(filepath.Join(folder, "a report #1 100%.html"))
	want := []string{"file://" + folder + "/a%20report%20%231%20100%25.html"}
	if diff := cmp.Diff(want, opened); diff != "" || stderr.Len() > 0 {
		t.Errorf("got standard error %q, want none; opened addresses (-want +got, empty if equal):\n%s", stderr, diff)
	}
	a.openBrowser = func(string) error { return errors.New("exit status 3") }
	a.openPage("report.html")
	if stderr.String() != "warning: cannot open a browser\n" || out.Len() > 0 {
		t.Errorf("got standard error %q and output %q, want only a warning", stderr, out)
	}
}

// If --out is not a file, report --open fails before it calls AWS.
func TestOpenNeedsFile(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"-", "/dev/null"} {
		result := runCommand(t, deployWithTwoExecutions, "report", "--open", "-o", file)
		want := "--open needs a file, but --out " + file + " is not a file"
		calls := result.world.CalledOperations()
		if result.code != exitUnable || !strings.Contains(result.stderr, want) || len(calls) > 0 {
			t.Errorf("got %s and the calls %v, want exit code %d, %q and no calls", result, calls, exitUnable, want)
		}
	}
}

// With --open, the last line says whether a browser shows the page.
func TestReportTellsWhetherOpened(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		open       bool
		browserErr error
		want       string
	}{
		"without --open": {false, nil, "✓ Wrote the report of 1 execution. Open it in a browser:\n"},
		"opened":         {true, nil, "✓ Wrote the report of 1 execution and opened it in the browser:\n"},
		"no browser": {true, errors.New("none"), "warning: cannot open a browser\n" +
			"✓ Wrote the report of 1 execution. Open it in a browser:\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, out, stderr := consoleOf("")
			a := &app{console: c, openBrowser: func(string) error { return test.browserErr }}
			target := targetIn("eu-west-1", withDefinition(stubWithExecutions(t, "503-b"), statemachine.Definition))
			options := reportOptions{limit: 1, open: test.open, out: filepath.Join(t.TempDir(), "report.html")}
			listed, err := a.selectExecutions(t.Context(), target, awsstub.StateMachineARN, options)
			if err == nil {
				err = a.writeReport(t.Context(), target, awsstub.StateMachineARN, listed, options)
			}
			if err != nil || !strings.HasSuffix(stderr.String(), test.want) || out.String() != options.out+"\n" {
				t.Errorf("got the error %v, output %q and standard error\n%s\nwant\n%s", err, out, stderr, test.want)
			}
		})
	}
}

package cli

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOpenPage(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	var opened []string
	c, out, said := consoleOf("")
	a := &app{console: c, browse: func(address string) error {
		opened = append(opened, address)
		return nil
	}}
	a.openPage(filepath.Join(folder, "a report #1 100%.html"))
	if diff := cmp.Diff([]string{"file://" + folder + "/a%20report%20%231%20100%25.html"}, opened); diff != "" || said.Len() > 0 {
		t.Errorf("it says %q, and what is opened differs (-want +got):\n%s", said, diff)
	}
	a.browse = func(string) error { return errors.New("exit status 3") }
	a.openPage("report.html")
	if said.String() != "warning: no browser was started: open the page yourself\n" || out.Len() > 0 {
		t.Errorf("it says %q, and prints %q", said, out)
	}
}

// Without a file to open, report stops before any call.
func TestOpenNeedsAFile(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"-", "/dev/null"} {
		o := play(t, twoEnded, "report", "--open", "-o", file)
		if o.code != exitUnable || !strings.Contains(o.stderr, "--open needs a file, and "+file+" is none") || len(o.world.Calls()) > 0 {
			t.Errorf("after the calls %v, got %s", o.world.Calls(), o)
		}
	}
}

package cli

import (
	"os"
	"path/filepath"
	"testing"
)

// The browser does not inherit this program's standard output and standard error. Otherwise, it
// could write to them after this program exits.
func TestStartBrowser(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	script := filepath.Join(folder, "xdg-open")
	shell := "#!/bin/sh\nexec 5>&1\nreadlink /proc/$$/fd/5 /proc/$$/fd/2 >" + folder + "/streams\n" +
		"echo \"$1\" >" + folder + "/opened\n"
	writeProgram(t, script, shell)
	if err := startBrowser("file:///a%20b.html"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"opened": "file:///a%20b.html\n", "streams": "/dev/null\n/dev/null\n"} {
		if got, err := os.ReadFile(filepath.Join(folder, name)); string(got) != want {
			t.Errorf("%s: got %q (%v), want %q", name, got, err, want)
		}
	}
	writeProgram(t, script, "#!/bin/sh\nexit 3\n")
	if startBrowser("file:///a.html") == nil {
		t.Error("got no error, want one for exit code 3")
	}
}

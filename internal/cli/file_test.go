package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"retrycatch/internal/problem"
	"retrycatch/internal/view"
)

func TestGraphFormat(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	tests := map[string]struct {
		args     string
		begins   string // how standard output, or the file, begins
		file     string
		message  string
		progress bool
	}{
		"standard output":               {"-o -", "<svg ", "", "", false},
		"standard output with --format": {"-o - --format mmd", "flowchart", "", "", false},
		"--format and an extension":     {"-o " + folder + "/a.svg --format mmd", "flowchart", folder + "/a.svg", "", true},
		"no file extension":             {"-o " + folder + "/b --format mmd", "flowchart", folder + "/b", "", true},
		"a device":                      {"-o /dev/null", "", "", "", true},
		"an unknown format":             {"-o - --format pdf", "", "", "unknown format pdf; choose mmd, png or svg", false},
		"a format without a file": {"--format svg", "", "", "--format needs -o FILE (use - for standard output)\n" +
			"  next: retrycatch graph --definition - --format svg -o -", false},
		"a Mermaid diagram without a file": {"--format mermaid", "", "", "the format of a Mermaid diagram is mmd\n" +
			"  next: retrycatch graph --definition - --format mmd -o -", false},
		"a Mermaid diagram in a file": {"-o a.mmd --format mermaid", "", "", "the format of a Mermaid diagram is mmd\n" +
			"  next: retrycatch graph --definition - -o a.mmd --format mmd", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out, stderr := runGraph(t, oneState, append([]string{"--definition", "-"}, strings.Fields(test.args)...)...)
			if test.message != "" {
				if code != exitUnable || !strings.HasPrefix(stderr, "error: "+test.message+"\n") {
					t.Errorf("got exit code %d and standard error\n%s\nwant %d and %q", code, stderr, exitUnable, test.message)
				}
				return
			}
			if test.file != "" {
				data, err := os.ReadFile(test.file)
				if err != nil {
					t.Fatal(err)
				}
				out = string(data)
			}
			if code != exitDone || !strings.HasPrefix(out, test.begins) || (stderr != "") != test.progress {
				t.Errorf("got exit code %d, output %.30q and standard error %q\nwant %d, the output prefix %q and progress: %t",
					code, out, stderr, exitDone, test.begins, test.progress)
			}
		})
	}
}

func TestReportMode(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]os.FileMode{"new": 0o600, "existing": 0o664} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "report.html")
			if name == "existing" {
				if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Chmod(file, want)); err != nil {
					t.Fatal(err)
				}
			}
			result := runCommand(t, deployWithTwoExecutions, "report", "--out", file)
			info, err := os.Stat(file)
			if err != nil {
				t.Fatalf("cannot read the report's mode: %v\n%s", err, result)
			}
			if info.Mode() != want || result.code != exitDone || result.stdout != file+"\n" {
				t.Errorf("got mode %v, want %v\n%s", info.Mode(), want, result)
			}
		})
	}
}

func TestReportOnStandardOutput(t *testing.T) {
	t.Parallel()
	result := runCommand(t, deployWithTwoExecutions, "report", "-o", "-")
	if result.code != exitDone || !strings.HasPrefix(result.stdout, "<!") ||
		!strings.HasSuffix(result.stdout, "</html>\n") || strings.Contains(result.stderr, "Wrote the report") {
		t.Errorf("got exit code %d, standard error\n%s\nand the output %.300s\nwant %d and only the HTML page", result.code,
			result.stderr, result.stdout, exitDone)
	}
}

// A file name that refers to standard output, such as /dev/stdout, works like "-".
func TestWriteToStandardOutput(t *testing.T) {
	t.Parallel()
	file, err := os.Create(filepath.Join(t.TempDir(), "redirected"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	a := &app{console: view.NewConsole(view.Streams{In: strings.NewReader(""), Out: file, Err: &bytes.Buffer{}})}
	a.console.Print("first")
	if err := a.writeFileOrStdout(t.Context(), "the report", file.Name(), []byte("second"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(file.Name()); err != nil || string(text) != "first\nsecond" {
		t.Errorf("got %q (%v), want the lines first and second", text, err)
	}
}

func TestWriteToFolder(t *testing.T) {
	t.Parallel()
	a := silentApp()
	folder := t.TempDir()
	err := a.writeFileOrStdout(t.Context(), "the report", folder, nil, 0o600)
	want := "the report cannot be written to " + folder + ": is a directory"
	if p := (*problem.Problem)(nil); !errors.As(err, &p) || p.Error() != want || p.Next == "" {
		t.Errorf("got %v, want %s with a next step", err, want)
	}
}

// A command checks the output file before it calls AWS.
func TestOutputFileCheckedFirst(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		out, reason, next string
	}{
		"missing folder": {
			folder + "/none/x.svg",
			"no such file or directory",
			"mkdir -p " + folder + "/none && retrycatch ",
		},
		"a file as the folder": {file + "/x.svg", "not a directory", "use -o with a file"},
		"a folder":             {folder, "is a directory", "use -o with a file"},
	} {
		for _, command := range []string{"report", "graph --format svg"} {
			t.Run(command+", "+name, func(t *testing.T) {
				t.Parallel()
				result := runCommand(t, deployWithTwoExecutions, append(strings.Fields(command), "-o", test.out)...)
				want := " cannot be written to " + test.out + ": " + test.reason + "\n  next: " + test.next
				if result.code != exitUnable || !strings.Contains(result.stderr, want) ||
					strings.Count(result.stderr, "error:") != 1 || len(result.world.Calls()) > 0 {
					t.Errorf("got %s\nand the calls %v, want no call and%s", result, result.world.CalledOperations(), want)
				}
			})
		}
	}
}

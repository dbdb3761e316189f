package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"retrycatch/internal/awsstub"
	"retrycatch/internal/graphviztest"
	"retrycatch/internal/history"
	"retrycatch/internal/view"
	"retrycatch/statemachine"
)

func TestMain(m *testing.M) {
	if os.Getenv(busyVariable) != "" {
		awaitSecondInterrupt() // without a temporary folder, because a signal ends this process
	}
	os.Exit(graphviztest.Run(m))
}

const oneState = `{"StartAt": "Only", "States": {"Only": {"Type": "Succeed"}}}`

// runGraph runs "retrycatch graph" with this standard input. It returns standard error as progress.
func runGraph(t *testing.T, in string, args ...string) (code int, out, progress string) {
	t.Helper()
	var outText, errText bytes.Buffer
	code = Run(
		t.Context(),
		append([]string{"graph"}, args...),
		view.Streams{In: strings.NewReader(in), Out: &outText, Err: &errText},
	)
	return code, outText.String(), errText.String()
}

func TestGraphDefinition(t *testing.T) {
	t.Parallel()
	const want = "○ Start\n│\n□ Only  (Succeed)\n│\n○ End\n"
	file := filepath.Join(t.TempDir(), "definition.json")
	if err := os.WriteFile(file, []byte(oneState), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range [][2]string{{oneState, "-"}, {"", file}} {
		code, out, progress := runGraph(t, test[0], "--definition", test[1])
		if code != exitDone || out != want || progress != "" {
			t.Errorf("--definition %s: got exit code %d and\n%s%s\nwant\n%s", test[1], code, out, progress, want)
		}
	}
}

// A PNG contains the characters as pixels, so drawing it requires fonts that have these characters.
// An SVG uses the viewer's fonts.
func TestPictureMissingCharacters(t *testing.T) {
	t.Parallel()
	const definition = `{"StartAt": "%s", "States": {"%[1]s": {"Type": "Succeed"}}}`
	for name, test := range map[string]struct{ state, format, want string }{
		"Latin": {"état", "png", ""},
		"Japanese": {"完了", "png",
			"warning: the PNG shows 2 characters as boxes, because the built-in fonts lack them: 了完."},
		"many characters": {"一二三四五六七八九十百千", "png",
			"shows 12 characters as boxes, because the built-in fonts lack them: 一七三九二五"},
		"an SVG": {"完了", "svg", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "picture."+test.format)
			code, _, progress := runGraph(t, fmt.Sprintf(definition, test.state), "--definition", "-", "-o", file)
			if code != exitDone || test.want == "" && strings.Contains(progress, "warning") ||
				!strings.Contains(strings.ReplaceAll(progress, "\n", " "), strings.ReplaceAll(test.want, "\n", " ")) {
				t.Errorf("got exit code %d and standard error %q, want %d and a warning with %q (empty: no warning)",
					code, progress, exitDone, test.want)
			}
		})
	}
}

func TestDefinitionResource(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	template := "Resources:\n"
	for _, id := range []string{"One", "Two"} {
		template += "  " + id + ": {Type: AWS::Serverless::StateMachine, " +
			"Properties: {DefinitionUri: sm/" + id + ".asl.yaml}}\n"
	}
	for name, text := range map[string]string{"template.yaml": template,
		"sm/One.asl.yaml": "StartAt: Only\nStates:\n  Only: {Type: Succeed}\n",
		"sm/Two.asl.yaml": "StartAt: Two\nTimeoutSeconds: ${Limit}\nStates: {Two: {Type: Succeed}}\n"} {
		file := filepath.Join(folder, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(folder, "template.yaml")
	code, out, progress := runGraph(t, "", "--definition", file, "--definition-resource", "One")
	if code != exitDone || !strings.Contains(out, "□ Only") || progress != "" {
		t.Errorf("got exit code %d, output %q and standard error %q, want %d and the state machine One", code, out, progress,
			exitDone)
	}
	picture := filepath.Join(folder, "two.mmd")
	code, _, progress = runGraph(t, "", "--definition", file, "--definition-resource", "Two", "-o", picture)
	if code != exitDone || progress != "✓ Wrote the picture of the state machine Two:\n" {
		t.Errorf("got exit code %d and standard error %q, want %d and the name of the state machine Two", code, progress,
			exitDone)
	}
	code, out, progress = runGraph(t, "", "--definition", file)
	want := "error: the template has 2 state machines: One, Two\n" +
		"  next: retrycatch graph --definition " + file + " --definition-resource One\n"
	if code != exitUnable || out != "" || progress != want {
		t.Errorf("got exit code %d, output %q and standard error %q, want %d and %q", code, out, progress, exitUnable, want)
	}
}

func TestDefinitionNote(t *testing.T) {
	t.Parallel()
	const template = `{"Resources":{"M":{"Type":"AWS::StepFunctions::StateMachine",` +
		`"Properties":{"Definition":{"Fn::If":["IsProd",` + oneState + `,{}]}}}}}`
	code, out, progress := runGraph(t, template, "--definition", "-")
	if code != exitDone || !strings.Contains(out, "□ Only") ||
		progress != "note: Fn::If IsProd: drawn as if the condition were true\n" {
		t.Errorf("got exit code %d, output %q and standard error %q, want %d, the graph and a note", code, out, progress,
			exitDone)
	}
}

func TestPictureFormat(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, begins := range map[string]string{
		"a.svg": "<svg ", "a.png": "\x89PNG", "a.mmd": "flowchart TB", "b.SVG": "<svg ",
	} {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte("the previous picture"), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, progress := runGraph(t, oneState, "--definition", "-", "-o", file)
		if code != exitDone || out != file+"\n" ||
			progress != "✓ Wrote the picture of the state machine from standard input:\n" {
			t.Errorf("%s: got exit code %d, output %q and standard error %q, want %d and the file name as output", name, code,
				out, progress, exitDone)
		}
		if text, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(text), begins) {
			t.Errorf("%s: got the content %.20q (%v), want it to begin with %q", name, text, err, begins)
		}
	}
	if files, err := os.ReadDir(folder); err != nil || len(files) != 4 {
		t.Errorf("got the files %v (%v), want only the 4 pictures", files, err)
	}
}

func TestGraphProblems(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "folder.svg"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if files, err := os.ReadDir(folder); err != nil || len(files) != 1 {
			t.Errorf("got the files %v (%v), want only folder.svg", files, err)
		}
	})
	tests := []struct {
		name string
		in   string
		args []string
		want string
	}{
		{
			"an unknown format",
			oneState,
			[]string{"--definition", "-", "-o", "x.pdf"},
			"the file name x.pdf does not end in .mmd, .png or .svg",
		},
		{
			"a Graphviz format",
			oneState,
			[]string{"--definition", "-", "-o", "x.dot"},
			"the file name x.dot does not end in .mmd, .png or .svg",
		},
		{
			"a file name without an extension",
			"",
			[]string{"-o", "graph"},
			"the file name graph does not end in .mmd, .png or .svg",
		},
		{
			"a missing folder",
			oneState,
			[]string{"--definition", "-", "-o", folder + "/none/x.svg"},
			"the picture cannot be written to " + folder + "/none/x.svg: no such file or directory",
		},
		{
			"a folder as the file",
			oneState,
			[]string{"--definition", "-", "-o", folder + "/folder.svg"},
			"the picture cannot be written to " + folder + "/folder.svg: is a directory",
		},
		{
			"a missing file",
			"",
			[]string{"--definition", folder + "/none.json"},
			"cannot read the definition from " + folder + "/none.json: no such file or directory",
		},
		{
			"a resource ID without a template",
			"",
			[]string{"--definition-resource", "M"},
			"--definition-resource requires --definition with a template",
		},
		{
			"a history",
			`{"events": []}`,
			[]string{"--definition", "-"},
			"cannot read a definition from standard input: it is an execution history",
		},
		{
			"neither StartAt nor States",
			"{}",
			[]string{"--definition", "-"},
			"cannot read a definition from standard input: it has neither StartAt nor States",
		},
		{"a control character", `{"StartAt": "\u001b[31m", "States": {"a": {}}}`, []string{"--definition", "-"},
			`the definition from standard input is not valid: StartAt names "\x1b[31m", which is not one of its States`},
		{"a definition and a region", oneState, []string{"--definition", "-", "--region", "eu-west-1"},
			"--definition reads a file, so --stage, --region, --profile and --project do not apply"},
		{
			"a definition and an execution",
			oneState,
			[]string{"--definition", "-", "--execution", "latest"},
			"use --definition or --execution, not both: --execution draws the definition that the execution used",
		},
		{"a definition and a stage", oneState, []string{"--definition", "-", "--stage", "dev"},
			"--definition reads a file, so --stage, --region, --profile and --project do not apply"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			code, out, progress := runGraph(t, test.in, test.args...)
			lines := strings.Split(strings.TrimSuffix(progress, "\n"), "\n")
			if code != exitUnable || out != "" || len(lines) != 2 || lines[0] != "error: "+test.want ||
				!strings.HasPrefix(lines[1], "  next: ") {
				t.Errorf("got exit code %d, output %q and standard error\n%s\nwant %d, %q and a next step",
					code, out, progress, exitUnable, test.want)
			}
		})
	}
}

func TestGraphOfExecution(t *testing.T) {
	t.Parallel()
	e := history.New(awsstub.ScenarioEvents(awsstub.AWS, "503"))
	e.Name = "503-a"
	d, err := newExecutionDrawing("MyAPIStateMachine", []byte(statemachine.Definition), e)
	if err != nil {
		t.Fatal(err)
	}
	const title = "State machine MyAPIStateMachine, execution 503-a: FAILED"
	console, out, _ := consoleOf("")
	view.Graph{Trace: d.Trace}.Text(console)
	if d.title() != title || !strings.Contains(out.String(), "${MockAPIFunctionArn})  caught\n") ||
		!strings.Contains(out.String(), "✗ Server Unavailable  (Fail · ServerUnavailable)  failed\n") {
		t.Errorf("got the title %q, want %q; got the output\n%s\nwant a caught and a failed state", d.title(), title, out)
	}
}

func TestReadAllInterrupted(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	never, _ := io.Pipe()
	interrupt()
	if _, err := readAll(ctx, func() ([]byte, error) { return io.ReadAll(never) }); !errors.Is(err, context.Canceled) {
		t.Errorf("got the error %v, want context.Canceled", err)
	}
}

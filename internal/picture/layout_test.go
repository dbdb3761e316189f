package picture

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"retrycatch/internal/graph"
	"retrycatch/internal/problem"
)

func TestGraphvizLearnsNoText(t *testing.T) {
	t.Parallel()
	dot := newPlan(parse(t, nasty).Plain()).machine.dot()
	for _, text := range []string{"script", "evil", "31m", "日本語", "long", "svg", "WWW"} {
		if strings.Contains(dot, text) {
			t.Errorf("it learns of %s:\n%s", text, dot)
		}
	}
}

func TestReadLayout(t *testing.T) {
	t.Parallel()
	m := &machine{nodes: []*node{{}}, edges: []*edge{{}}}
	const node, edge = `{"name": "n0", "pos": "4,5"}`, `{"comment": "e0", "pos": "e,1,1 2,2 3,3 4,4 5,5"}`
	document := func(nodes, edges string) string {
		return `{"bb": "0,0,9,9", "objects": [` + nodes + `], "edges": [` + edges + `]}`
	}
	l, err := m.readLayout([]byte(document(node, edge)))
	if err != nil || l.nodes[0] != (point{4, 4}) || l.paths[0].tip != (point{1, 8}) {
		t.Fatalf("it is read as %+v, %v", l, err)
	}
	l, err = m.readLayout([]byte(document(node, `{"comment": "e0", "pos": "s,1,1 2,2 3,3 4,4 5,5"}`)))
	if err != nil || l.paths[0].tip != (point{1, 8}) || l.paths[0].points[3] != (point{2, 7}) {
		t.Errorf("an arrow that leads up is read as %+v, %v", l, err)
	}
	for name, text := range map[string]string{
		"nothing":                 "",
		"no size":                 `{}`,
		"a size that is none":     `{"bb": "0,0,x,9"}`,
		"fewer nodes":             document(``, edge),
		"another node":            document(`{"name": "n1", "pos": "4,5"}`, edge),
		"a node without position": document(`{"name": "n0"}`, edge),
		"fewer edges":             document(node, ``),
		"another edge":            document(node, `{"comment": "e1", "pos": "e,1,1 2,2 3,3 4,4 5,5"}`),
		"an edge of no number":    document(node, `{"pos": "e,1,1 2,2 3,3 4,4 5,5"}`),
		"an edge of one point":    document(node, `{"comment": "e0", "pos": "2,2"}`),
		"an edge of two points":   document(node, `{"comment": "e0", "pos": "1,1 2,2"}`),
		"an edge without points":  document(node, `{"comment": "e0", "pos": ""}`),
		"a tip that is no point":  document(node, `{"comment": "e0", "pos": "e,1 2,2 3,3 4,4 5,5"}`),
		"a label that is nowhere": document(node, `{"comment": "e0", "pos": "e,1,1 2,2 3,3 4,4 5,5", "lp": "here"}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if l, err := m.readLayout([]byte(text)); err == nil {
				t.Errorf("it is read as %+v", l)
			}
		})
	}
}

// It changes PATH, so it does not run beside the others.
func TestWithoutTheProgramTheNextStepNamesIt(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", folder)
	requireProblem := func(contains string) {
		t.Helper()
		_, err := new(Drawer).SVG(t.Context(), project(t).Plain(), "M", "p")
		p := (*problem.Problem)(nil)
		if !errors.As(err, &p) || !strings.Contains(p.Next, "make build") || !strings.Contains(err.Error(), contains) {
			t.Errorf("got the error %v", err)
		}
	}
	requireProblem("executable file not found")
	script := "#!/bin/sh\necho a complaint >&2\necho and more >&2\nexit 3\n"
	if err := os.WriteFile(folder+"/"+program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	requireProblem("exit status 3: a complaint")
	for _, text := range []string{"", "echo no JSON; exec /bin/cat", "echo {}"} {
		if err := os.WriteFile(folder+"/"+program, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		requireProblem("")
	}
}

func TestDrawerCanceled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := new(Drawer).SVG(ctx, project(t).Plain(), "M", "p"); !errors.Is(err, context.Canceled) {
		t.Errorf("got the error %v", err)
	}
}

// This test changes PATH.
func TestEngineReuse(t *testing.T) {
	real, err := exec.LookPath(program)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	script := "#!/bin/sh\necho started >>" + folder + "/log\nexec " + real + "\n"
	if err := os.WriteFile(folder+"/"+program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder)
	var drawer Drawer
	if _, err := drawer.SVG(t.Context(), parse(t, nested(50)).Plain(), "M", "p"); err != nil {
		t.Fatal(err)
	}
	if log, _ := os.ReadFile(folder + "/log"); string(log) != "started\n" {
		t.Errorf("for one picture, it started\n%s", log)
	}
	// 50 state machines hold others, and all those without are alike.
	if len(drawer.layouts) != 50+1 {
		t.Errorf("it laid out %d state machines", len(drawer.layouts))
	}
}

func TestLayoutIndependent(t *testing.T) {
	t.Parallel()
	var e engine
	defer func() { _ = e.stop() }()
	answers := map[string]string{}
	for range 3 {
		for name, trace := range traces(t) {
			answer, err := e.answer(t.Context(), newPlan(trace).machine.dot())
			if err != nil {
				t.Fatal(err)
			}
			if before := answers[name]; before != "" && before != string(answer) {
				t.Errorf("%s is laid out as\n%s\nand before as\n%s", name, answer, before)
			}
			answers[name] = string(answer)
		}
	}
}

// This test changes PATH. Without Graphviz, only pictures with known layouts can be drawn.
func TestADrawerLaysOutOnceWhatDiffersInItsTextsAlone(t *testing.T) {
	var drawer Drawer
	draw := func(d *Drawer, trace *graph.Trace) string {
		t.Helper()
		text, err := d.SVG(t.Context(), trace, "M", "p")
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	g := project(t)
	plain, executed := draw(&drawer, g.Plain()), draw(&drawer, g.Trace(retried))
	if plain != draw(new(Drawer), g.Plain()) || executed != draw(new(Drawer), g.Trace(retried)) {
		t.Error("one drawer for both draws something else than one for each")
	}
	t.Setenv("PATH", t.TempDir())
	if plain != draw(&drawer, project(t).Plain()) || executed != draw(&drawer, project(t).Trace(retried)) {
		t.Error("it does not draw the same again")
	}
	if _, err := drawer.SVG(t.Context(), parse(t, order).Plain(), "M", "p"); err == nil {
		t.Error("it draws another state machine without having it laid out")
	}
}

// This test changes PATH. Later runs execute the code that the library compiles, so nobody else may
// write to its folder.
func TestTheProgramGetsNoCredentialsAndAFolderOfItsOwn(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	seen := folder + "/seen"
	script := "#!/bin/sh\n/usr/bin/env >" + seen + "\n/bin/ls -ld $TMPDIR >>" + seen + "\necho {}\n"
	if err := os.WriteFile(folder+"/"+program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	for home, want := range map[string]string{home: "TMPDIR=" + home + "/.cache/retrycatch\n", "": "TMPDIR=" + os.TempDir(), "/proc/none": "TMPDIR=" + os.TempDir()} {
		t.Setenv("HOME", home)
		t.Setenv("XDG_CACHE_HOME", "")
		var e engine
		_, answered := e.answer(t.Context(), "")
		out, err := os.ReadFile(seen)
		if err := errors.Join(answered, e.stop(), err); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(out), "secret") || !regexp.MustCompile(`(?m)^drwx------`).Match(out) || !strings.Contains(string(out), want) {
			t.Errorf("at home in %q it has\n%s", home, out)
		}
	}
}

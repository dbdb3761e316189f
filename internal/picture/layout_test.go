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

// TestDOT checks that Graphviz receives no text of a definition.
func TestDOT(t *testing.T) {
	t.Parallel()
	dot := newPlan(parse(t, nasty).Plain()).machine.dot()
	for _, text := range []string{"script", "evil", "31m", "日本語", "long", "svg", "WWW"} {
		if strings.Contains(dot, text) {
			t.Errorf("got %s in\n%s", text, dot)
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
		t.Fatalf("got %+v and the error %v", l, err)
	}
	l, err = m.readLayout([]byte(document(node, `{"comment": "e0", "pos": "s,1,1 2,2 3,3 4,4 5,5"}`)))
	if err != nil || l.paths[0].tip != (point{1, 8}) || l.paths[0].points[3] != (point{2, 7}) {
		t.Errorf("arrow that leads up: got %+v and the error %v", l, err)
	}
	for name, text := range map[string]string{
		"empty":                   "",
		"no size":                 `{}`,
		"an invalid size":         `{"bb": "0,0,x,9"}`,
		"fewer nodes":             document(``, edge),
		"another node":            document(`{"name": "n1", "pos": "4,5"}`, edge),
		"a node without position": document(`{"name": "n0"}`, edge),
		"fewer edges":             document(node, ``),
		"another edge":            document(node, `{"comment": "e1", "pos": "e,1,1 2,2 3,3 4,4 5,5"}`),
		"an edge of no number":    document(node, `{"pos": "e,1,1 2,2 3,3 4,4 5,5"}`),
		"an edge of one point":    document(node, `{"comment": "e0", "pos": "2,2"}`),
		"an edge of two points":   document(node, `{"comment": "e0", "pos": "1,1 2,2"}`),
		"an edge without points":  document(node, `{"comment": "e0", "pos": ""}`),
		"an invalid tip":          document(node, `{"comment": "e0", "pos": "e,1 2,2 3,3 4,4 5,5"}`),
		"an invalid label":        document(node, `{"comment": "e0", "pos": "e,1,1 2,2 3,3 4,4 5,5", "lp": "here"}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if l, err := m.readLayout([]byte(text)); err == nil {
				t.Errorf("got %+v, want an error", l)
			}
		})
	}
}

func TestDrawerWithoutProgram(t *testing.T) {
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

func TestEngineReuse(t *testing.T) {
	found, err := exec.LookPath(program)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	script := "#!/bin/sh\necho started >>" + folder + "/log\nexec " + found + "\n"
	if err := os.WriteFile(folder+"/"+program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder)
	var drawer Drawer
	if _, err := drawer.SVG(t.Context(), parse(t, nested(50)).Plain(), "M", "p"); err != nil {
		t.Fatal(err)
	}
	if log, _ := os.ReadFile(folder + "/log"); string(log) != "started\n" {
		t.Errorf("got the starts\n%s\nwant one", log)
	}
	// 50 state machines hold others, and all those without are alike.
	if len(drawer.layouts) != 50+1 {
		t.Errorf("got %d layouts", len(drawer.layouts))
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
				t.Errorf("%s: got\n%s\nwant\n%s", name, answer, before)
			}
			answers[name] = string(answer)
		}
	}
}

// TestDrawerReuse removes Graphviz from PATH. Only pictures with known layouts can then be drawn.
func TestDrawerReuse(t *testing.T) {
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
		t.Error("one drawer for both pictures draws them differently from two drawers")
	}
	t.Setenv("PATH", t.TempDir())
	if plain != draw(&drawer, project(t).Plain()) || executed != draw(&drawer, project(t).Trace(retried)) {
		t.Error("the second pictures differ")
	}
	if _, err := drawer.SVG(t.Context(), parse(t, order).Plain(), "M", "p"); err == nil {
		t.Error("another state machine without a layout: got no error")
	}
}

// TestEngineEnvironment checks that the program gets no credentials, and that its folder is
// private: later runs execute the compiled code there.
func TestEngineEnvironment(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	seen := folder + "/seen"
	script := "#!/bin/sh\n/usr/bin/env >" + seen + "\n/bin/ls -ld $TMPDIR >>" + seen + "\necho {}\n"
	if err := os.WriteFile(folder+"/"+program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	for home, want := range map[string]string{
		home:         "TMPDIR=" + home + "/.cache/retrycatch\n",
		"":           "TMPDIR=" + os.TempDir(),
		"/proc/none": "TMPDIR=" + os.TempDir(),
	} {
		t.Setenv("HOME", home)
		t.Setenv("XDG_CACHE_HOME", "")
		var e engine
		_, answered := e.answer(t.Context(), "")
		out, err := os.ReadFile(seen)
		if err := errors.Join(answered, e.stop(), err); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(out), "secret") || !regexp.MustCompile(`(?m)^drwx------`).Match(out) ||
			!strings.Contains(string(out), want) {
			t.Errorf("home %q: got\n%s\nwant %s and a private folder", home, out, want)
		}
	}
}

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

// TestDOT checks that Graphviz receives no text from a definition.
func TestDOT(t *testing.T) {
	t.Parallel()
	dot := newPlan(mustParse(t, trickyNames).Plain()).machine.dot()
	for _, text := range []string{"script", "evil", "31m", "日本語", "long", "svg", "WWW"} {
		if strings.Contains(dot, text) {
			t.Errorf("got the text %s in\n%s", text, dot)
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
		t.Fatalf("got %+v and error %v, want the node at {4 4} and the tip at {1 8}", l, err)
	}
	l, err = m.readLayout([]byte(document(node, `{"comment": "e0", "pos": "s,1,1 2,2 3,3 4,4 5,5"}`)))
	if err != nil || l.paths[0].tip != (point{1, 8}) || l.paths[0].points[3] != (point{2, 7}) {
		t.Errorf("upward arrow: got %+v and error %v, want the tip at {1 8} and the last point at {2 7}", l, err)
	}
	for name, text := range map[string]string{
		"empty":                 "",
		"no size":               `{}`,
		"invalid size":          `{"bb": "0,0,x,9"}`,
		"missing node":          document(``, edge),
		"unknown node":          document(`{"name": "n1", "pos": "4,5"}`, edge),
		"node without position": document(`{"name": "n0"}`, edge),
		"missing edge":          document(node, ``),
		"unknown edge":          document(node, `{"comment": "e1", "pos": "e,1,1 2,2 3,3 4,4 5,5"}`),
		"edge without name":     document(node, `{"pos": "e,1,1 2,2 3,3 4,4 5,5"}`),
		"edge with one point":   document(node, `{"comment": "e0", "pos": "2,2"}`),
		"edge with two points":  document(node, `{"comment": "e0", "pos": "1,1 2,2"}`),
		"edge without points":   document(node, `{"comment": "e0", "pos": ""}`),
		"invalid tip":           document(node, `{"comment": "e0", "pos": "e,1 2,2 3,3 4,4 5,5"}`),
		"invalid label":         document(node, `{"comment": "e0", "pos": "e,1,1 2,2 3,3 4,4 5,5", "lp": "here"}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if l, err := m.readLayout([]byte(text)); err == nil {
				t.Errorf("got %+v, want an error", l)
			}
		})
	}
}

func TestDrawerWithoutGraphviz(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", folder)
	requireProblem := func(contains string) {
		t.Helper()
		_, err := new(Drawer).SVG(t.Context(), projectGraph(t).Plain(), "M", "p")
		p := (*problem.Problem)(nil)
		if !errors.As(err, &p) || !strings.Contains(p.Next, "make build") || !strings.Contains(err.Error(), contains) {
			t.Errorf("got error %v, want it to contain %q and to suggest make build", err, contains)
		}
	}
	requireProblem("executable file not found")
	script := "#!/bin/sh\necho first line >&2\necho second line >&2\nexit 3\n"
	if err := os.WriteFile(folder+"/"+program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	requireProblem("exit status 3: first line")
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
	if _, err := new(Drawer).SVG(ctx, projectGraph(t).Plain(), "M", "p"); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want %v", err, context.Canceled)
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
	if _, err := drawer.SVG(t.Context(), mustParse(t, nested(50)).Plain(), "M", "p"); err != nil {
		t.Fatal(err)
	}
	if log, _ := os.ReadFile(folder + "/log"); string(log) != "started\n" {
		t.Errorf("got the log\n%s\nwant the program to start once", log)
	}
	// The 50 outer state machines differ. All others have the same shape, and share one layout.
	if len(drawer.layouts) != 50+1 {
		t.Errorf("got %d layouts, want 51", len(drawer.layouts))
	}
}

func TestLayoutRepeatable(t *testing.T) {
	t.Parallel()
	var e engine
	defer func() { _ = e.stop() }()
	replies := map[string]string{}
	for range 3 {
		for name, trace := range traces(t) {
			reply, err := e.layOut(t.Context(), newPlan(trace).machine.dot())
			if err != nil {
				t.Fatal(err)
			}
			if before := replies[name]; before != "" && before != string(reply) {
				t.Errorf("%s: got\n%s\nwant the same layout as before\n%s", name, reply, before)
			}
			replies[name] = string(reply)
		}
	}
}

// TestDrawerReuse removes Graphviz from PATH, so that only pictures with known layouts can be
// drawn.
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
	g := projectGraph(t)
	plain, executed := draw(&drawer, g.Plain()), draw(&drawer, g.Trace(retriedSteps))
	if plain != draw(new(Drawer), g.Plain()) || executed != draw(new(Drawer), g.Trace(retriedSteps)) {
		t.Error("got different pictures from a reused drawer and from new drawers")
	}
	t.Setenv("PATH", t.TempDir())
	if plain != draw(&drawer, projectGraph(t).Plain()) || executed != draw(&drawer, projectGraph(t).Trace(retriedSteps)) {
		t.Error("without Graphviz: got different pictures from the reused drawer")
	}
	if _, err := drawer.SVG(t.Context(), mustParse(t, order).Plain(), "M", "p"); err == nil {
		t.Error("without Graphviz: got a picture with an unknown layout, want an error")
	}
}

// TestEngineEnvironment checks that Graphviz gets no credentials, and that its cache folder is
// private, because Graphviz executes compiled code from that folder.
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
		_, layoutErr := e.layOut(t.Context(), "")
		out, err := os.ReadFile(seen)
		if err := errors.Join(layoutErr, e.stop(), err); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(out), "secret") || !regexp.MustCompile(`(?m)^drwx------`).Match(out) ||
			!strings.Contains(string(out), want) {
			t.Errorf("home %q: got\n%s\nwant %s, a private folder and no credentials", home, out, want)
		}
	}
}

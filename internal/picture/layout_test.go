package picture

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"retrycatch/internal/graph"
	"retrycatch/internal/problem"
)

// boxes and labels are where the layout has put them.
func TestNothingLiesOnAStateAndNothingIsCutOff(t *testing.T) {
	t.Parallel()
	for name, trace := range traces(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlan(trace)
			l, err := place(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			type item struct {
				name string
				rect
			}
			var items []item
			around := func(name string, middle point, width, height float64) {
				items = append(items, item{name, rect{middle.x - width/2, middle.y - height/2, width, height}})
			}
			for _, b := range p.boxes {
				around(b.state.Name, l.places[b.id], b.width, b.height)
				if width, height := extent(b.lines); width > b.width || height > b.height {
					t.Errorf("the text of %s is larger than its box", b.state.Name)
				}
			}
			for _, c := range p.terminals {
				around(c.label, l.places[c.id], terminal, terminal)
			}
			for i, e := range p.edges {
				if len(e.lines) > 0 != l.paths[i].labeled {
					t.Errorf("the label %v has no place", e.lines)
				}
				if l.paths[i].labeled {
					around("label "+e.lines[0].text, l.paths[i].label, e.width, e.height)
				}
			}
			for i, a := range items {
				if a.x < -margin || a.y < -margin || a.x+a.width > l.width+margin || a.y+a.height > l.height+margin {
					t.Errorf("%s is cut off: %v in %v by %v", a.name, a.rect, l.width, l.height)
				}
				for _, b := range items[:i] {
					if a.x < b.x+b.width && b.x < a.x+a.width && a.y < b.y+b.height && b.y < a.y+a.height {
						t.Errorf("%s %v lies on %s %v", a.name, a.rect, b.name, b.rect)
					}
				}
			}
		})
	}
}

func TestGraphvizLearnsNoText(t *testing.T) {
	t.Parallel()
	dot := newPlan(parse(t, nasty).Plain()).dot()
	for _, text := range []string{"script", "evil", "31m", "日本語", "long", "svg", "WWW"} {
		if strings.Contains(dot, text) {
			t.Errorf("it learns of %s:\n%s", text, dot)
		}
	}
}

func TestWhatGraphvizSaysIsReadWithCare(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing":                  "",
		"no size":                  `{}`,
		"a size that is none":      `{"bb": "0,0,x,9"}`,
		"a node without a place":   `{"bb": "0,0,9,9", "objects": [{"name": "s1"}]}`,
		"a group of three sides":   `{"bb": "0,0,9,9", "objects": [{"name": "cluster1", "bb": "1,2,3"}]}`,
		"an edge of no number":     `{"bb": "0,0,9,9", "edges": [{"pos": "e,1,1 2,2"}]}`,
		"an edge too many":         `{"bb": "0,0,9,9", "edges": [{"comment": "1", "pos": "e,1,1 2,2"}]}`,
		"an edge of two points":    `{"bb": "0,0,9,9", "edges": [{"comment": "0", "pos": "1,1 2,2"}]}`,
		"an edge without points":   `{"bb": "0,0,9,9", "edges": [{"comment": "0", "pos": ""}]}`,
		"a tip that is no point":   `{"bb": "0,0,9,9", "edges": [{"comment": "0", "pos": "e,1 2,2"}]}`,
		"a label without a place":  `{"bb": "0,0,9,9", "edges": [{"comment": "0", "pos": "e,1,1 2,2", "lp": "here"}]}`,
		"fewer edges than planned": `{"bb": "0,0,9,9"}`,
	} {
		if _, err := readLayout([]byte(text), 1); err == nil {
			t.Errorf("%s is no error", name)
		}
	}
}

// It changes PATH, so it does not run beside the others.
func TestWithoutTheProgramTheNextStepNamesIt(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", folder)
	requireProblem := func(contains string) {
		t.Helper()
		_, err := new(Drawer).SVG(t.Context(), project(t).Plain(), "M", "p")
		if p := (*problem.Problem)(nil); !errors.As(err, &p) || !strings.Contains(p.Next, "make build") || !strings.Contains(err.Error(), contains) {
			t.Errorf("the error is %v", err)
		}
	}
	requireProblem("executable file not found")
	script := "#!/bin/sh\necho a complaint >&2\necho and more >&2\nexit 3\n"
	if err := os.WriteFile(folder+"/"+program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	requireProblem("exit status 3: a complaint")
}

// Nor does this one. Where Graphviz cannot be started any more, only what is known already can be drawn.
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

// Nor does this one. What the library compiles is code that later runs execute: nobody else may write where it is kept.
func TestTheProgramGetsNoCredentialsAndAFolderOfItsOwn(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	script := "#!/bin/sh\n/usr/bin/env\n/bin/ls -ld $TMPDIR\n"
	if err := os.WriteFile(folder+"/"+program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	for home, want := range map[string]string{home: "TMPDIR=" + home + "/.cache/retrycatch\n", "": "TMPDIR=" + os.TempDir(), "/proc/none": "TMPDIR=" + os.TempDir()} {
		t.Setenv("HOME", home)
		t.Setenv("XDG_CACHE_HOME", "")
		out, err := run(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(out), "secret") || !regexp.MustCompile(`(?m)^drwx------`).Match(out) || !strings.Contains(string(out), want) {
			t.Errorf("at home in %q it has\n%s", home, out)
		}
	}
}

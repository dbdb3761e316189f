package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"retrycatch/internal/aslfile"
	"retrycatch/internal/graph"
	"retrycatch/internal/history"
	"retrycatch/internal/outfile"
	"retrycatch/internal/picture"
	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
	"retrycatch/internal/view"
	"retrycatch/internal/workflow"
)

type graphOptions struct {
	execution  string // the execution whose path to draw; empty to draw only the definition
	definition string // a file, or - for standard input; empty for the deployed definition
	resource   string // the state machine's logical ID in a template
	out        string // a file, or - for standard output; empty to draw in the terminal
	format     string // the picture's format; empty to derive it from the file name
}

func (a *app) graph() *cobra.Command {
	var o graphOptions
	cmd := &cobra.Command{
		Use:   "graph",
		Short: "Draw the state machine in the terminal or as a picture",
		Example: example("Draw the deployed state machine in the terminal", "retrycatch graph",
			"Draw the path of an execution as a picture (.svg, .png or .mmd)",
			"retrycatch graph --execution "+latest+" -o path.svg",
			"Draw any definition, without AWS", "retrycatch graph --definition my.asl.json"),
		GroupID: groupRun,
		Args:    a.graphArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runGraph(cmd.Context(), o) },
	}
	a.accessFlags(cmd)
	nameVar(cmd, &o.execution, "execution", "", "draw the path of this `EXECUTION`: its name, "+
		"a unique prefix or suffix of the name, its ARN, or "+latest)
	nameVar(cmd, &o.definition, "definition", "",
		"draw the definition in `FILE` (- for standard input), without AWS: "+
			"JSON, YAML, the output of describe-state-machine, or a template")
	nameVar(cmd, &o.resource, "definition-resource", "",
		"with --definition: if the template has several state machines, draw the one with this logical `ID`")
	nameVar(cmd, &o.out, "out", "o", "write a picture to `FILE` (- for standard output)")
	nameVar(cmd, &o.format, "format", "", "write the picture as `FORMAT`: "+strings.Join(formats(), ", ")+
		" (default: from the file extension, or svg if FILE is -)")
	completeFlag(cmd, "execution", a.completeExecutionFlag)
	completeFlag(cmd, "definition", completeFiles)
	completeFlag(cmd, "definition-resource", cobra.NoFileCompletions)
	completeFlag(cmd, "out", completeFiles)
	completeFlag(cmd, "format", cobra.FixedCompletions(formats(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// graphArguments rejects all arguments. If there is exactly one, the error suggests a command that
// passes it as the value of --definition or --execution.
func (a *app) graphArguments(cmd *cobra.Command, args []string) error {
	err := noArguments(cmd, args)
	if err == nil || len(args) > 1 || strings.TrimSpace(args[0]) == "" {
		return err
	}
	flag := "execution"
	if args[0] == "-" || isFile(args[0]) {
		flag = "definition"
	}
	a.flags = cmd.Flags() // cobra checks the arguments before a.flags is set
	return &problem.Problem{What: err.Error(), Next: a.withArgumentAsFlag(flag)}
}

func (a *app) runGraph(ctx context.Context, o graphOptions) error {
	if o.definition != "" && (a.stagePairs != nil || a.project != "" || a.profile != "" || a.region != "") {
		return &problem.Problem{
			What: "--definition reads a file, so --stage, --region, --profile and --project do not apply",
			Next: a.withoutFlags("stage", "region", "profile", "project")}
	}
	if o.definition != "" && o.execution != "" {
		return &problem.Problem{
			What: "use --definition or --execution, not both: --execution draws the definition that the execution used",
			Next: a.withoutFlags("definition")}
	}
	if o.definition == "" && o.resource != "" {
		return &problem.Problem{What: "--definition-resource requires --definition with a template",
			Next: a.withoutFlags("definition-resource")}
	}
	draw, err := a.rendererFor(o)
	if err != nil {
		return err
	}
	if o.out != "" {
		if err := a.checkWritable("the picture", o.out); err != nil {
			return err
		}
	}
	d, err := a.readDrawing(ctx, o)
	if err != nil {
		return err
	}
	if o.out == "" {
		view.Graph{Trace: d.Trace}.Text(a.console)
		return nil
	}
	content, warning, err := draw(ctx, d)
	if err != nil {
		return err
	}
	if err := a.writeFileOrStdout(ctx, "the picture", o.out, content, 0o666); err != nil {
		return err
	}
	if !a.console.IsOutput(o.out) {
		a.console.Done("Wrote the picture of the %s:", d.subject)
		a.console.Print("%s", o.out)
	}
	if warning != "" {
		a.console.Warn(warning)
	}
	return nil
}

// rendererFor returns the renderer for the format that the options select, or nil to draw in the
// terminal.
func (a *app) rendererFor(o graphOptions) (renderer, error) {
	extension := strings.TrimPrefix(strings.ToLower(filepath.Ext(o.out)), ".")
	draw := renderers[cmp.Or(o.format, extension)]
	switch {
	case strings.EqualFold(o.format, "mermaid"):
		next := []string{"--format", "mmd"}
		if o.out == "" {
			next = append(next, "-o", "-")
		}
		return nil, &problem.Problem{What: "the format of a Mermaid diagram is mmd",
			Next: a.formatLine(a.argsWithout("format"), next...)}
	case o.format != "" && draw == nil:
		return nil, a.wrongChoiceError("unknown format "+o.format, o.format, formats(), "retrycatch graph --help")
	case o.out == "" && o.format != "":
		return nil, &problem.Problem{What: "--format needs -o FILE (use - for standard output)",
			Next: a.commandLine("-o", "-")}
	case o.out == "" || draw != nil:
		return draw, nil
	case extension == "" && outfile.IsStream(o.out) || a.console.IsOutput(o.out):
		return renderers["svg"], nil
	default:
		return nil, &problem.Problem{
			What: "the file name " + o.out + " does not end in " + alternatives(extensions()),
			Next: a.withFlag("out", strings.TrimSuffix(o.out, filepath.Ext(o.out))+".svg")}
	}
}

// renderer draws a picture. The warning names the characters that the picture cannot show.
type renderer func(context.Context, drawing) (content []byte, warning string, err error)

// renderers maps each format to its renderer.
var renderers = map[string]renderer{
	"svg": func(ctx context.Context, d drawing) ([]byte, string, error) {
		content, err := new(picture.Drawer).SVG(ctx, d.Trace, d.title(), "graph")
		return content, "", err
	},
	"png": func(ctx context.Context, d drawing) ([]byte, string, error) {
		content, missing, err := new(picture.Drawer).PNG(ctx, d.Trace)
		return content, missingCharactersWarning(missing), err
	},
	"mmd": func(_ context.Context, d drawing) ([]byte, string, error) { return []byte(d.Mermaid()), "", nil },
}

// maxShownCharacters limits how many missing characters a warning names.
const maxShownCharacters = 10

// missingCharactersWarning returns a warning about characters that a PNG shows as boxes. It returns
// an empty string if none is missing.
func missingCharactersWarning(missing []rune) string {
	if len(missing) == 0 {
		return ""
	}
	shown := string(missing)
	if len(missing) > maxShownCharacters {
		shown = string(missing[:maxShownCharacters]) + "…"
	}
	return fmt.Sprintf("the PNG shows %s as boxes, because the built-in fonts lack them: %s. "+
		"An SVG uses the viewer's fonts.", view.Counted(len(missing), "character"), shown)
}

func formats() []string { return slices.Sorted(maps.Keys(renderers)) }

func extensions() (extensions []string) {
	for _, format := range formats() {
		extensions = append(extensions, "."+format)
	}
	return extensions
}

// readDrawing reads the definition and, if the options select one, the execution.
func (a *app) readDrawing(ctx context.Context, o graphOptions) (drawing, error) {
	switch {
	case o.execution != "":
		return a.executionDrawing(ctx, o.execution)
	case o.definition != "":
		return a.fileDrawing(ctx, o.definition, o.resource)
	default:
		return a.deployedDrawing(ctx)
	}
}

func (a *app) executionDrawing(ctx context.Context, nameOrARN string) (drawing, error) {
	t, e, err := a.openExecution(ctx, nameOrARN)
	if err != nil {
		return drawing{}, err
	}
	name, definition, err := workflow.DefinitionOf(ctx, t.Config, e.ARN)
	if err != nil {
		return drawing{}, err
	}
	return newExecutionDrawing(name, definition, e)
}

func (a *app) deployedDrawing(ctx context.Context) (drawing, error) {
	t, arn, err := a.openStateMachine(ctx)
	if err != nil {
		return drawing{}, err
	}
	name, definition, err := workflow.Definition(ctx, t.Config, arn)
	if err != nil {
		return drawing{}, err
	}
	g, err := graph.Parse(definition)
	if err != nil {
		return drawing{}, err
	}
	return newDrawing(g, name), nil
}

// fileDrawing reads the definition from a file or from standard input.
func (a *app) fileDrawing(ctx context.Context, file, resource string) (drawing, error) {
	text, err := a.readFileOrStdin(ctx, file)
	if err != nil {
		return drawing{}, readProblem("the definition", file, err,
			"use --definition with a file, or - for standard input")
	}
	source := aslfile.Source{Name: file, Data: text, Resource: resource}
	name := "from standard input"
	if file != "-" {
		name = filepath.Base(file)
		// A template must not refer to files outside its own folder.
		folder, err := os.OpenRoot(filepath.Dir(file))
		if err == nil {
			defer folder.Close()
			source.Folder = folder.FS()
		}
	}
	found, err := source.Definition()
	if err != nil {
		return drawing{}, err
	}
	g, err := graph.Parse(found.JSON)
	if invalid := (*problem.Problem)(nil); errors.As(err, &invalid) {
		invalid.What = "the definition from " + displayName(file) + " is not valid"
	}
	if err != nil {
		return drawing{}, err
	}
	for _, note := range found.Notes {
		a.console.Progress("note: %s", note)
	}
	return newDrawing(g, cmp.Or(safetext.Line(found.Name), name)), nil
}

// newDrawing returns the drawing of a definition.
func newDrawing(g *graph.Graph, name string) drawing {
	return drawing{Trace: g.Plain(), subject: "state machine " + name}
}

// drawing holds the graph of a state machine or of an execution.
type drawing struct {
	*graph.Trace
	subject string
	status  string // the execution's status; empty without an execution
}

func (d drawing) title() string {
	if d.status == "" {
		return view.Capitalize(d.subject)
	}
	return view.Capitalize(d.subject) + ": " + d.status
}

// newExecutionDrawing returns the drawing of a definition and of the execution's path through it.
func newExecutionDrawing(name string, definition []byte, e history.Execution) (drawing, error) {
	g, err := graph.Parse(definition)
	if err != nil {
		return drawing{}, err
	}
	subject := fmt.Sprintf("state machine %s, execution %s", name, e.Name)
	return drawing{Trace: g.Trace(e.Steps), subject: subject, status: string(e.Status)}, nil
}

package cli

import (
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/spf13/cobra"

	"retrycatch/internal/graph"
	"retrycatch/internal/picture"
	"retrycatch/internal/problem"
	"retrycatch/internal/session"
)

type graphOptions struct {
	definition string // a file, or - for standard input; empty for the deployed state machine's
	out        string // a file; empty for standard output
}

func (a *app) graph() *cobra.Command {
	var o graphOptions
	cmd := &cobra.Command{
		Use:   "graph",
		Short: "Draw the state machine, in the terminal or as a picture",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.runGraph(cmd.Context(), o) },
	}
	a.accessFlags(cmd)
	cmd.Flags().StringVar(&o.definition, "definition", "", "draw this file, in the Amazon States Language, or - for standard input; AWS is not asked")
	cmd.Flags().StringVarP(&o.out, "out", "o", "", "write a picture to this file, which ends in "+strings.Join(formats(), ", "))
	return cmd
}

// drawing is what is to be drawn.
type drawing struct {
	*graph.Trace
	title string
}

func (a *app) runGraph(ctx context.Context, o graphOptions) error {
	if o.definition != "" && (a.stage != nil || a.access != session.Options{}) {
		return &problem.Problem{What: "--definition is a file, and has no --stage, --region or --profile", Next: "give either the one or the others"}
	}
	draw := renderers[strings.ToLower(filepath.Ext(o.out))]
	if o.out != "" && draw == nil {
		return &problem.Problem{What: "there is no format for the file " + o.out, Next: "give a name that ends in " + strings.Join(formats(), ", ")}
	}
	d, err := a.drawing(ctx, o)
	if err != nil {
		return err
	}
	if o.out == "" {
		a.console.print("%s", strings.TrimSuffix(d.String(), "\n"))
		return nil
	}
	content, err := draw(ctx, d)
	if err != nil {
		return err
	}
	if err := replaceFile(o.out, content); err != nil {
		if cause := errors.Unwrap(err); cause != nil {
			err = cause // without the names of files that nobody has asked for
		}
		return &problem.Problem{What: "the picture " + o.out + " was not written", Err: err, Next: "name a file that can be written with -o"}
	}
	a.console.progress("%s: %s", o.out, d.title)
	return nil
}

// renderers draw, by the ending of a file's name.
var renderers = map[string]func(context.Context, drawing) ([]byte, error){
	".svg": func(ctx context.Context, d drawing) ([]byte, error) {
		return picture.SVG(ctx, d.Trace, d.title, "graph")
	},
	".png": func(ctx context.Context, d drawing) ([]byte, error) { return picture.PNG(ctx, d.Trace) },
	".dot": func(_ context.Context, d drawing) ([]byte, error) { return []byte(d.DOT()), nil },
	".mmd": func(_ context.Context, d drawing) ([]byte, error) { return []byte(d.Mermaid()), nil },
}

func formats() []string { return slices.Sorted(maps.Keys(renderers)) }

// drawing reads the definition.
func (a *app) drawing(ctx context.Context, o graphOptions) (drawing, error) {
	read := a.deployedDefinition
	if o.definition != "" {
		read = func(ctx context.Context) (string, []byte, error) { return a.definitionFile(ctx, o.definition) }
	}
	name, definition, err := read(ctx)
	if err != nil {
		return drawing{}, err
	}
	g, err := graph.Parse(definition)
	if err != nil {
		return drawing{}, err
	}
	return drawing{g.Plain(), "State machine " + name}, nil
}

// deployedDefinition is that of the deployed state machine, with its name.
func (a *app) deployedDefinition(ctx context.Context) (string, []byte, error) {
	t, arn, err := a.openStateMachine(ctx)
	if err != nil {
		return "", nil, err
	}
	return describeDefinition(ctx, t.Config, arn)
}

func describeDefinition(ctx context.Context, cfg aws.Config, arn string) (string, []byte, error) {
	out, err := sfn.NewFromConfig(cfg).DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: &arn})
	if err != nil {
		return "", nil, session.Explain(err)
	}
	return aws.ToString(out.Name), []byte(aws.ToString(out.Definition)), nil
}

// definitionFile reads a file, or standard input, and returns a name for the picture too.
func (a *app) definitionFile(ctx context.Context, file string) (string, []byte, error) {
	if file == "-" {
		text, err := readAll(ctx, a.console.rawIn)
		return "from standard input", text, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", nil, &problem.Problem{What: "the definition cannot be read", Err: err, Next: "name a file with --definition, or - for standard input"}
	}
	return filepath.Base(file), text, nil
}

// readAll reads to the end, unless the command is interrupted first: a terminal may never come to it.
func readAll(ctx context.Context, from io.Reader) ([]byte, error) {
	type result struct {
		text []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := io.ReadAll(from)
		done <- result{text, err}
	}()
	select {
	case r := <-done:
		return r.text, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// replaceFile writes a file as a whole or not at all.
func replaceFile(name string, content []byte) error {
	half, err := os.CreateTemp(filepath.Dir(name), ".retrycatch-*")
	if err != nil {
		return err
	}
	defer os.Remove(half.Name()) // in vain once it has its name
	_, err = half.Write(content)
	if err := errors.Join(err, half.Chmod(0o644), half.Close()); err != nil {
		return err
	}
	return os.Rename(half.Name(), name)
}

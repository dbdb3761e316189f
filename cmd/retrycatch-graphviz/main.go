// Command retrycatch-graphviz lays out a graph: it reads DOT from standard input, and writes it with the positions, as the
// JSON that https://graphviz.org/docs/outputs/json/ describes, to standard output. It is Graphviz as WebAssembly, and a
// program apart from retrycatch because that library compiles itself before main begins, whether it is used or not.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/goccy/go-graphviz"
)

func main() {
	if err := layOut(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "graphviz:", err)
		os.Exit(1)
	}
}

func layOut(ctx context.Context) error {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	engine, err := graphviz.New(ctx)
	if err != nil {
		return err
	}
	graph, err := graphviz.ParseBytes(text)
	if err != nil {
		return err
	}
	return engine.Render(ctx, graph, "json0", os.Stdout)
}

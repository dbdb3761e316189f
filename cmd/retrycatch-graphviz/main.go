// Command retrycatch-graphviz lays out graphs, one after the other. It reads each from standard
// input, as a JSON string that holds DOT. It writes the graph with its positions to standard output,
// as the JSON that https://graphviz.org/docs/outputs/json/ describes.
//
// It contains Graphviz as WebAssembly. It is a program of its own because the library compiles
// itself before main begins, even if it is not used.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/goccy/go-graphviz"
)

func main() {
	if err := serve(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "graphviz:", err)
		os.Exit(1)
	}
}

// serve answers until the input ends.
func serve(ctx context.Context, in io.Reader, out io.Writer) error {
	engine, err := graphviz.New(ctx)
	if err != nil {
		return err
	}
	for graphs := json.NewDecoder(in); ; {
		var dot string
		if err := graphs.Decode(&dot); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := layOut(ctx, engine, dot, out); err != nil {
			return err
		}
	}
}

func layOut(ctx context.Context, engine *graphviz.Graphviz, dot string, out io.Writer) error {
	graph, err := graphviz.ParseBytes([]byte(dot))
	if err != nil {
		return err
	}
	if err := engine.Render(ctx, graph, "json0", out); err != nil {
		return err
	}
	return graph.Close()
}

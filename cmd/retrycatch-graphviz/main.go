// Command retrycatch-graphviz computes the layout of graphs. It reads each graph from standard
// input, as a JSON string in the DOT language. It writes each layout to standard output, in the
// format of https://graphviz.org/docs/outputs/json/. If the layout of a graph fails, the command
// writes the reason as a JSON string and exits.
//
// The command is a separate program, because its library compiles Graphviz's WebAssembly before
// main starts. That takes too long to do in every run of retrycatch.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/goccy/go-graphviz"
)

// cpuSeconds limits the CPU time. Nothing can interrupt the library, so the operating system kills
// the program at this limit.
const cpuSeconds = 6

func main() {
	if err := limitCPU(cpuSeconds); err != nil {
		fmt.Fprintln(os.Stderr, "cannot limit the CPU time:", err)
	}
	if err := serve(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "graphviz:", err)
		os.Exit(1)
	}
}

// limitCPU limits the CPU time that the program may use from now on.
func limitCPU(seconds int) error {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return err
	}
	limit := uint64(used.Utime.Sec+used.Stime.Sec) + uint64(seconds) + 1
	return syscall.Setrlimit(syscall.RLIMIT_CPU, &syscall.Rlimit{Cur: limit, Max: limit})
}

// serve reads graphs and writes their layouts until the input ends.
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

// layOut writes the layout of a graph, or the error as a JSON string.
func layOut(ctx context.Context, engine *graphviz.Graphviz, dot string, out io.Writer) error {
	layout, err := render(ctx, engine, dot)
	if err != nil {
		return errors.Join(err, json.NewEncoder(out).Encode(err.Error()))
	}
	_, err = out.Write(layout)
	return err
}

// render returns the layout as JSON. It recovers from panics, because the library panics on some
// errors.
func render(ctx context.Context, engine *graphviz.Graphviz, dot string) (layout []byte, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("graphviz crashed: %v", caught)
		}
	}()
	graph, err := graphviz.ParseBytes([]byte(dot))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := engine.Render(ctx, graph, "json0", &out); err != nil {
		return nil, err
	}
	return out.Bytes(), graph.Close()
}

// Command retrycatch-graphviz lays out graphs, one after the other. It reads each from standard
// input, as a JSON string that holds DOT. It writes the graph with its positions to standard output,
// as the JSON that https://graphviz.org/docs/outputs/json/ describes. If Graphviz cannot lay out a graph,
// it writes the reason as a JSON string, and ends.
//
// It contains Graphviz as WebAssembly. It is a program of its own because the library compiles
// itself before main begins, even if it is not used.
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

// effort limits the computing time, in seconds. The library cannot be interrupted, so the system
// ends this program.
const effort = 6

func main() {
	if err := limit(effort); err != nil {
		fmt.Fprintln(os.Stderr, "no limit:", err)
	}
	if err := serve(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "graphviz:", err)
		os.Exit(1)
	}
}

// limit limits the computing time from now on, in seconds.
func limit(seconds int) error {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return err
	}
	most := uint64(used.Utime.Sec+used.Stime.Sec) + uint64(seconds) + 1
	return syscall.Setrlimit(syscall.RLIMIT_CPU, &syscall.Rlimit{Cur: most, Max: most})
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

// layOut writes the layout, or the reason of a failure as a JSON string. The library panics at some
// errors of its WebAssembly.
func layOut(ctx context.Context, engine *graphviz.Graphviz, dot string, out io.Writer) error {
	layout, err := render(ctx, engine, dot)
	if err != nil {
		return errors.Join(err, json.NewEncoder(out).Encode(err.Error()))
	}
	_, err = out.Write(layout)
	return err
}

func render(ctx context.Context, engine *graphviz.Graphviz, dot string) (layout []byte, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("it crashed: %v", caught)
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

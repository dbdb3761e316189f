package main

import (
	"os"
	"path/filepath"
	"testing"

	"retrycatch/internal/graph"
)

func TestWriteDefinition(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "definition.asl.json")
	if err := writeDefinition(file, 50); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	g, err := graph.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if len(g.States) != 50 {
		t.Errorf("got %d states, want 50", len(g.States))
	}
}

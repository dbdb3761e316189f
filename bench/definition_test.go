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
	if err != nil || len(g.States) != 50 {
		t.Errorf("there are %d states (%v)", len(g.States), err)
	}
}

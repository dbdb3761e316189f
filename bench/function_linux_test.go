package main

import (
	"path/filepath"
	"strings"
	"testing"

	"retrycatch/internal/deployment"
	"retrycatch/lambda"
)

func TestColdStart(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := lambda.Build(t.Context(), "retrycatch/bench/bare", folder, deployment.HostArchitecture()); err != nil {
		t.Fatal(err)
	}
	t.Run("answer", func(t *testing.T) {
		t.Parallel()
		c, err := coldStart(t.Context(), filepath.Join(folder, "bootstrap"))
		if err != nil || c.seconds <= 0 || c.bytes <= 0 {
			t.Errorf("got %+v, want a time and a size: %v", c, err)
		}
	})
	t.Run("no answer", func(t *testing.T) {
		t.Parallel()
		_, err := coldStart(t.Context(), "false")
		if err == nil || !strings.HasPrefix(err.Error(), "false ended without an answer: ") {
			t.Errorf("got the error %v, want one about the end of the process", err)
		}
	})
}

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
	t.Run("response", func(t *testing.T) {
		t.Parallel()
		c, err := coldStart(t.Context(), filepath.Join(folder, "bootstrap"))
		if err != nil || c.seconds <= 0 || c.bytes <= 0 {
			t.Errorf("got cost %+v and error %v, want positive seconds and bytes", c, err)
		}
	})
	t.Run("no response", func(t *testing.T) {
		t.Parallel()
		_, err := coldStart(t.Context(), "false")
		if err == nil || !strings.HasPrefix(err.Error(), `"false" exited without a response: `) {
			t.Errorf("got error %v, want the error of a command that exited without a response", err)
		}
	})
}

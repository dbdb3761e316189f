package scratch

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"retrycatch/internal/problem"
)

func TestSelectTempDir(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	usable := t.TempDir()
	tests := []struct {
		name, temporary, home string
		inCache, fails        bool
	}{
		{"usable", usable, file, false, false},
		{"TMPDIR is missing", filepath.Join(usable, "missing"), t.TempDir(), true, false},
		{"TMPDIR is a file", file, t.TempDir(), true, false},
		{"TMPDIR and HOME are files", file, file, false, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("TMPDIR", test.temporary)
			t.Setenv("HOME", test.home)
			t.Setenv("XDG_CACHE_HOME", "")
			err := SelectTempDir()
			p := (*problem.Problem)(nil)
			isComplete := errors.As(err, &p) && p.Next != "" && p.Err != nil
			if isComplete != test.fails || !test.fails && err != nil {
				t.Fatalf("SelectTempDir returns a complete problem: got %t, want %t; error: %v", isComplete, test.fails, err)
			}
			cache, err := os.UserCacheDir()
			if err != nil {
				t.Fatal(err)
			}
			want := test.temporary
			if test.inCache {
				want = filepath.Join(cache, "retrycatch", "tmp")
			}
			if got := os.Getenv("TMPDIR"); got != want {
				t.Errorf("got temporary folder %s, want %s", got, want)
			}
			if leftover, err := os.ReadDir(want); !test.fails && (err != nil || len(leftover) > 0) {
				t.Errorf("got leftover files %v and error %v", leftover, err)
			}
		})
	}
}

package outfile

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	link := filepath.Join(folder, "link")
	if err := os.Symlink("none/file", link); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		file string
		want error
	}{
		"new":           {filepath.Join(folder, "new"), nil},
		"existing":      {existing(t, 0o600), nil},
		"device":        {os.DevNull, nil},
		"folder":        {folder, syscall.EISDIR},
		"no folder":     {filepath.Join(folder, "none", "new"), os.ErrNotExist},
		"dangling link": {link, os.ErrNotExist},
		"read-only":     {existing(t, 0o400), os.ErrPermission},
	} {
		if os.Geteuid() == 0 && errors.Is(test.want, os.ErrPermission) {
			continue // root may write every file
		}
		if err := Check(test.file); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
	if _, err := os.Lstat(filepath.Join(folder, "new")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want no new file", err)
	}
}

package outfile

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	link, readOnly := filepath.Join(folder, "link"), filepath.Join(folder, "read-only")
	if err := errors.Join(os.Symlink("none/file", link), os.Mkdir(readOnly, 0o500)); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		file string
		want error
	}{
		"new":                      {filepath.Join(folder, "new"), nil},
		"existing":                 {newFile(t, 0o600), nil},
		"device":                   {os.DevNull, nil},
		"folder":                   {folder, syscall.EISDIR},
		"missing folder":           {filepath.Join(folder, "none", "new"), os.ErrNotExist},
		"link into missing folder": {link, os.ErrNotExist},
		"read-only file":           {newFile(t, 0o400), os.ErrPermission},
		"read-only folder":         {filepath.Join(readOnly, "new"), os.ErrPermission},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			obeyFileModes(t)
			if err := Check(test.file); !errors.Is(err, test.want) {
				t.Errorf("got error %v, want %v", err, test.want)
			}
		})
	}
	t.Cleanup(func() { // runs after the parallel subtests
		if _, err := os.Lstat(filepath.Join(folder, "new")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("Lstat of the new file: got error %v, want %v", err, os.ErrNotExist)
		}
	})
}

// obeyFileModes makes file modes apply to the rest of the test, even if it runs as root. Only the
// test's own thread loses the capability that overrides file modes:
// https://man7.org/linux/man-pages/man7/capabilities.7.html
func obeyFileModes(t *testing.T) {
	t.Helper()
	runtime.LockOSThread() // the thread ends with the test's goroutine
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var capabilities [2]unix.CapUserData
	if err := unix.Capget(&header, &capabilities[0]); err != nil {
		t.Fatal(err)
	}
	capabilities[0].Effective &^= 1 << unix.CAP_DAC_OVERRIDE
	if err := unix.Capset(&header, &capabilities[0]); err != nil {
		t.Fatal(err)
	}
}

package outfile

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// oldContent is longer than newContent, so overwriting must truncate the file.
const oldContent, newContent = "what was there before", "new"

func writeNewContent(t *testing.T, name string) error {
	t.Helper()
	return Write(t.Context(), name, []byte(newContent), 0o666)
}

// newFile creates a file with the old content.
func newFile(t *testing.T, mode os.FileMode) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := errors.Join(os.WriteFile(name, []byte(oldContent), 0o600), os.Chmod(name, mode)); err != nil {
		t.Fatal(err)
	}
	return name
}

// checkContent checks the content of a file, and that its folder contains no temporary files.
func checkContent(t *testing.T, name, want string) {
	t.Helper()
	if got, err := os.ReadFile(name); err != nil || string(got) != want {
		t.Errorf("%s: got content %q and error %v, want %q", name, got, err, want)
	}
	if leftovers, err := filepath.Glob(filepath.Join(filepath.Dir(name), ".*")); err != nil || len(leftovers) > 0 {
		t.Errorf("got temporary files %q (%v)", leftovers, err)
	}
}

func inode(t *testing.T, name string) uint64 {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t).Ino
}

func owner(t *testing.T, name string) (user, group uint32) {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	status := info.Sys().(*syscall.Stat_t)
	return status.Uid, status.Gid
}

// otherGroup returns another group of this user. Without root, a test can change the group of a
// file, but not its owner.
func otherGroup(t *testing.T) int {
	t.Helper()
	groups, err := os.Getgroups()
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range groups {
		if group != os.Getegid() {
			return group
		}
	}
	skipOrFail(t, "this user has only one group")
	return 0
}

// skipOrFail skips a test that this machine cannot run. In CI, it fails the test.
func skipOrFail(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

func TestWriteExisting(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		prepare  func(t *testing.T, name string) error
		replaced bool
	}{
		"regular file": {func(*testing.T, string) error { return nil }, true},
		"another owner": {func(t *testing.T, name string) error {
			if os.Geteuid() == 0 {
				return os.Chown(name, 1234, 1235)
			}
			return os.Chown(name, -1, otherGroup(t))
		}, true},
		"hard links": {func(_ *testing.T, name string) error { return os.Link(name, name+"2") }, false},
		"attributes": {func(t *testing.T, name string) error {
			if err := unix.Setxattr(name, "user.origin", []byte("x"), 0); err != unix.ENOTSUP {
				return err
			}
			skipOrFail(t, "the file system of the temporary folder has no attributes")
			return nil
		}, false},
		"special bit": {func(_ *testing.T, name string) error { return os.Chmod(name, 0o666|os.ModeSetgid) }, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := newFile(t, 0o666) // the umask must not apply
			if err := test.prepare(t, file); err != nil {
				t.Fatal(err)
			}
			oldInode := inode(t, file)
			info, _ := os.Stat(file)
			wantOwner := info.Sys().(*syscall.Stat_t)
			if err := writeNewContent(t, file); err != nil {
				t.Fatal(err)
			}
			checkContent(t, file, newContent)
			if now, _ := os.Stat(file); now.Mode() != info.Mode() {
				t.Errorf("got mode %v, want %v", now.Mode(), info.Mode())
			}
			if u, g := owner(t, file); u != wantOwner.Uid || g != wantOwner.Gid {
				t.Errorf("got owner %d:%d, want %d:%d", u, g, wantOwner.Uid, wantOwner.Gid)
			}
			if replaced := inode(t, file) != oldInode; replaced != test.replaced {
				t.Errorf("a new file replaced the old one: got %t, want %t", replaced, test.replaced)
			}
		})
	}
}

func TestWriteNew(t *testing.T) {
	t.Parallel()
	umask := syscall.Umask(0)
	syscall.Umask(umask)
	for _, mode := range []os.FileMode{0o600, 0o666} {
		name := filepath.Join(t.TempDir(), "file")
		if err := Write(t.Context(), name, []byte(newContent), mode); err != nil {
			t.Fatal(err)
		}
		checkContent(t, name, newContent)
		if info, _ := os.Stat(name); info.Mode() != mode&^os.FileMode(umask) {
			t.Errorf("got mode %v, want %v", info.Mode(), mode&^os.FileMode(umask))
		}
	}
}

func TestWriteThroughLinks(t *testing.T) {
	t.Parallel()
	for name, exists := range map[string]bool{"to a file": true, "dangling": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			target, first, second := filepath.Join(folder, "a", "file"), filepath.Join(folder, "first"),
				filepath.Join(folder, "second")
			err := errors.Join(os.Mkdir(filepath.Join(folder, "a"), 0o700), os.Symlink("a/file", first),
				os.Symlink("first", second))
			if exists {
				err = errors.Join(err, os.WriteFile(target, []byte(oldContent), 0o640))
			}
			if err := errors.Join(err, writeNewContent(t, second)); err != nil {
				t.Fatal(err)
			}
			checkContent(t, target, newContent)
			for _, link := range []string{first, second} {
				if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
					t.Errorf("%s is no longer a link (%v)", link, err)
				}
			}
		})
	}
}

func TestWriteDevice(t *testing.T) {
	t.Parallel()
	if err := writeNewContent(t, os.DevNull); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		t.Fatalf("%s is no longer a device", os.DevNull)
	}
	if _, err := os.Stat("/dev/full"); err == nil {
		if err := writeNewContent(t, "/dev/full"); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("/dev/full: got error %v, want %v", err, syscall.ENOSPC)
		}
	}
}

func TestWritePipe(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	received := make(chan string)
	go func() {
		file, err := os.Open(name)
		if err != nil {
			received <- err.Error()
			return
		}
		text, _ := io.ReadAll(file)
		received <- string(text)
	}()
	err := writeNewContent(t, name)
	if text := <-received; err != nil || text != newContent {
		t.Errorf("the reader got %q (%v), want %q", text, err, newContent)
	}
}

func TestWritePipeWithoutReader(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := Write(ctx, name, []byte(newContent), 0o600); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got error %v, want %v", err, context.DeadlineExceeded)
	}
	reader, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // ends the waiting goroutine of Write
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
}

func TestWriteFails(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	loop := filepath.Join(folder, "loop")
	if err := os.Symlink("loop", loop); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{folder: syscall.EISDIR, loop: syscall.ELOOP,
		filepath.Join(folder, "none", "file"): syscall.ENOENT} {
		if err := writeNewContent(t, name); !errors.Is(err, want) {
			t.Errorf("%s: got error %v, want %v", name, err, want)
		}
	}
}

// TestOverwriteRestores simulates a full disk by limiting the file size for this process.
func TestOverwriteRestores(t *testing.T) {
	file := newFile(t, 0o600)
	if err := os.Link(file, file+"2"); err != nil { // prevents an atomic replacement
		t.Fatal(err)
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	fullDisk := limit
	fullDisk.Cur = 64
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &fullDisk); err != nil {
		t.Fatal(err)
	}
	err := Write(t.Context(), file, []byte(strings.Repeat("x", 100)), 0o600)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(err, syscall.EFBIG) {
		t.Errorf("got error %v, want %v", err, syscall.EFBIG)
	}
	checkContent(t, file, oldContent)
}

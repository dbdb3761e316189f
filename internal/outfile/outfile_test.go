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

// before and after are contents of a file. before is longer.
const before, after = "what was there before", "new"

func write(t *testing.T, name string) error {
	t.Helper()
	return Write(t.Context(), name, []byte(after), 0o666)
}

// existing returns a file with the content before.
func existing(t *testing.T, mode os.FileMode) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := errors.Join(os.WriteFile(name, []byte(before), 0o600), os.Chmod(name, mode)); err != nil {
		t.Fatal(err)
	}
	return name
}

// holds fails the test unless the file has the content, and its folder no hidden files.
func holds(t *testing.T, name, want string) {
	t.Helper()
	if got, err := os.ReadFile(name); err != nil || string(got) != want {
		t.Errorf("%s: got content %q and error %v, want %q", name, got, err, want)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(name), ".*")); err != nil || len(left) > 0 {
		t.Errorf("got leftover %q (%v)", left, err)
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

// otherGroup returns a second group of this user. Only root can give files to other users.
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
	missing(t, "this user is in one group only")
	return 0
}

// missing ends a test that this machine cannot run. With CI set, the test fails.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(what)
	}
	t.Skip(what)
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
			missing(t, "the file system of the temporary folder has no attributes")
			return nil
		}, false},
		"special bit": {func(_ *testing.T, name string) error { return os.Chmod(name, 0o666|os.ModeSetgid) }, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := existing(t, 0o666) // more than a typical umask permits
			if err := test.prepare(t, file); err != nil {
				t.Fatal(err)
			}
			was := inode(t, file)
			info, _ := os.Stat(file)
			owned := info.Sys().(*syscall.Stat_t)
			if err := write(t, file); err != nil {
				t.Fatal(err)
			}
			holds(t, file, after)
			if now, _ := os.Stat(file); now.Mode() != info.Mode() {
				t.Errorf("got mode %v, want %v", now.Mode(), info.Mode())
			}
			if u, g := owner(t, file); u != owned.Uid || g != owned.Gid {
				t.Errorf("got owner %d:%d, want %d:%d", u, g, owned.Uid, owned.Gid)
			}
			if replaced := inode(t, file) != was; replaced != test.replaced {
				t.Errorf("got replaced %t", replaced)
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
		if err := Write(t.Context(), name, []byte(after), mode); err != nil {
			t.Fatal(err)
		}
		holds(t, name, after)
		if info, _ := os.Stat(name); info.Mode() != mode&^os.FileMode(umask) {
			t.Errorf("got mode %v", info.Mode())
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
				err = errors.Join(err, os.WriteFile(target, []byte(before), 0o640))
			}
			if err := errors.Join(err, write(t, second)); err != nil {
				t.Fatal(err)
			}
			holds(t, target, after)
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
	if err := write(t, os.DevNull); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		t.Fatalf("%s is no longer a device", os.DevNull)
	}
	if _, err := os.Stat("/dev/full"); err == nil {
		if err := write(t, "/dev/full"); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("/dev/full: got error %v", err)
		}
	}
}

func TestWritePipe(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan string)
	go func() {
		file, err := os.Open(name)
		if err != nil {
			read <- err.Error()
			return
		}
		text, _ := io.ReadAll(file)
		read <- string(text)
	}()
	err := write(t, name)
	if text := <-read; err != nil || text != after {
		t.Errorf("the reader got %q (%v)", text, err)
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
	if err := Write(ctx, name, []byte(after), 0o600); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got error %v", err)
	}
	reader, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // releases the writer
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
}

func TestWriteRefused(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	loop := filepath.Join(folder, "loop")
	if err := os.Symlink("loop", loop); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{folder: syscall.EISDIR, loop: syscall.ELOOP,
		filepath.Join(folder, "none", "file"): syscall.ENOENT} {
		if err := write(t, name); !errors.Is(err, want) {
			t.Errorf("%s: got error %v, want %v", name, err, want)
		}
	}
}

// TestOverwriteRestores simulates a full disk with a limit of the process. The former content
// exceeds the limit.
func TestOverwriteRestores(t *testing.T) {
	file := existing(t, 0o600)
	if err := os.Link(file, file+"2"); err != nil { // prevents a replacement
		t.Fatal(err)
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	low := limit
	low.Cur = 64
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &low); err != nil {
		t.Fatal(err)
	}
	err := Write(t.Context(), file, []byte(strings.Repeat("x", 100)), 0o600)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(err, syscall.EFBIG) {
		t.Errorf("got error %v", err)
	}
	holds(t, file, before)
}

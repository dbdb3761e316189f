// Package outfile writes to files that the user names.
package outfile

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// Write writes content to a file, a device or a pipe. It follows symbolic links. A new file gets
// the permissions in mode, minus those in the umask.
//
// An existing file keeps its mode, owner, hard links and attributes. If a replacement can keep all
// of these, Write replaces the file atomically. Otherwise Write overwrites the file, and restores
// the former content if that fails.
//
// If a pipe has no reader, Write waits for a reader until the context ends.
func Write(ctx context.Context, name string, content []byte, mode os.FileMode) error {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		target, err := followLinks(name)
		if err != nil {
			return err
		}
		return replace(target, content, mode, nil)
	case err != nil:
		return err
	case info.IsDir():
		return &os.PathError{Op: "open", Path: name, Err: syscall.EISDIR}
	case !info.Mode().IsRegular():
		return writeStream(ctx, name, content)
	default:
		return writeExisting(name, info, content)
	}
}

// Check predicts the error of Write without opening the file: a missing folder, a read-only folder
// or file, or a folder in place of the file. The error is an *os.PathError.
func Check(name string) error {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		target, err := followLinks(name)
		if err != nil {
			return err
		}
		return checkAccess(filepath.Dir(target), unix.W_OK|unix.X_OK)
	case err != nil:
		return err
	case info.IsDir():
		return &os.PathError{Op: "open", Path: name, Err: syscall.EISDIR}
	case !info.Mode().IsRegular():
		return nil
	default:
		return checkAccess(name, unix.W_OK)
	}
}

// checkAccess returns an error if this process does not have the given access to a path.
func checkAccess(path string, access uint32) error {
	if err := unix.Faccessat(unix.AT_FDCWD, path, access, unix.AT_EACCESS); err != nil {
		return &os.PathError{Op: "access", Path: path, Err: err}
	}
	return nil
}

// IsStream reports whether name is a device or a pipe.
func IsStream(name string) bool {
	info, err := os.Stat(name)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

// maxLinks is the maximum number of symbolic links that Linux follows in a path:
// https://man7.org/linux/man-pages/man7/path_resolution.7.html
const maxLinks = 40

// followLinks resolves symbolic links. The target may be missing.
func followLinks(name string) (string, error) {
	for range maxLinks {
		target, err := os.Readlink(name)
		if err != nil { // name is not a link
			return name, nil
		}
		if !filepath.IsAbs(target) {
			// filepath.Join would remove .. together with the element before it, even if that
			// element is a link.
			target = filepath.Dir(name) + string(filepath.Separator) + target
		}
		name = target
	}
	return "", &os.PathError{Op: "open", Path: name, Err: syscall.ELOOP}
}

// writeStream writes to a device or a pipe.
func writeStream(ctx context.Context, name string, content []byte) error {
	done := make(chan error, 1)
	go func() {
		file, err := os.OpenFile(name, os.O_WRONLY, 0) // opening a pipe waits for a reader
		if err != nil {
			done <- err
			return
		}
		_, err = file.Write(content)
		done <- cmp.Or(err, file.Close())
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// writeExisting replaces or overwrites an existing file.
func writeExisting(name string, info os.FileInfo, content []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY, 0) // fails if the file is read-only
	if err != nil {
		return err
	}
	if target, err := filepath.EvalSymlinks(name); err == nil && canReplace(file, target, info) &&
		replace(target, content, info.Mode().Perm(), info) == nil {
		return file.Close()
	}
	oldContent, readErr := os.ReadFile(name)
	err = overwrite(file, content)
	if err != nil && readErr == nil {
		_ = overwrite(file, oldContent) // this cannot fill the disk: the file had this size before
	}
	return cmp.Or(err, file.Close())
}

func overwrite(file *os.File, content []byte) error {
	if _, err := file.WriteAt(content, 0); err != nil {
		return err
	}
	return file.Truncate(int64(len(content)))
}

// replace writes a temporary file and renames it to name. If oldInfo is nil, the file gets the
// permissions in mode, minus those in the umask. Otherwise it gets the owner and mode in oldInfo.
func replace(name string, content []byte, mode os.FileMode, oldInfo os.FileInfo) error {
	temporary := filepath.Join(filepath.Dir(name), ".retrycatch-"+rand.Text())
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer os.Remove(temporary) // has no effect after the rename
	if err := cmp.Or(writeContent(file, content, oldInfo), file.Close()); err != nil {
		return err
	}
	return os.Rename(temporary, name)
}

func writeContent(file *os.File, content []byte, oldInfo os.FileInfo) error {
	if oldInfo != nil {
		if err := copyOwnerAndMode(file, oldInfo); err != nil {
			return err
		}
	}
	if _, err := file.Write(content); err != nil {
		return err
	}
	return file.Sync() // some file systems report write errors only here
}

// Package outfile writes files named by the user.
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

// Write writes the named file. A new file gets mode, less the umask.
//
// Write also writes to devices and pipes, and follows symbolic links. An existing file keeps its
// mode, owner, links and attributes. If a new file can keep them all, Write replaces the old one
// atomically, so the name never refers to incomplete content. Otherwise Write overwrites the file.
// If that fails, it restores the former content.
//
// If a pipe has no reader, Write waits for one until the context ends.
func Write(ctx context.Context, name string, content []byte, mode os.FileMode) error {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		target, err := follow(name)
		if err != nil {
			return err
		}
		return replace(target, content, mode, nil)
	case err != nil:
		return err
	case info.IsDir():
		return &os.PathError{Op: "open", Path: name, Err: syscall.EISDIR}
	case !info.Mode().IsRegular():
		return send(ctx, name, content)
	default:
		return rewrite(name, info, content)
	}
}

// Check returns the error that Write is likely to have, without opening the file: a missing folder,
// a read-only folder or file, or a folder in place of the file. The error is an *os.PathError.
func Check(name string) error {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		target, err := follow(name)
		if err != nil {
			return err
		}
		return writable(filepath.Dir(target), unix.W_OK|unix.X_OK)
	case err != nil:
		return err
	case info.IsDir():
		return &os.PathError{Op: "open", Path: name, Err: syscall.EISDIR}
	case !info.Mode().IsRegular():
		return nil
	default:
		return writable(name, unix.W_OK)
	}
}

// writable returns an error if this process lacks a kind of access to a file or folder.
func writable(path string, access uint32) error {
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

// maxLinks is the number of symbolic links that Linux follows in a path:
// https://man7.org/linux/man-pages/man7/path_resolution.7.html
const maxLinks = 40

// follow resolves the symbolic links at name. Their target may be missing.
func follow(name string) (string, error) {
	for range maxLinks {
		target, err := os.Readlink(name)
		if err != nil { // not a link
			return name, nil
		}
		if !filepath.IsAbs(target) {
			// filepath.Join would resolve .. before the preceding links.
			target = filepath.Dir(name) + string(filepath.Separator) + target
		}
		name = target
	}
	return "", &os.PathError{Op: "open", Path: name, Err: syscall.ELOOP}
}

// send writes to a device or a pipe.
func send(ctx context.Context, name string, content []byte) error {
	done := make(chan error, 1)
	go func() {
		file, err := os.OpenFile(name, os.O_WRONLY, 0) // opening a pipe waits for its reader
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

// rewrite replaces the content of an existing file.
func rewrite(name string, info os.FileInfo, content []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY, 0) // fails for a read-only file, which stays unchanged
	if err != nil {
		return err
	}
	if target, err := filepath.EvalSymlinks(name); err == nil && replaceable(file, target, info) &&
		replace(target, content, info.Mode().Perm(), info) == nil {
		return file.Close()
	}
	before, unread := os.ReadFile(name)
	err = overwrite(file, content)
	if err != nil && unread == nil {
		_ = overwrite(file, before) // the former content fits
	}
	return cmp.Or(err, file.Close())
}

func overwrite(file *os.File, content []byte) error {
	if _, err := file.WriteAt(content, 0); err != nil {
		return err
	}
	return file.Truncate(int64(len(content)))
}

// replace renames a new file to name. The file gets the former file's owner and mode, or mode less
// the umask.
func replace(name string, content []byte, mode os.FileMode, former os.FileInfo) error {
	half := filepath.Join(filepath.Dir(name), ".retrycatch-"+rand.Text())
	file, err := os.OpenFile(half, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer os.Remove(half) // does nothing after the rename
	if err := cmp.Or(fill(file, content, former), file.Close()); err != nil {
		return err
	}
	return os.Rename(half, name)
}

func fill(file *os.File, content []byte, former os.FileInfo) error {
	if former != nil {
		if err := keep(file, former); err != nil {
			return err
		}
	}
	if _, err := file.Write(content); err != nil {
		return err
	}
	return file.Sync() // some disks report an error only here
}

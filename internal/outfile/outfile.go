// Package outfile writes the files that a person names.
package outfile

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// Write writes a file of a name. A new file gets the mode, less the umask.
//
// It writes into a device or a pipe, and through symbolic links. An existing file keeps its mode,
// owner, links and attributes: a new file takes its place only if that loses none of them, and
// otherwise the file itself is overwritten. The name never has half of the content as long as a new
// file takes its place. A failed overwriting restores the former content.
//
// The end of the context ends the wait for the reader of a pipe.
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

// IsStream reports whether a name is that of a device or a pipe.
func IsStream(name string) bool {
	info, err := os.Stat(name)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

// maxLinks is the number of symbolic links that Linux follows:
// https://man7.org/linux/man-pages/man7/path_resolution.7.html
const maxLinks = 40

// follow returns the file that a name leads to by symbolic links. The file need not exist.
func follow(name string) (string, error) {
	for range maxLinks {
		target, err := os.Readlink(name)
		if err != nil { // it is not a link
			return name, nil
		}
		if !filepath.IsAbs(target) {
			// Not Join: it would resolve .. without a look at the links before it.
			target = filepath.Dir(name) + string(filepath.Separator) + target
		}
		name = target
	}
	return "", &os.PathError{Op: "open", Path: name, Err: syscall.ELOOP}
}

// send writes into a device or a pipe.
func send(ctx context.Context, name string, content []byte) error {
	done := make(chan error, 1)
	go func() {
		file, err := os.OpenFile(name, os.O_WRONLY, 0) // a pipe waits for its reader
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

// rewrite gives an existing file another content.
func rewrite(name string, info os.FileInfo, content []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY, 0) // a file that must not be written is not replaced either
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
		_ = overwrite(file, before) // it fits where it was
	}
	return cmp.Or(err, file.Close())
}

func overwrite(file *os.File, content []byte) error {
	if _, err := file.WriteAt(content, 0); err != nil {
		return err
	}
	return file.Truncate(int64(len(content)))
}

// replace puts a new file in the place of a name. It gives the file the mode, less the umask, or
// the owner and the mode of a former file.
func replace(name string, content []byte, mode os.FileMode, former os.FileInfo) error {
	half := filepath.Join(filepath.Dir(name), ".retrycatch-"+rand.Text())
	file, err := os.OpenFile(half, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer os.Remove(half) // in vain once it has its name
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
	return file.Sync() // a disk may report an error as late as this
}

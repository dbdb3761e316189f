// Package scratch provides this process and its children with a temporary folder that can hold
// programs. A local AWS runs the function there.
package scratch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"retrycatch/internal/problem"
)

// minBytes is the approximate space for a synthesis and a local AWS, in bytes.
const minBytes = 64 << 20

// Use keeps the temporary folder if it has enough space and can run programs. Otherwise it sets
// TMPDIR to a folder in the user's cache. The error is a *problem.Problem.
func Use() error {
	first := os.TempDir()
	firstErr := checkFolder(first)
	if firstErr == nil {
		return nil
	}
	if cache, err := os.UserCacheDir(); err == nil {
		second := filepath.Join(cache, "retrycatch", "tmp")
		if os.MkdirAll(second, 0o700) == nil && checkFolder(second) == nil {
			return os.Setenv("TMPDIR", second)
		}
	}
	return &problem.Problem{What: "the temporary folder " + first + " cannot be used",
		Next: "set TMPDIR to a folder with free space that can run programs", Err: firstErr}
}

// checkFolder runs a program from the folder, and checks the free space.
func checkFolder(folder string) error {
	folderInside, err := os.MkdirTemp(folder, "retrycatch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folderInside)
	program := filepath.Join(folderInside, "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700); err != nil {
		return err
	}
	// Ignore other errors: a child of another goroutine may still have the file open.
	if err := exec.Command(program).Run(); errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("programs cannot run from it: %w", errors.Unwrap(err))
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(folder, &disk); err == nil && uint64(disk.Bavail)*uint64(disk.Bsize) < minBytes {
		return fmt.Errorf("it has less than %d MiB left", minBytes>>20)
	}
	return nil
}

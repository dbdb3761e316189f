// Package scratch selects a temporary folder that can run programs. A local AWS runs the Lambda
// function there.
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

// minBytes is roughly the disk space that a synthesis and a local AWS need.
const minBytes = 64 << 20

// SelectTempDir checks that the temporary folder has enough space and can run programs. If not, it
// sets TMPDIR to a folder in the user's cache. The error is a *problem.Problem.
func SelectTempDir() error {
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

// checkFolder checks that the folder can run programs and has enough space.
func checkFolder(folder string) error {
	subfolder, err := os.MkdirTemp(folder, "retrycatch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(subfolder)
	program := filepath.Join(subfolder, "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700); err != nil {
		return err
	}
	// Ignore other errors: a child process of another goroutine may still have the file open.
	if err := exec.Command(program).Run(); errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("it cannot run programs: %w", errors.Unwrap(err))
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(folder, &disk); err == nil && uint64(disk.Bavail)*uint64(disk.Bsize) < minBytes {
		return fmt.Errorf("it has less than %d MiB left", minBytes>>20)
	}
	return nil
}

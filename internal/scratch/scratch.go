// Package scratch gives this process and its children a temporary folder from which programs can
// run. A local AWS runs the function there.
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

// least is roughly the space that a synthesis and a local AWS need, in bytes.
const least = 64 << 20

// Use keeps the temporary folder if it has room and programs can run from it. Otherwise it sets
// TMPDIR to a folder in the user's cache. The error is a *problem.Problem.
func Use() error {
	first := os.TempDir()
	wrong := try(first)
	if wrong == nil {
		return nil
	}
	if cache, err := os.UserCacheDir(); err == nil {
		second := filepath.Join(cache, "retrycatch", "tmp")
		if os.MkdirAll(second, 0o700) == nil && try(second) == nil {
			return os.Setenv("TMPDIR", second)
		}
	}
	return &problem.Problem{What: "the temporary folder " + first + " cannot be used",
		Next: "set TMPDIR to a folder with room where programs can run, and run this again", Err: wrong}
}

// try runs a program from the folder, and checks the free space.
func try(folder string) error {
	own, err := os.MkdirTemp(folder, "retrycatch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(own)
	program := filepath.Join(own, "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700); err != nil {
		return err
	}
	// Other errors do not count: a child of another goroutine may still hold the file open.
	if err := exec.Command(program).Run(); errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("no program runs from it: %w", errors.Unwrap(err))
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(folder, &disk); err == nil && uint64(disk.Bavail)*uint64(disk.Bsize) < least {
		return fmt.Errorf("it has less than %d MiB left", least>>20)
	}
	return nil
}

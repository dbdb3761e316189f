// Command peak runs a command and writes the command's peak memory in bytes to a file. It is a
// small process of its own because a child has its parent's memory until it executes its own
// program, and its peak memory includes that memory.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

func main() {
	file, command := os.Args[1], os.Args[2:]
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	bytes := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
	if runtime.GOOS != "darwin" { // macOS reports bytes, other systems KiB
		bytes *= 1024
	}
	if err := os.WriteFile(file, fmt.Append(nil, bytes), 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

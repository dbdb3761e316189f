// Command peak runs a command and writes to a file how much memory it has occupied at the most, in bytes. It is a process apart
// because the kernel counts what the starting process occupies as the started one's: this one occupies little.
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
	if runtime.GOOS != "darwin" { // where it is in bytes already
		bytes *= 1024
	}
	if err := os.WriteFile(file, fmt.Append(nil, bytes), 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

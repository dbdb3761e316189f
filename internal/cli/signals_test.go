package cli

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// busyVariable names an environment variable. If it is set, the test program waits until a second
// signal ends it.
const busyVariable = "RETRYCATCH_TEST_BUSY"

func awaitSecondInterrupt() {
	ctx, _ := Interruptible(context.Background())
	fmt.Println("ready")
	<-ctx.Done()
	fmt.Println("interrupted")
	select {}
}

func TestSecondInterrupt(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), busyVariable+"=1")
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			for _, want := range []string{"ready", "interrupted"} {
				if !lines.Scan() || lines.Text() != want {
					t.Fatalf("got %q, want %q", lines.Text(), want)
				}
				if want == "ready" {
					_ = cmd.Process.Signal(s)
				}
			}
			ended := make(chan struct{})
			go func() { _ = cmd.Wait(); close(ended) }()
			for again := time.NewTicker(samePress); ; {
				select {
				case <-ended:
					if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != s {
						t.Errorf("the process ended with %v, want %v", cmd.ProcessState, s)
					}
					return
				case <-again.C:
					_ = cmd.Process.Signal(s)
				}
			}
		})
	}
}

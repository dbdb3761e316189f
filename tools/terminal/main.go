// Command terminal runs a command in a terminal, and draws its screen as an SVG animation that
// plays once:
//
//	go -C tools run ./terminal -title TITLE -text DESCRIPTION COMMAND... >docs/terminal.svg
//
// The SVG contains no script and no font. In print, and for readers who prefer reduced motion, it
// shows only the final screen.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// The size of the terminal. record returns an error for output with more rows.
const (
	columns = 80
	rows    = 40
)

func main() {
	title := flag.String("title", "", "title of the picture")
	text := flag.String("text", "", "description of the picture, for a screen reader")
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	recording, err := record(flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "terminal:", err)
		os.Exit(1)
	}
	draw(os.Stdout, recording, *title, *text)
}

// record runs a command in a terminal and records how its screen changes.
func record(command []string) (*recording, error) {
	process := exec.Command(command[0], command[1:]...)
	process.Env = append(os.Environ(), "TERM=xterm-256color")
	terminal, err := pty.StartWithSize(process, &pty.Winsize{Cols: columns, Rows: rows})
	if err != nil {
		return nil, err
	}
	defer terminal.Close()
	screen := vt.NewEmulator(columns, rows)
	result, began := &recording{}, time.Now()
	buffer := make([]byte, 1<<16)
	for {
		n, err := terminal.Read(buffer)
		if n > 0 {
			if _, err := screen.Write(buffer[:n]); err != nil {
				return nil, err
			}
			result.add(time.Since(began), readScreen(screen))
		}
		// On Linux, the read fails with EIO after the command has closed the terminal.
		if errors.Is(err, io.EOF) || errors.Is(err, syscall.EIO) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	if screen.ScrollbackLen() > 0 {
		return nil, fmt.Errorf("the output has more than %d rows", rows)
	}
	if err := process.Wait(); err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(command, " "), err)
	}
	return result, nil
}

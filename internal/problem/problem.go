// Package problem defines errors that tell the user what to do next.
package problem

import "fmt"

// Problem is an error with a next step.
type Problem struct {
	What string // what failed, without the cause
	Next string // a command, or a sentence that starts in lowercase
	Err  error  // cause; nil if What includes it
}

func (p *Problem) Error() string {
	if p.Err == nil {
		return p.What
	}
	return fmt.Sprintf("%s: %v", p.What, p.Err)
}

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Err }

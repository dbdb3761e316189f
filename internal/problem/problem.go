// Package problem defines errors that a person can act on.
package problem

import "fmt"

// Problem is an error with a next step.
type Problem struct {
	What string // what failed
	Next string // the next step, as a sentence that starts in lowercase
	Err  error  // the cause, if any
}

func (p *Problem) Error() string {
	if p.Err == nil {
		return p.What
	}
	return fmt.Sprintf("%s: %v", p.What, p.Err)
}

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Err }

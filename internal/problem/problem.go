// Package problem is the error that a person can act on: what happened, why, and the next step.
package problem

import "fmt"

// Problem is one thing that keeps a command from doing its work.
type Problem struct {
	What string // what happened
	Next string // what to do about it, as a sentence without its first capital
	Err  error  // why, where something else said so
}

func (p *Problem) Error() string {
	if p.Err == nil {
		return p.What
	}
	return fmt.Sprintf("%s: %v", p.What, p.Err)
}

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Err }

package awsstub

import "testing"

// Script maps operations to answers, in the form for Stub.On.
type Script map[string][]Answer

// With replaces the answers to one operation and returns the script.
func (s Script) With(operation string, answers ...Answer) Script {
	s[operation] = answers
	return s
}

// Stub returns a stub that answers from the script.
func (s Script) Stub(t testing.TB) *Stub {
	stub := New(t)
	for operation, answers := range s {
		stub.On(operation, answers...)
	}
	return stub
}

package awsstub

import "testing"

// Script maps operations to answers for Stub.On.
type Script map[string][]Answer

// With replaces an operation's answers and returns the script.
func (s Script) With(operation string, answers ...Answer) Script {
	s[operation] = answers
	return s
}

// Stub returns a stub with the script's answers.
func (s Script) Stub(t testing.TB) *Stub {
	stub := New(t)
	for operation, answers := range s {
		stub.On(operation, answers...)
	}
	return stub
}

package faults

import (
	"context"
	"maps"
	"slices"
)

// Manner is a behavior of AWS that a test's endpoint does not have.
type Manner struct {
	Name   string
	Source string // where AWS documents it, or somebody recorded it
	layer  layer
	start  func(ctx context.Context, p *Proxy) middleware // with a new state for each proxy
}

// handler answers a call.
type handler func(*call) (*answer, error)

// middleware answers a call by itself, or changes the next handler's answer. To change an answer it
// returns a new one, so that the proxy can count the changed answers.
type middleware func(c *call, next handler) (*answer, error)

// layer orders manners by their distance from the caller, in whatever order a test names them. A
// stale read, for example, repeats an answer that all other manners have changed.
type layer int

const (
	refusals  layer = iota // calls that never reach the service
	staleness              // of stacks
	lingering              // of the resources that a stack deleted
	listings
	deleting // by CloudFormation itself
)

// Benign returns the manners of a healthy account. Everything that works on AWS works with all of
// them at once.
func Benign() []Manner {
	return []Manner{DeletedStaysListed(), StaleReads(2), SlowDeleting(2), RoleDeletionConflict(), LogGroupProtection(),
		CleanupSkips(), LostExecutionRole(), Buckets(1), LambdaConcurrency(10)}
}

// behave builds the handler that answers calls with the manners.
func (p *Proxy) behave(ctx context.Context, manners []Manner) handler {
	handle := handler(func(c *call) (*answer, error) { return p.deletions.answer(c, p.forward) })
	manners = slices.SortedStableFunc(slices.Values(manners), func(a, b Manner) int { return int(b.layer - a.layer) })
	for _, manner := range manners {
		handle = p.wrap(manner.Name, manner.start(ctx, p), handle)
	}
	return handle
}

// accountOf returns the account of the key that signed a call. An account has many keys, including
// those of its roles.
func (p *Proxy) accountOf(c *call) string {
	key := scopeOf(c.request)[0]
	p.mu.Lock()
	account, known := p.accounts[key]
	p.mu.Unlock()
	if known {
		return account
	}
	account = key // for an endpoint without accounts
	if identity, err := p.forward(c.ask("sts:GetCallerIdentity", nil)); err == nil {
		if document := identity.document(); document != nil && document.FindElement("//Account") != nil {
			account = document.FindElement("//Account").Text()
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.accounts[key] = account
	return account
}

// wrap puts a middleware in front of a handler, and counts the answers that are not the handler's.
func (p *Proxy) wrap(name string, around middleware, handle handler) handler {
	return func(c *call) (*answer, error) {
		var got *answer
		given, err := around(c, func(asked *call) (*answer, error) {
			received, err := handle(asked)
			if asked == c {
				got = received
			}
			return received, err
		})
		if given != got {
			p.play(name)
		}
		return given, err
	}
}

func (p *Proxy) play(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.played[name]++
}

// Played returns the number of answers that each manner has changed or given so far, by its name.
func (p *Proxy) Played() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.played)
}

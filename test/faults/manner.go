package faults

import (
	"context"
	"maps"
	"slices"
)

// Manner is a behavior of AWS that a test's endpoint does not have.
type Manner struct {
	Name   string
	Source string // the address of the documentation or of a recording on AWS
	layer  layer
	start  func(ctx context.Context, p *Proxy) middleware // creates a separate state for each proxy
}

// handler answers a call.
type handler func(*call) (*answer, error)

// middleware answers a call itself, or changes the next handler's answer. It changes an answer by
// returning a new one, so that the proxy can count the changed answers.
type middleware func(c *call, next handler) (*answer, error)

// layer orders manners by their distance from the caller. The order in a test's options does not
// matter. For example, a stale read repeats an answer that the layers below have changed.
type layer int

const (
	refusals  layer = iota // calls that never reach the service
	staleness              // of stacks
	lingering              // of the resources that a stack deleted
	listings
	deleting // by CloudFormation itself
)

// Benign returns the manners of a healthy account. Code that works on AWS must work with all of
// them together.
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
	if identity, err := p.forward(c.newCall("sts:GetCallerIdentity", nil)); err == nil {
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
		given, err := around(c, func(made *call) (*answer, error) {
			received, err := handle(made)
			if made == c {
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

// Played returns how many answers each manner has given or changed so far, by the manner's name.
func (p *Proxy) Played() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.played)
}

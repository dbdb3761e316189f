package faults

import (
	"context"
	"maps"
	"slices"
)

// Behavior imitates an AWS behavior that test endpoints lack.
type Behavior struct {
	Name          string
	Source        string // URLs that document the behavior
	layer         layer
	newMiddleware func(ctx context.Context, p *Proxy) middleware // called once per proxy, so proxies share no state
}

// handler responds to a call.
type handler func(*call) (*response, error)

// middleware responds to a call, or passes the call to the next handler and can change that
// handler's response. To change a response, the middleware returns a changed copy. The proxy counts
// responses that differ from the original.
type middleware func(c *call, next handler) (*response, error)

// layer determines the order of behaviors. Their order in Options matters only within a layer.
// Lower layers are closer to the caller. For example, stale reads repeat responses that higher
// layers have changed.
type layer int

const (
	refusalLayer       layer = iota // refused calls never reach the service
	staleStackLayer                 // stale reads of stacks
	staleResourceLayer              // stale reads of single resources
	listingLayer                    // a stack's list of resources, including deleted resources
	deletionLayer                   // how CloudFormation deletes stacks and resources
)

// BenignBehaviors returns the behaviors of a healthy account. Code must work with all of them
// together, as it must on AWS.
func BenignBehaviors() []Behavior {
	return []Behavior{DeletedResourcesListed(), StaleReads(2), SlowStateMachineDeletion(2), RoleDeletionConflict(),
		LogGroupProtection(), FailedUpdateCleanup(), LostExecutionRole(), TokenBuckets(1), LambdaConcurrencyLimit(10)}
}

// buildHandler puts all behaviors in front of the endpoint.
func (p *Proxy) buildHandler(ctx context.Context, behaviors []Behavior) handler {
	handle := handler(func(c *call) (*response, error) { return p.deletions.handle(c, p.forward) })
	behaviors = slices.SortedStableFunc(slices.Values(behaviors),
		func(a, b Behavior) int { return int(b.layer - a.layer) })
	for _, behavior := range behaviors {
		handle = p.wrap(behavior.Name, behavior.newMiddleware(ctx, p), handle)
	}
	return handle
}

// callerAccount returns the ID of the account that owns the call's access key. It returns the
// access key if the endpoint does not report an account.
func (p *Proxy) callerAccount(c *call) string {
	key := credentialScope(c.request)[0]
	p.mu.Lock()
	account, known := p.accounts[key]
	p.mu.Unlock()
	if known {
		return account
	}
	account = key
	if identity, err := p.forward(c.derive("sts:GetCallerIdentity", nil)); err == nil {
		if document := identity.document(); document != nil && document.FindElement("//Account") != nil {
			account = document.FindElement("//Account").Text()
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.accounts[key] = account
	return account
}

// wrap puts a behavior's middleware in front of a handler. It counts the responses that the
// middleware creates or changes.
func (p *Proxy) wrap(name string, around middleware, handle handler) handler {
	return func(c *call) (*response, error) {
		var original *response
		result, err := around(c, func(inner *call) (*response, error) {
			received, err := handle(inner)
			if inner == c {
				original = received
			}
			return received, err
		})
		if result != original {
			p.countAltered(name)
		}
		return result, err
	}
}

func (p *Proxy) countAltered(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.altered[name]++
}

// AlteredResponses returns how many responses each behavior has created or changed so far. The keys
// are the names of the behaviors.
func (p *Proxy) AlteredResponses() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.altered)
}

package faults

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// StaleReads combines StaleStacks, StaleDeletions and StaleExecutions. Each makes n reads stale.
func StaleReads(n int) Behavior {
	// StaleStacks comes last, so that it is closest to the caller: the other behaviors also read
	// stack resources and need fresh responses.
	behaviors := []Behavior{StaleExecutions(n), StaleDeletions(n), StaleStacks(n)}
	source := ""
	for _, behavior := range behaviors {
		source += behavior.Source + " "
	}
	combine := func(ctx context.Context, p *Proxy) middleware {
		handle := middleware(forwardUnchanged)
		for _, behavior := range behaviors {
			outer, inner := behavior.newMiddleware(ctx, p), handle
			handle = func(c *call, next handler) (*response, error) {
				return outer(c, func(forwarded *call) (*response, error) { return inner(forwarded, next) })
			}
		}
		return handle
	}
	return Behavior{Name: "stale reads", layer: staleStackLayer, Source: source, newMiddleware: combine}
}

// StaleStacks makes DescribeStacks and ListStackResources return the response from before a stack's
// last change. Each operation is stale for n reads after a change. DescribeStackEvents is never
// stale.
//
// The CDK CLI tolerates three stale reads of REVIEW_IN_PROGRESS in a deployment. During a deletion,
// the CDK CLI gets fresh reads, because cdk destroy stops at the first status that is not in
// progress. See stabilizeStack in @aws-cdk/toolkit-lib/lib/api/deployments/cfn-api.ts.
func StaleStacks(n int) Behavior {
	return Behavior{Name: "stale stacks", layer: staleStackLayer,
		Source: "https://github.com/aws/aws-cdk-cli/issues/1802 and https://github.com/aws/aws-cdk-cli/issues/1848",
		newMiddleware: func(context.Context, *Proxy) middleware {
			s := &staleStacks{reads: n, old: map[string]*oldResponses{}}
			return s.handle
		}}
}

// stackChanges holds the CloudFormation operations that change a stack.
var stackChanges = map[string]bool{
	"cloudformation:CreateStack": true, "cloudformation:UpdateStack": true, "cloudformation:DeleteStack": true,
	"cloudformation:CreateChangeSet": true, "cloudformation:ExecuteChangeSet": true,
	"cloudformation:CancelUpdateStack": true, "cloudformation:RollbackStack": true,
	"cloudformation:UpdateTerminationProtection": true,
}

// stackReads lists the operations that StaleStacks makes stale.
var stackReads = []string{"cloudformation:DescribeStacks", "cloudformation:ListStackResources"}

// staleStacks holds responses from before each stack's last change.
type staleStacks struct {
	reads int
	mu    sync.Mutex
	old   map[string]*oldResponses // by account, region, operation and the stack's name
}

// oldResponses holds the responses that one operation returned before a stack was changed.
type oldResponses struct {
	changeOperation string               // the operation that changes the stack
	byStack         map[string]*response // by the stack's name and by its ID, because the responses can differ
	staleReads      int                  // number of stale reads left
}

func (s *staleStacks) handle(c *call, next handler) (*response, error) {
	if stackChanges[c.operation] {
		if err := s.rememberStack(c, next); err != nil {
			return nil, err
		}
		return next(c)
	}
	fresh, err := next(c)
	if err != nil || !slices.Contains(stackReads, c.operation) {
		return fresh, err
	}
	return s.staleOrFresh(c, fresh), nil
}

// staleOrFresh returns the response from before the last change while stale reads are left. After
// that it returns the fresh response.
func (s *staleStacks) staleOrFresh(c *call, fresh *response) *response {
	id := c.parameter("StackName")
	s.mu.Lock()
	defer s.mu.Unlock()
	stored := s.old[c.accountRegion()+c.operation+stackName(id)]
	if stored == nil || stored.staleReads == 0 {
		return fresh
	}
	stored.staleReads--
	exempt := stored.changeOperation == "cloudformation:DeleteStack" && strings.Contains(c.request.UserAgent(), "aws-cdk")
	if stale := stored.byStack[id]; stale != nil && !exempt && !equalResponses(stale, fresh) {
		return stale
	}
	return fresh
}

// rememberStack stores the responses about a stack before a change, by the stack's name and by its
// ID.
func (s *staleStacks) rememberStack(c *call, next handler) error {
	name := stackName(c.parameter("StackName"))
	ids := []string{name}
	for _, operation := range stackReads { // the first operation returns the ID for the second
		stored := &oldResponses{changeOperation: c.operation, byStack: map[string]*response{}, staleReads: s.reads}
		for i := 0; i < len(ids); i++ {
			before, err := next(c.derive(operation, map[string]string{"StackName": ids[i]}))
			if err != nil {
				return err
			}
			stored.byStack[ids[i]] = before
			for _, stack := range members(before.document(), "Stacks") {
				if id := childText(stack, "StackId"); !slices.Contains(ids, id) {
					ids = append(ids, id)
				}
			}
		}
		s.mu.Lock()
		s.old[c.accountRegion()+operation+name] = stored
		s.mu.Unlock()
	}
	return nil
}

// stackName returns the name of the stack with this name or ID.
func stackName(id string) string {
	if parts := strings.Split(id, "/"); len(parts) == 3 { // arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/UUID
		return parts[1]
	}
	return id
}

var requestID = regexp.MustCompile(`<RequestId>[^<]*</RequestId>`)

// equalResponses reports whether two responses are equal except for their request IDs.
func equalResponses(a, b *response) bool {
	withoutID := func(r *response) string { return requestID.ReplaceAllString(string(r.body), "") }
	return a.status == b.status && withoutID(a) == withoutID(b)
}

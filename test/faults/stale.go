package faults

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// StaleReads combines StaleStacks, StaleDeletions and StaleExecutions, each for n reads.
func StaleReads(n int) Manner {
	// The last part is nearest to the caller. The others read a stack's resources and must not get
	// a stale answer.
	parts := []Manner{StaleExecutions(n), StaleDeletions(n), StaleStacks(n)}
	source := ""
	for _, part := range parts {
		source += part.Source + " "
	}
	start := func(ctx context.Context, p *Proxy) middleware {
		handle := middleware(pass)
		for _, part := range parts {
			outer, inner := part.start(ctx, p), handle
			handle = func(c *call, next handler) (*answer, error) {
				return outer(c, func(made *call) (*answer, error) { return inner(made, next) })
			}
		}
		return handle
	}
	return Manner{Name: "stale reads", layer: staleness, Source: source, start: start}
}

// StaleStacks makes DescribeStacks of a stack and ListStackResources answer as before the last
// change, for n reads each. A new stack does not exist yet. DescribeStackEvents is never stale.
//
// The CDK CLI tolerates three stale reads of REVIEW_IN_PROGRESS in a deployment. During a deletion
// it gets fresh reads: its destroy stops at the first status that is not in progress. See
// stabilizeStack in @aws-cdk/toolkit-lib/lib/api/deployments/cfn-api.ts.
func StaleStacks(n int) Manner {
	return Manner{Name: "stale stacks", layer: staleness,
		Source: "https://github.com/aws/aws-cdk-cli/issues/1802 and https://github.com/aws/aws-cdk-cli/issues/1848",
		start: func(context.Context, *Proxy) middleware {
			s := &staleStacks{reads: n, memories: map[string]*memory{}}
			return s.answer
		}}
}

// changes holds the operations of CloudFormation that change a stack.
var changes = map[string]bool{
	"cloudformation:CreateStack": true, "cloudformation:UpdateStack": true, "cloudformation:DeleteStack": true,
	"cloudformation:CreateChangeSet": true, "cloudformation:ExecuteChangeSet": true,
	"cloudformation:CancelUpdateStack": true, "cloudformation:RollbackStack": true,
	"cloudformation:UpdateTerminationProtection": true,
}

// stackReads lists the operations that can be stale.
var stackReads = []string{"cloudformation:DescribeStacks", "cloudformation:ListStackResources"}

// staleStacks holds the answers about each stack from before its last change.
type staleStacks struct {
	reads    int
	mu       sync.Mutex
	memories map[string]*memory // by account, region, operation and the stack's name
}

// memory holds the answers from before a change.
type memory struct {
	change  string             // the operation
	answers map[string]*answer // by the stack's name and by its ID
	left    int                // stale reads left
}

func (s *staleStacks) answer(c *call, next handler) (*answer, error) {
	if changes[c.operation] {
		if err := s.remember(c, next); err != nil {
			return nil, err
		}
		return next(c)
	}
	fresh, err := next(c)
	if err != nil || !slices.Contains(stackReads, c.operation) {
		return fresh, err
	}
	return s.age(c, fresh), nil
}

// age returns the answer from before the last change while stale reads are left, and fresh
// afterwards.
func (s *staleStacks) age(c *call, fresh *answer) *answer {
	id := c.parameter("StackName")
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.memories[c.location()+c.operation+stackName(id)]
	if known == nil || known.left == 0 {
		return fresh
	}
	known.left--
	spared := known.change == "cloudformation:DeleteStack" && strings.Contains(c.request.UserAgent(), "aws-cdk")
	if old := known.answers[id]; old != nil && !spared && !same(old, fresh) {
		return old
	}
	return fresh
}

// remember reads a stack that is about to change, by its name and by its ID.
func (s *staleStacks) remember(c *call, next handler) error {
	name := stackName(c.parameter("StackName"))
	ids := []string{name}
	for _, operation := range stackReads { // the first returns the ID
		known := &memory{change: c.operation, answers: map[string]*answer{}, left: s.reads}
		for i := 0; i < len(ids); i++ {
			before, err := next(c.newCall(operation, map[string]string{"StackName": ids[i]}))
			if err != nil {
				return err
			}
			known.answers[ids[i]] = before
			for _, stack := range members(before.document(), "Stacks") {
				if id := text(stack, "StackId"); !slices.Contains(ids, id) {
					ids = append(ids, id)
				}
			}
		}
		s.mu.Lock()
		s.memories[c.location()+operation+name] = known
		s.mu.Unlock()
	}
	return nil
}

// stackName returns the name of a stack, given its name or ID.
func stackName(id string) string {
	if parts := strings.Split(id, "/"); len(parts) == 3 { // arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/UUID
		return parts[1]
	}
	return id
}

var requestID = regexp.MustCompile(`<RequestId>[^<]*</RequestId>`)

// same reports whether two answers are equal apart from their request IDs.
func same(a, b *answer) bool {
	bare := func(answer *answer) string { return requestID.ReplaceAllString(string(answer.body), "") }
	return a.status == b.status && bare(a) == bare(b)
}

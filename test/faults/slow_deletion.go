package faults

import (
	"context"
	"net/http"
	"strings"
	"sync"
)

// SlowStateMachineDeletion makes DescribeStateMachine report DELETING n times after
// DeleteStateMachine. In the meantime, the name cannot be used again. Deletions by CloudFormation
// are not affected, because CloudFormation waits until the state machine no longer exists.
func SlowStateMachineDeletion(n int) Behavior {
	return Behavior{Name: "slow deletion of state machines", layer: staleResourceLayer,
		Source: "https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html and " +
			"https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html " +
			"(StateMachineDeleting) and " +
			"https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-stepfunctions/blob/" +
			"5a9b64836a2a5334e8a998cecc19e14340c45d7f/statemachine/src/main/java/com/" +
			"amazonaws/stepfunctions/cloudformation/statemachine/DeleteHandler.java",
		newMiddleware: func(context.Context, *Proxy) middleware {
			s := &stateMachineDeletions{reads: n, machines: map[string]*snapshot{}}
			return s.handle
		}}
}

type stateMachineDeletions struct {
	reads    int
	mu       sync.Mutex
	machines map[string]*snapshot // by ARN
}

func (s *stateMachineDeletions) handle(c *call, next handler) (*response, error) {
	arn := c.parameter("stateMachineArn")
	switch c.operation {
	case "states:DeleteStateMachine":
		before, err := next(c.derive("states:DescribeStateMachine", map[string]string{"stateMachineArn": arn}))
		if err != nil {
			return nil, err
		}
		deleted, err := next(c)
		if err == nil && deleted.status == http.StatusOK && before.status == http.StatusOK {
			s.mu.Lock()
			s.machines[arn] = &snapshot{before.withMember("status", `"DELETING"`), s.reads}
			s.mu.Unlock()
		}
		return deleted, err
	case "states:DescribeStateMachine":
		s.mu.Lock()
		defer s.mu.Unlock()
		if deletion := s.machines[arn]; deletion != nil && deletion.staleReads > 0 {
			deletion.staleReads--
			return deletion.response, nil
		}
	case "states:CreateStateMachine":
		if arn := s.deletingARN(c, c.parameter("name")); arn != "" {
			message := "State Machine is being deleted: '" + arn + "'"
			return errorResponse(c, http.StatusBadRequest, "StateMachineDeleting", message), nil
		}
	}
	return next(c)
}

// deletingARN returns the ARN of a state machine with this name in status DELETING, or "".
func (s *stateMachineDeletions) deletingARN(c *call, name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for arn, deletion := range s.machines {
		if deletion.staleReads > 0 && strings.HasSuffix(arn, ":"+c.region()+":"+c.account+":stateMachine:"+name) {
			return arn
		}
	}
	return ""
}

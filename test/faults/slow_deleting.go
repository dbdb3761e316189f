package faults

import (
	"context"
	"net/http"
	"strings"
	"sync"
)

// SlowDeleting keeps a state machine DELETING for n descriptions after DeleteStateMachine. During
// that time its name is in use. CloudFormation's handler waits for the end, so a state machine that
// CloudFormation deletes is gone at once.
func SlowDeleting(n int) Manner {
	return Manner{Name: "slow deletion of state machines", layer: lingering,
		Source: "https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html and " +
			"https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html " +
			"(StateMachineDeleting) and " +
			"https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-stepfunctions/blob/" +
			"5a9b64836a2a5334e8a998cecc19e14340c45d7f/statemachine/src/main/java/com/" +
			"amazonaws/stepfunctions/cloudformation/statemachine/DeleteHandler.java",
		start: func(context.Context, *Proxy) middleware {
			s := &slowDeleting{reads: n, machines: map[string]*snapshot{}}
			return s.answer
		}}
}

type slowDeleting struct {
	reads    int
	mu       sync.Mutex
	machines map[string]*snapshot // by ARN
}

func (s *slowDeleting) answer(c *call, next handler) (*answer, error) {
	arn := c.parameter("stateMachineArn")
	switch c.operation {
	case "states:DeleteStateMachine":
		before, err := next(c.newCall("states:DescribeStateMachine", map[string]string{"stateMachineArn": arn}))
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
		if known := s.machines[arn]; known != nil && known.left > 0 {
			known.left--
			return known.answer, nil
		}
	case "states:CreateStateMachine":
		if arn := s.deleting(c, c.parameter("name")); arn != "" {
			message := "State Machine is being deleted: '" + arn + "'"
			return refuse(c, http.StatusBadRequest, "StateMachineDeleting", message), nil
		}
	}
	return next(c)
}

// deleting returns the ARN of a machine with this name that is still DELETING, or "".
func (s *slowDeleting) deleting(c *call, name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for arn, known := range s.machines {
		if known.left > 0 && strings.HasSuffix(arn, ":"+c.region()+":"+c.account+":stateMachine:"+name) {
			return arn
		}
	}
	return ""
}

package load

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"retrycatch/internal/awsstub"
)

var throttled = awsstub.Error(http.StatusBadRequest, "ThrottlingException", "Rate exceeded")

// cloud simulates Step Functions in fake time.
type cloud struct {
	mu      sync.Mutex
	calls   int
	started map[string]time.Time // by name
	asked   map[string]int       // calls for the history, by name
	lists   int                  // calls for the list
	order   []string             // names, oldest first
	unseen  int                  // the list lacks this many of the newest
	told    map[string]int       // complete histories returned, by name
	most    int                  // maximum running at the same time
	healthy bool                 // no throttling, no lost answers
	special func(operation, name string) awsstub.Answer
}

// lasts returns the duration of the execution with this name.
func lasts(name string) time.Duration {
	if strings.HasPrefix(name, "429") {
		return 4200 * time.Millisecond
	}
	return 50 * time.Millisecond
}

func newCloud(t *testing.T) (*cloud, aws.Config) {
	c := &cloud{started: map[string]time.Time{}, asked: map[string]int{}, told: map[string]int{},
		special: func(string, string) awsstub.Answer { return nil }}
	stub := awsstub.New(t).On("SFN.StartExecution", c.answer).On("SFN.GetExecutionHistory", c.answer).
		On("SFN.ListExecutions", c.answer)
	return c, stub.Config()
}

func (c *cloud) answer(call awsstub.Call) (*http.Response, error) {
	return c.decide(call)(call)
}

// brokenLate breaks the connection after a short execution has ended.
func brokenLate(call awsstub.Call) (*http.Response, error) {
	time.Sleep(100 * time.Millisecond) // of fake time
	return awsstub.Broken("connection reset by peer")(call)
}

func (c *cloud) decide(call awsstub.Call) awsstub.Answer {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := nameOf(call.Input)
	if answer := c.special(call.Operation, name); answer != nil {
		return answer
	}
	c.calls++
	switch call.Operation {
	case "SFN.GetExecutionHistory":
		c.asked[name]++
	case "SFN.ListExecutions":
		c.lists++
	}
	if !c.healthy && c.calls%10 < 3 {
		return throttled
	}
	switch began, known := c.started[name]; {
	case call.Operation == "SFN.ListExecutions":
		return c.list(call.Input.(*sfn.ListExecutionsInput))
	case call.Operation == "SFN.StartExecution" && known && time.Since(began) >= lasts(name):
		return awsstub.Error(http.StatusBadRequest, "ExecutionAlreadyExists", "Execution Already Exists")
	case call.Operation == "SFN.StartExecution":
		if !known {
			c.started[name] = time.Now()
			c.order = append(c.order, name)
			c.most = max(c.most, c.running())
		}
		if !c.healthy && c.calls%10 == 5 {
			return brokenLate
		}
		return awsstub.JSON(fmt.Sprintf(`{"executionArn": %q, "startDate": 1}`, arnOf(name)))
	case !known:
		return awsstub.Error(http.StatusBadRequest, "ExecutionDoesNotExist", "Execution Does Not Exist")
	case time.Since(began) < lasts(name):
		return awsstub.History("", awsstub.Course(awsstub.AWS, name[:3])[:3]...)
	default:
		c.told[name]++
		return awsstub.History("", awsstub.Course(awsstub.AWS, name[:3])...)
	}
}

// list returns a page of the list, newest first. The token is the number of executions on earlier
// pages.
func (c *cloud) list(in *sfn.ListExecutionsInput) awsstub.Answer {
	before, _ := strconv.Atoi(aws.ToString(in.NextToken)) // zero for the first page
	listed := slices.Clone(c.order[:max(0, len(c.order)-c.unseen)])
	slices.Reverse(listed)
	listed = listed[min(before, len(listed)):]
	var items []string
	for _, name := range listed[:min(len(listed), int(in.MaxResults))] {
		status := "RUNNING"
		if time.Since(c.started[name]) >= lasts(name) {
			course := awsstub.Course(awsstub.AWS, name[:3])
			status = strings.ToUpper(strings.TrimPrefix(string(course[len(course)-1].Type), "Execution"))
		}
		items = append(items, fmt.Sprintf(
			`{"executionArn": %q, "name": %q, "status": %q, "startDate": 1, "stateMachineArn": "s"}`,
			arnOf(name), name, status))
	}
	next := ""
	if len(items) < len(listed) {
		next = fmt.Sprintf(`, "nextToken": "%d"`, before+len(items))
	}
	return awsstub.JSON(`{"executions": [` + strings.Join(items, ",") + `]` + next + `}`)
}

func (c *cloud) running() int {
	n := 0
	for name, began := range c.started {
		if time.Since(began) < lasts(name) {
			n++
		}
	}
	return n
}

func arnOf(name string) string {
	return strings.Replace(awsstub.StateMachineARN, "stateMachine", "execution", 1) + ":" + name
}

func nameOf(input any) string {
	switch in := input.(type) {
	case *sfn.StartExecutionInput:
		return *in.Name
	case *sfn.GetExecutionHistoryInput:
		return (*in.ExecutionArn)[strings.LastIndex(*in.ExecutionArn, ":")+1:]
	}
	return ""
}

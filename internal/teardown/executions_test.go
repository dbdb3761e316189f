package teardown

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"retrycatch/internal/awsstub"
)

// TestMaxConcurrentStops checks the number of concurrent calls to StopExecution. Two of the calls
// fail.
func TestMaxConcurrentStops(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a, _ := deployed(t)
		const executions = 2*maxConcurrentStops + 5
		for i := range executions {
			a.FirstInstance(machine).RunningExecutions = append(a.FirstInstance(machine).RunningExecutions, fmt.Sprint(i))
		}
		var mu sync.Mutex
		concurrent, maxConcurrent := 0, 0
		a.On("SFN.DescribeExecution", awsstub.JSON(`{"status": "RUNNING"}`))
		a.On("SFN.StopExecution", func(call awsstub.Call) (*http.Response, error) {
			mu.Lock()
			concurrent++
			maxConcurrent = max(maxConcurrent, concurrent)
			mu.Unlock()
			time.Sleep(time.Second) // takes no real time: the clock is fake
			mu.Lock()
			concurrent--
			mu.Unlock()
			if slices.Contains([]string{"3", "7"}, *call.Input.(*sfn.StopExecutionInput).ExecutionArn) {
				return awsstub.Error(http.StatusBadRequest, "ValidationException", "not possible")(call)
			}
			return awsstub.JSON(`{"stopDate": 1}`)(call)
		})
		report, err := execute(t, a, readPlan(t, a), Options{})
		if report.Stopped != executions-2 || maxConcurrent != maxConcurrentStops {
			t.Errorf("got %d stopped executions and %d concurrent calls, want %d and %d", report.Stopped,
				maxConcurrent, executions-2, maxConcurrentStops)
		}
		requireText(t, fmt.Sprint(err), "cannot stop the execution 3: ", "; 1 more could not be stopped")
	})
}

// TestStopRounds lists a new running execution in each round.
func TestStopRounds(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a, _ := deployed(t)
		plan, lists := readPlan(t, a), 0
		a.On("SFN.ListExecutions", func(call awsstub.Call) (*http.Response, error) {
			lists++
			return awsstub.JSON(fmt.Sprintf(`{"executions": [{"executionArn": "%d", "name": "n", "status": "RUNNING", `+
				`"startDate": 1, "stateMachineArn": "s"}]}`, lists))(call)
		})
		report, err := execute(t, a, plan, Options{})
		if err != nil || report.Stopped != maxStopRounds || lists != maxStopRounds {
			t.Errorf("got %d stopped executions, %d rounds and error %v, want %d of each and no error",
				report.Stopped, lists, err, maxStopRounds)
		}
		requireSame(t, "the states", allIn(Gone, nil), states(report.Items))
	})
}

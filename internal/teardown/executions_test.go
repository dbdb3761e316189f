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

// TestMaxConcurrentStops stops more executions than maxConcurrentStops. Two of the stops fail.
func TestMaxConcurrentStops(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, _ := deployed(t)
		const executions = 2*maxConcurrentStops + 5
		for i := range executions {
			a.FirstInstance(machine).RunningExecutions = append(a.FirstInstance(machine).RunningExecutions, fmt.Sprint(i))
		}
		var mu sync.Mutex
		now, most := 0, 0
		a.On("SFN.DescribeExecution", awsstub.JSON(`{"status": "RUNNING"}`))
		a.On("SFN.StopExecution", func(call awsstub.Call) (*http.Response, error) {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(time.Second) // in the bubble's time
			mu.Lock()
			now--
			mu.Unlock()
			if slices.Contains([]string{"3", "7"}, *call.Input.(*sfn.StopExecutionInput).ExecutionArn) {
				return awsstub.Error(http.StatusBadRequest, "ValidationException", "no")(call)
			}
			return awsstub.JSON(`{"stopDate": 1}`)(call)
		})
		report, err := execute(t, a, look(t, a), Options{})
		if report.Stopped != executions-2 || most != maxConcurrentStops {
			t.Errorf("got %d stopped executions, %d at once", report.Stopped, most)
		}
		requireText(t, fmt.Sprint(err), "cannot stop the execution 3: ", "; 1 more could not be stopped")
	})
}

// TestStopRounds stops executions while somebody keeps starting more.
func TestStopRounds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		a, _ := deployed(t)
		plan, lists := look(t, a), 0
		a.On("SFN.ListExecutions", func(call awsstub.Call) (*http.Response, error) {
			lists++
			return awsstub.JSON(fmt.Sprintf(`{"executions": [{"executionArn": "%d", "name": "n", "status": "RUNNING", `+
				`"startDate": 1, "stateMachineArn": "s"}]}`, lists))(call)
		})
		report, err := execute(t, a, plan, Options{})
		if err != nil || report.Stopped != maxStopRounds || lists != maxStopRounds {
			t.Errorf("got %d stopped executions in %d rounds: %v", report.Stopped, lists, err)
		}
		requireSame(t, "the states", allIn(Gone, nil), states(report.Items))
	})
}

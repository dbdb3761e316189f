package workflow

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"retrycatch/internal/history"
)

// Waits are the waits that a state machine's definition asks for.
type Waits struct{ states map[string]waitingState }

// machine is what is read of a definition, or of the part of one that a Parallel or a Map holds:
// https://states-language.net/spec.html
type machine struct {
	States map[string]waitingState
}

type waitingState struct {
	Type    string
	Seconds json.RawMessage // of a Wait; not a number where it is computed
	Retry   []retrier

	Branches                []machine
	ItemProcessor, Iterator machine
}

type retrier struct {
	ErrorEquals     []string
	IntervalSeconds *float64
	MaxAttempts     *int
	BackoffRate     *float64
	MaxDelaySeconds *float64
}

// ReadWaits reads them in the deployed definition.
func ReadWaits(ctx context.Context, cfg aws.Config, stateMachineARN string) (Waits, error) {
	_, definition, err := Definition(ctx, cfg, stateMachineARN)
	if err != nil {
		return Waits{}, err
	}
	var whole machine
	if err := json.Unmarshal(definition, &whole); err != nil {
		return Waits{}, fmt.Errorf("cannot read the definition of %s: %w", stateMachineARN, err)
	}
	w := Waits{states: map[string]waitingState{}}
	w.add(whole)
	return w, nil
}

func (w Waits) add(m machine) {
	for name, state := range m.States {
		w.states[name] = state
		for _, inner := range append(state.Branches, state.ItemProcessor, state.Iterator) {
			w.add(inner)
		}
	}
}

// Until is when a step that waits goes on: the end of a Wait state, or of the backoff before the next attempt. It is zero
// for a step that does not wait, and for a wait that the definition does not tell.
func (w Waits) Until(step history.Step) time.Time {
	if step.Status != history.StepRunning {
		return time.Time{}
	}
	state, last := w.states[step.State], len(step.Attempts)-1
	if last >= 0 && step.Attempts[last].Error != "" {
		if backoff := state.backoff(step.Attempts); backoff > 0 {
			return step.Attempts[last].End.Add(backoff)
		}
	}
	var seconds float64
	if step.Type == "Wait" && json.Unmarshal(state.Seconds, &seconds) == nil {
		return step.Entered.Add(inSeconds(seconds))
	}
	return time.Time{}
}

// backoff is the wait after the last of some attempts that failed, or zero when it is not retried. Each retrier counts the
// errors that it has taken: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
func (s waitingState) backoff(attempts []history.Attempt) time.Duration {
	taken := make([]int, len(s.Retry))
	var wait time.Duration
	for _, attempt := range attempts {
		i := slices.IndexFunc(s.Retry, func(r retrier) bool { return r.takes(attempt.Error) })
		if i < 0 {
			wait = 0
			continue
		}
		wait = s.Retry[i].wait(taken[i])
		taken[i]++
	}
	return wait
}

func (r retrier) takes(err string) bool {
	return slices.ContainsFunc(r.ErrorEquals, func(name string) bool {
		return name == err || name == "States.ALL" || name == "States.TaskFailed" && err != "States.Timeout" && !strings.HasPrefix(err, "States.Heartbeat")
	})
}

// wait is that before the n-th retry, from zero. Where the retrier has jitter it is the longest that it may be.
func (r retrier) wait(n int) time.Duration {
	if n >= valueOr(r.MaxAttempts, 3) {
		return 0
	}
	seconds := valueOr(r.IntervalSeconds, 1) * math.Pow(valueOr(r.BackoffRate, 2), float64(n))
	return inSeconds(min(seconds, valueOr(r.MaxDelaySeconds, seconds)))
}

func valueOr[T any](value *T, other T) T {
	if value == nil {
		return other
	}
	return *value
}

func inSeconds(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

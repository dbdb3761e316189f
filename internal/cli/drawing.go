package cli

import (
	"fmt"

	"retrycatch/internal/graph"
	"retrycatch/internal/history"
)

// drawing is a graph with its title.
type drawing struct {
	*graph.Trace
	title string
}

// drawn is an execution's way on a definition.
func drawn(name string, definition []byte, e history.Execution) (drawing, error) {
	g, err := graph.Parse(definition)
	if err != nil {
		return drawing{}, err
	}
	return drawing{g.Trace(taken(e)), fmt.Sprintf("State machine %s, execution %s: %s", name, e.Name, e.Status)}, nil
}

// taken is the way that an execution took.
func taken(e history.Execution) graph.Taken {
	var way graph.Taken
	for _, step := range e.Steps {
		way.Visits = append(way.Visits, graph.Visit{State: step.State, Previous: step.Previous, Attempts: len(step.Attempts), Outcome: outcomes[step.Status]})
	}
	return way
}

var outcomes = map[history.StepStatus]graph.Outcome{
	history.StepRunning:   graph.Running,
	history.StepSucceeded: graph.Succeeded,
	history.StepCaught:    graph.Caught,
	history.StepFailed:    graph.Failed,
	history.StepAborted:   graph.Stopped,
}

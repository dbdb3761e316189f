package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"retrycatch/internal/history"
	"retrycatch/internal/problem"
	"retrycatch/internal/safetext"
)

// readHistory reads an execution's history from a file or from standard input. The parameter
// "execution" selects one of the file's executions. It can be empty if the file has only one.
func (a *app) readHistory(ctx context.Context, file, execution string) (e history.Execution, err error) {
	data, err := a.readFileOrStdin(ctx, file)
	if err != nil {
		return e, readProblem("the history", file, err, "use --file with a file, or - for standard input")
	}
	e, err = history.Parse(data)
	var multiple *history.MultipleExecutionsError
	switch {
	case errors.As(err, &multiple) && execution == "":
		return e, &problem.Problem{What: file, Err: err, Next: a.withArgument(multiple.Executions[0].Name)}
	case errors.As(err, &multiple):
		return a.selectExecution(multiple.Executions, execution, file)
	case err != nil:
		return e, &problem.Problem{What: file + " is not an execution's history", Err: err, Next: nextForFormat(err, file)}
	case execution != "" && e.ARN == "" && execution != latest:
		return e, &problem.Problem{What: file + " does not contain the name of its execution",
			Next: "retrycatch inspect --file " + safetext.Word(file)}
	case execution != "":
		return a.selectExecution([]history.Execution{e}, execution, file)
	}
	return e, nil
}

// selectExecution returns the execution that the parameter "execution" selects: by its name, a
// unique prefix or suffix of the name, its ARN, or "latest". The executions are sorted by start
// time, so "latest" selects the last one. Several EXPRESS executions can have the same name.
func (a *app) selectExecution(executions []history.Execution, execution, file string) (history.Execution, error) {
	if execution == latest {
		return executions[len(executions)-1], nil
	}
	var found []history.Execution
	var names []string
	for _, e := range executions {
		if e.Name == execution || e.ARN == execution {
			found = append(found, e)
		}
		names = append(names, e.Name)
	}
	if partial := matchingExecutions(executions, execution); len(found) == 0 && len(partial) == 1 {
		return partial[0], nil
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		next, _ := a.withCorrection(execution, names[0])
		what := fmt.Sprintf("%s has no execution %q", file, execution)
		return history.Execution{}, a.wrongWordError(what, execution, names, next)
	}
	next, _ := a.withCorrection(execution, found[0].ARN)
	return history.Execution{}, &problem.Problem{
		What: fmt.Sprintf("%s has %d executions with the name %q: use an ARN instead of the name",
			file, len(found), execution),
		Next: next}
}

// nextForFormat returns the next step for a file that is not a history.
func nextForFormat(err error, file string) string {
	format := &history.FormatError{}
	errors.As(err, &format)
	arn := safetext.Word(format.ARN)
	region := ""
	if parts := strings.Split(format.ARN, ":"); len(parts) > 3 && parts[3] != "" {
		region = " --region " + safetext.Word(parts[3])
	}
	if format.ARN == "" {
		arn = "ARN"
	}
	switch {
	case strings.Contains(format.ARN, ":express:") || format.Kind == history.KindLog:
		return "read the events from the state machine's log group with " +
			"`aws logs filter-log-events --output json" +
			region + " --log-group-name GROUP --filter-pattern '{ $.execution_arn = \"" + arn + "\" }'`"
	case format.Kind == history.KindDefinition:
		return "retrycatch graph --definition " + safetext.Word(file)
	case format.Kind == history.KindCompressed:
		return "gunzip -c " + safetext.Word(file) + " | retrycatch inspect --file -"
	case format.Kind == history.KindMixed:
		return "write a separate file for each execution with " +
			"`aws stepfunctions get-execution-history --output json --execution-arn ARN`"
	case format.Kind == history.KindCutOff:
		return "write the complete history: in PowerShell with `ConvertTo-Json -Depth 10`, " +
			"or in JavaScript with `JSON.stringify`"
	}
	return "write a history with `aws stepfunctions get-execution-history --output json" + region +
		" --execution-arn " + arn + "`"
}

// matchingExecutions lists the executions whose names begin or end with the parameter "part".
func matchingExecutions(executions []history.Execution, part string) (matching []history.Execution) {
	for _, e := range executions {
		if strings.HasPrefix(e.Name, part) || strings.HasSuffix(e.Name, part) {
			matching = append(matching, e)
		}
	}
	return matching
}

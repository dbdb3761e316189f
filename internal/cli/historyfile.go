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

// readHistory reads an execution's history from a file or from standard input, without AWS. execution
// chooses one of several in the file.
func (a *app) readHistory(ctx context.Context, file, execution string) (e history.Execution, err error) {
	data, err := a.readNamed(ctx, file)
	if err != nil {
		return e, unreadable("the history", file, err, "name a file with --file, or - for standard input")
	}
	e, err = history.Parse(data)
	var several *history.SeveralError
	switch {
	case errors.As(err, &several) && execution == "":
		return e, &problem.Problem{What: file, Err: err, Next: "choose one: " + inspectFile(several.Executions[0].Name, file)}
	case errors.As(err, &several):
		return pick(several.Executions, execution, file)
	case err != nil:
		return e, &problem.Problem{What: file + " is not an execution's history", Err: err, Next: instead(err, file)}
	case execution != "" && e.ARN == "" && execution != latest:
		return e, &problem.Problem{What: file + " does not name its execution",
			Next: "leave out the execution: " + inspectFile("", file)}
	case execution != "":
		return pick([]history.Execution{e}, execution, file)
	}
	return e, nil
}

// pick returns the execution that a name, an ARN or latest stands for. EXPRESS executions may share
// a name. The executions are in the order in which they started.
func pick(executions []history.Execution, execution, file string) (history.Execution, error) {
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
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		like := near(execution, names)
		if len(like) == 0 {
			like = names
		}
		return history.Execution{}, &problem.Problem{What: fmt.Sprintf("%s has no execution %q", file, execution),
			Next: "choose one of its executions: " + inspectFile(like[0], file)}
	}
	return history.Execution{}, &problem.Problem{
		What: fmt.Sprintf("%s has %d executions with the name %q", file, len(found), execution),
		Next: "choose one by its ARN: " + inspectFile(found[0].ARN, file)}
}

// inspectFile returns the command that shows an execution of a file.
func inspectFile(execution, file string) string {
	if execution != "" {
		execution = " " + safetext.Word(execution)
	}
	return "retrycatch inspect" + execution + " --file " + safetext.Word(file)
}

// instead returns the next step for a file without a history.
func instead(err error, file string) string {
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
		return "take the events from the log group of the state machine: `aws logs filter-log-events --output json" +
			region + " --log-group-name GROUP --filter-pattern '{ $.execution_arn = \"" + arn + "\" }'`"
	case format.Kind == history.KindDefinition:
		return "draw it with `retrycatch graph --definition " + safetext.Word(file) + "`"
	case format.Kind == history.KindCompressed:
		return "unpack it first: `gunzip -c " + safetext.Word(file) + " | retrycatch inspect --file -`"
	case format.Kind == history.KindMixed:
		return "make a file for each with `aws stepfunctions get-execution-history --output json --execution-arn ARN`"
	case format.Kind == history.KindCutOff:
		return "write all of it: in PowerShell with `ConvertTo-Json -Depth 10`, in JavaScript with `JSON.stringify`"
	}
	return "make one with `aws stepfunctions get-execution-history --output json" + region + " --execution-arn " + arn + "`"
}

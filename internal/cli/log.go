package cli

import (
	"context"

	"retrycatch/internal/deployment"
	"retrycatch/internal/functionlog"
	"retrycatch/internal/safetext"
	"retrycatch/internal/session"
	"retrycatch/internal/view"
)

// readLog reads the log records that the function wrote for the execution's trace. If "all" is
// true, it reads every record that the function wrote while the execution ran. If it finds no
// record or access is denied, it sets i.note. After any other error, it sets i.logErr. It returns
// an error only after an interrupt.
func (a *app) readLog(ctx context.Context, t *target, i *inspection, all bool) (err error) {
	i.group = deployment.AllNames(t.stage, "").FunctionLogs
	switch {
	case all:
		i.Logs, err = functionlog.ReadAll(ctx, t.Config, i.group, i.Start, i.End)
	case i.TraceID == "":
		i.note = "This execution has no trace, so its log records cannot be identified.\n" +
			"DescribeExecution returned no traceHeader: tracing was off, or the endpoint\ndoes not record traces."
		i.next, _ = a.withCorrection("--logs", "--all-logs")
		return nil
	default:
		i.Logs, err = functionlog.Read(ctx, t.Config, i.group, i.TraceID, i.Start, i.End)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case session.Denied(err):
		i.note, i.next = "No log records are shown: "+safetext.Line(view.Reason(err)), nextOf(err, "")
	case err != nil:
		i.logErr = err
	case len(i.Logs) == 0:
		i.note = "The log group " + i.group + " has no record " + searchScope(i, all) +
			".\nNew records appear after a few seconds. Old records expire."
		i.next = a.commandLine()
	}
	return nil
}

// searchScope describes the records that readLog searched for. In the message, the description
// follows "has no record".
func searchScope(i *inspection, all bool) string {
	if all {
		return "from the time of the execution"
	}
	return "with the trace " + safetext.Line(i.TraceID)
}

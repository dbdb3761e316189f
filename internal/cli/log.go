package cli

import (
	"context"

	"retrycatch/internal/deployment"
	"retrycatch/internal/functionlog"
	"retrycatch/internal/safetext"
	"retrycatch/internal/session"
	"retrycatch/internal/view"
)

// readLog reads what the function logged during an execution: the records of its trace, or those of
// every caller. The note says why there are no records: the rest of the inspection does not depend
// on them.
func (a *app) readLog(ctx context.Context, t *target, i *inspection, all bool) (err error) {
	i.group = deployment.AllNames(t.stage, "").FunctionLogs
	switch {
	case all:
		i.Logs, err = functionlog.ReadAll(ctx, t.Config, i.group, i.Start, i.End)
	case i.TraceID == "":
		i.note = "Without a trace, the execution's log records cannot be told from others.\n" +
			"DescribeExecution returned no traceHeader: tracing was off, or the endpoint\ndoes not keep it."
		i.next, _ = a.corrected("--logs", "--all-logs")
		return nil
	default:
		i.Logs, err = functionlog.Read(ctx, t.Config, i.group, i.TraceID, i.Start, i.End)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case session.Denied(err):
		i.note, i.next = "There are no log records: "+safetext.Line(view.Reason(err)), nextOf(err, "")
	case err != nil:
		i.lost = err
	case len(i.Logs) == 0:
		i.note = "The log group " + i.group + " has no record of " + whose(i, all) +
			".\nIt shows new records after some seconds, and drops old ones."
		i.next = a.with()
	}
	return nil
}

// whose names the records that were searched for.
func whose(i *inspection, all bool) string {
	if all {
		return "the time in which the execution ran"
	}
	return "the trace " + safetext.Line(i.TraceID)
}

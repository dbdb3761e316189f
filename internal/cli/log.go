package cli

import (
	"context"
	"fmt"

	"retrycatch/internal/deployment"
	"retrycatch/internal/functionlog"
	"retrycatch/internal/safetext"
	"retrycatch/internal/session"
	"retrycatch/internal/view"
)

// readLog reads what the function logged during an execution. The note says why there are no
// records: the rest of the inspection does not depend on them.
func (a *app) readLog(ctx context.Context, t *target, i *inspection) (err error) {
	i.group = deployment.AllNames(t.stage, "").FunctionLogs
	if i.TraceID == "" {
		i.note = "Its trace ID is unknown, so its log records cannot be told from others."
		i.next = t.logSpan(i)
		return nil
	}
	i.Logs, err = functionlog.Read(ctx, t.Config, i.group, i.TraceID, i.Start, i.End)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case session.Denied(err):
		i.note, i.next = "There are no log records: "+safetext.Line(view.Reason(err)), nextOf(err, "")
	case err != nil:
		i.lost = err
	case len(i.Logs) == 0:
		i.note = "The log group " + i.group + " has no record of the trace " + safetext.Line(i.TraceID) +
			".\nIt shows new records after some seconds, and drops old ones."
		i.next = a.with()
	}
	return nil
}

// logSpan returns the command that lists the records of the time in which an execution ran.
func (t *target) logSpan(i *inspection) string {
	command := fmt.Sprintf("aws logs filter-log-events --log-group-name %s --start-time %d", i.group, i.Start.UnixMilli())
	if !i.End.IsZero() {
		command += fmt.Sprintf(" --end-time %d", i.End.UnixMilli())
	}
	return t.AWS(command)
}

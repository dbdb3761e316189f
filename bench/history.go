package main

import (
	"fmt"
	"io"
	"os"

	"retrycatch/internal/awsstub"
)

// historySizes lists the sizes of the measured execution histories, in events.
var historySizes = []int{25, 250, 2_500, maxEvents}

// maxEvents is the maximum number of events in the history of an execution:
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const maxEvents = 25_000

// historyFile returns the path of the history with the given number of events.
func (l *lab) historyFile(events int) string { return l.path(fmt.Sprintf("history-%d.json", events)) }

// writeHistory writes the history of an execution that repeats the same states. The file has the
// same format as the output of aws stepfunctions get-execution-history.
func writeHistory(file string, events int) error {
	const name, message = "TooManyRequestsException", "429 Too Many Requests"
	r := awsstub.Record(awsstub.AWS, `{"statuscode":"429"}`)
	for len(r.Events) < events {
		r.Enter("Task", "Call API").Fail(name, message).Fail(name, message).Catch(name, message).
			Enter("Pass", "Change to 200").Exit(`{"statuscode":"200"}`)
	}
	response, err := awsstub.History("", r.Events[:events]...)(awsstub.Call{})
	if err != nil {
		return err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o600)
}

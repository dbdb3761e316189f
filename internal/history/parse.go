package history

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"retrycatch/internal/jsonfile"
)

// FormatError reports that a file contains no readable history.
type FormatError struct {
	Reason string   // a clause about the file, for example "it is compressed"
	Kind   FileKind // what the file contains instead
	ARN    string   // execution that the file is about; empty if the file names none
}

func (e *FormatError) Error() string { return e.Reason }

// MultipleExecutionsError reports a file with events of more than one execution, such as a log.
type MultipleExecutionsError struct {
	Executions []Execution // ordered by start
}

func (e *MultipleExecutionsError) Error() string {
	var names []string
	for _, execution := range e.Executions[:min(3, len(e.Executions))] {
		names = append(names, execution.Name)
	}
	return fmt.Sprintf("it has the events of %d executions, such as %s", len(e.Executions), strings.Join(names, ", "))
}

// Parse reads an execution's history from a file. The file may contain the whole history, or its
// pages or events in any order. Parse accepts the following as JSON or YAML:
//   - the output of `aws stepfunctions get-execution-history`
//   - the same response printed by an SDK
//   - the events that a state machine wrote to CloudWatch Logs, also as CSV
//
// The file may also contain the execution's description. Parse returns a *MultipleExecutionsError
// for more than one execution, and a *FormatError for anything else that it cannot read.
func Parse(data []byte) (Execution, error) {
	if compressedErr := compressedError(data); compressedErr != nil {
		return Execution{}, compressedErr
	}
	text, err := jsonfile.Text(data)
	if err != nil {
		return Execution{}, err
	}
	if textErr := knownTextError(text); textErr != nil {
		return Execution{}, textErr
	}
	c, err := parseContents(text)
	if err != nil {
		return Execution{}, err
	}
	executions, err := c.executions()
	switch {
	case err != nil:
		return Execution{}, err
	case len(executions) > 1:
		return Execution{}, &MultipleExecutionsError{Executions: executions}
	}
	return executions[0], nil
}

// parseContents parses text into a file's contents.
func parseContents(text []byte) (fileContents, error) {
	var c fileContents
	records, ok := csvRecords(text)
	if !ok {
		values, err := jsonfile.Values(removePrefixes(text))
		if err != nil {
			return c, err
		}
		for _, value := range values {
			records = append(records, string(value))
		}
	}
	for _, record := range records {
		if err := c.addText(record); err != nil {
			return c, err
		}
	}
	return c, nil
}

// executions returns at least one execution, or an error.
func (c *fileContents) executions() (executions []Execution, err error) {
	if err := c.assignUnnamedEvents(); err != nil {
		return nil, err
	}
	if len(c.recordings) == 0 {
		return nil, c.emptyError()
	}
	if c.unknownValueErr != nil {
		return nil, c.unknownValueErr
	}
	if err := c.checkEventTypes(); err != nil {
		return nil, err
	}
	for _, r := range c.recordings {
		d, err := c.descriptionOf(r)
		if err != nil {
			return nil, err
		}
		e, err := r.execution(d, c.logContinues)
		if err != nil {
			return nil, err
		}
		executions = append(executions, e)
	}
	slices.SortStableFunc(executions, func(a, b Execution) int {
		startA, _ := a.Bounds()
		startB, _ := b.Bounds()
		return startA.Compare(startB)
	})
	return executions, nil
}

// assignUnnamedEvents assigns events without an execution ARN to the only execution with an ARN.
func (c *fileContents) assignUnnamedEvents() error {
	i := slices.IndexFunc(c.recordings, func(r *recording) bool { return r.arn == "" })
	if i < 0 || len(c.recordings) == 1 {
		return nil
	}
	if len(c.recordings) > 2 {
		return &FormatError{Reason: "it has events of more than one execution, and some events do not name their execution"}
	}
	unnamed, named := c.recordings[i], c.recordings[1-i]
	named.events = append(named.events, unnamed.events...)
	for last, more := range unnamed.hasMore {
		named.addPageEnd(last, more)
	}
	c.recordings = []*recording{named}
	return nil
}

// checkEventTypes returns an error unless at least one event has a Step Functions type.
func (c *fileContents) checkEventTypes() error {
	for _, r := range c.recordings {
		if slices.ContainsFunc(r.events, func(e Event) bool { return knownTypes[string(e.Type)] != "" }) {
			return nil
		}
	}
	return &FormatError{Reason: fmt.Sprintf("its events are not Step Functions events: the first has the type %q",
		shortened(string(c.recordings[0].events[0].Type)))}
}

// emptyError returns the error for a file without events.
func (c *fileContents) emptyError() error {
	switch {
	case c.unknownValueErr != nil:
		return c.unknownValueErr
	case c.notHistoryErr != nil:
		return c.notHistoryErr
	case len(c.descriptions) > 0:
		return &FormatError{Reason: "it describes an execution, but has no events", Kind: KindExecution,
			ARN: c.descriptions[0].arn}
	case c.listCount > 0:
		return &FormatError{Reason: "its list of events is empty"}
	}
	return &FormatError{Reason: noListReason}
}

// textStart returns the beginning of a text without leading white space.
func textStart(text []byte) string {
	return string(bytes.TrimLeft(text[:min(len(text), 4096)], " \t\r\n"))
}

package graph

import (
	"strings"
	"testing"

	"retrycatch/internal/history"
)

// drawText draws a trace without colors.
func drawText(t *Trace) string {
	var text strings.Builder
	for _, line := range t.Lines() {
		text.WriteString(line.String() + "\n")
	}
	return text.String()
}

func TestText(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		trace func(t *testing.T) *Trace
		want  string
	}{
		"project":   {func(t *testing.T) *Trace { return projectGraph(t).Plain() }, projectText},
		"execution": {func(t *testing.T) *Trace { return projectGraph(t).Trace(scenarios["429"]) }, executionText},
		"items":     {func(t *testing.T) *Trace { return mustParse(t, order).Trace(items) }, itemsText},
		"order":     {func(t *testing.T) *Trace { return mustParse(t, order).Plain() }, orderText},
		"saga":      {func(t *testing.T) *Trace { return mustParse(t, saga).Plain() }, sagaText},
		"nested":    {func(t *testing.T) *Trace { return mustParse(t, nested).Plain() }, nestedText},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireText(t, test.want, drawText(test.trace(t)))
		})
	}
}

const projectText = `
○ Start  (execution times out after 600 s)
│
□ Call API  (Task · ${MockAPIFunctionArn})
│   ↻ retry 2× TooManyRequestsException, after 1 s, then 2 s
│   ↻ retry 6× Lambda.ClientExecutionTimeoutException and 4 more, after 2 s, then 4 s, 8 s, …, 64 s
│   ↷ Wait and Try Later  on TooManyRequestsException
│   ↷ Server Unavailable  on ServerUnavailableException
│   ↷ Catch All  on States.ALL
│
□ OK  (Pass)
│
○ End

↷ From Call API, on TooManyRequestsException:
□ Wait and Try Later  (Wait · 1 s)
│
□ Change to 200  (Pass)
    ↑ back to Call API

↷ From Call API, on ServerUnavailableException:
□ Server Unavailable  (Fail · ServerUnavailable)
    → End

↷ From Call API, on States.ALL:
□ Catch All  (Fail · An error of unknown type occurred)
    → End
`

const executionText = `
○ Start
┃
↷ Call API  (Task · ${MockAPIFunctionArn})
┃   ↷ visit 1 caught, ✓ visit 2 succeeded, ↻ 4 attempts in 2 visits
┃   ↻ retry 2× TooManyRequestsException, after 1 s, then 2 s
┃   ↻ retry 6× Lambda.ClientExecutionTimeoutException and 4 more, after 2 s, then 4 s, 8 s, …, 64 s
┃   ↷ Wait and Try Later  on TooManyRequestsException  ┃ taken
┃   ↷ Server Unavailable  on ServerUnavailableException
┃   ↷ Catch All  on States.ALL
┃
✓ OK  (Pass)  succeeded
┃
○ End

↷ From Call API, on TooManyRequestsException:
✓ Wait and Try Later  (Wait · 1 s)  succeeded
┃
✓ Change to 200  (Pass)  succeeded
    ↑ back to Call API  ┃ taken

↷ From Call API, on ServerUnavailableException:
□ Server Unavailable  (Fail · ServerUnavailable)
    → End

↷ From Call API, on States.ALL:
□ Catch All  (Fail · An error of unknown type occurred)
    → End

┃ taken   │ not taken   □ not visited
`

// items contains a finished and a running item of a Map, and a state that the definition lacks.
var items = []history.Step{
	newStep("In stock?", -1, 0, succeeded),
	newStep("Fulfill", 0, 0, running),
	newStep("Charge", 1, 3, succeeded),
	newStep("Pack", 1, 0, running),
	newStep("Pick", 3, 1, succeeded),
	newStep("Pick", 3, 1, running),
	newStep("Gone", 5, 0, succeeded),
}

const itemsText = `
○ Start
┃
✓ In stock?  (Choice)  succeeded
┃   ↓ Fulfill  if $.stock > 0 or $.virtual = true  ┃ taken
┃   → Wait  if $.tier = "gold" and not ($.late is present)
┃   → Reject  otherwise
┃
… Fulfill  (Parallel · 2 branches)  running
│   branch 1:
│     ✓ Charge  (Task · Lambda: charge)  succeeded, ↻ 3 attempts
│         → done  ┃ taken
│   branch 2:
│     … Pack  (Map · for each item)  running
│     │   for each item:
│     │     … Pick  (Task · SQS: SendMessage (waits for a token))
│     │         ✓ visit 1 succeeded, … visit 2 running
│     │         → done  ┃ taken
│     │
│     □ Label  (Map · for each item)
│         for each item:
│           □ Print  (Pass)
│           │
│           □ Torn  (Fail · Torn)
│         → done
│   ↷ Reject  on A, B, States.ALL
│
□ Sold  (Succeed)
│
○ End

→ From In stock?, if $.tier = "gold" and not ($.late is present):
□ Wait  (Wait · 3600 s)
    ↑ back to In stock?

→ From In stock? and Fulfill:
□ Reject  (Fail · $.error)
    → End

Not in this definition:
✓ Gone  succeeded

┃ taken   │ not taken   □ not visited
`

const orderText = `
○ Start
│
□ In stock?  (Choice)
│   ↓ Fulfill  if $.stock > 0 or $.virtual = true
│   → Wait  if $.tier = "gold" and not ($.late is present)
│   → Reject  otherwise
│
□ Fulfill  (Parallel · 2 branches)
│   branch 1:
│     □ Charge  (Task · Lambda: charge)
│         → done
│   branch 2:
│     □ Pack  (Map · for each item)
│     │   for each item:
│     │     □ Pick  (Task · SQS: SendMessage (waits for a token))
│     │         → done
│     │
│     □ Label  (Map · for each item)
│         for each item:
│           □ Print  (Pass)
│           │
│           □ Torn  (Fail · Torn)
│         → done
│   ↷ Reject  on A, B, States.ALL
│
□ Sold  (Succeed)
│
○ End

→ From In stock?, if $.tier = "gold" and not ($.late is present):
□ Wait  (Wait · 3600 s)
    ↑ back to In stock?

→ From In stock? and Fulfill:
□ Reject  (Fail · $.error)
    → End
`

// saga undoes its steps in reverse order. Its last state is unreachable.
const saga = `{"StartAt": "Flight", "States": {
	"Flight": {"Type": "Task", "Next": "Car", "Catch": [{"ErrorEquals": ["E"], "Next": "Cancel flight"}]},
	"Car": {"Type": "Task", "Next": "Pay", "Catch": [{"ErrorEquals": ["E"], "Next": "Cancel car"}]},
	"Pay": {"Type": "Task", "Next": "Paid?", "Catch": [{"ErrorEquals": ["E"], "Next": "Refund"}]},
	"Paid?": {"Type": "Choice", "Choices": [
		{"Variable": "$.paid", "IsNull": true, "Next": "Refund"},
		{"Variable": "$.paid", "StringEquals": "later", "Next": "Wait"}],
		"Default": "Booked"},
	"Wait": {"Type": "Wait", "Seconds": 60, "Next": "Paid?"},
	"Booked": {"Type": "Succeed"},
	"Refund": {"Type": "Task", "Next": "Cancel car", "Catch": [{"ErrorEquals": ["E"], "Next": "Refund"}]},
	"Cancel car": {"Type": "Task", "Next": "Cancel flight"},
	"Cancel flight": {"Type": "Task", "Next": "Failed", "Catch": [{"ErrorEquals": ["E"], "Next": "Failed"}]},
	"Failed": {"Type": "Fail"},
	"Forgotten": {"Type": "Pass", "Next": "Car"}}}`

const sagaText = `
○ Start
│
□ Flight  (Task)
│   ↷ Cancel flight  on E
│
□ Car  (Task)
│   ↷ Cancel car  on E
│
□ Pay  (Task)
│   ↷ Refund  on E
│
□ Paid?  (Choice)
│   → Refund  if $.paid is null
│   → Wait  if $.paid = "later"
│   ↓ Booked  otherwise
│
□ Booked  (Succeed)
│
○ End

→ From Pay and Paid?:
□ Refund  (Task)
│   ↷ back to Refund  on E
│
□ Cancel car  (Task)
│
□ Cancel flight  (Task)
│   ↷ Failed  on E
│
□ Failed  (Fail)
    → End

→ From Paid?, if $.paid = "later":
□ Wait  (Wait · 60 s)
    ↑ back to Paid?

Never reached:
□ Forgotten  (Pass)
    → Car, above
`

// nested is a definition with more levels than maxDepth.
const nested = `{"StartAt": "Regions", "States": {"Regions": {"Type": "Map", "End": true, "ItemProcessor":
	{"StartAt": "Accounts", "States": {"Accounts": {"Type": "Map", "End": true, "ItemProcessor":
	{"StartAt": "Buckets", "States": {"Buckets": {"Type": "Map", "Next": "Count", "ItemProcessor":
	{"StartAt": "Objects", "States": {"Objects": {"Type": "Map", "End": true, "ItemProcessor":
	{"StartAt": "Head", "States": {"Head": {"Type": "Task", "End": true}}}}}}},
	"Count": {"Type": "Pass", "End": true}}}}}}}}}`

const nestedText = `
○ Start
│
□ Regions  (Map · for each item)
│   for each item:
│     □ Accounts  (Map · for each item)
│         for each item:
│           □ Buckets  (Map · for each item)
│           │   for each item: see below
│           │
│           □ Count  (Pass)
│               → done
│         → done
│
○ End

In Buckets, for each item:
□ Objects  (Map · for each item)
    for each item: see below
    → done

In Objects, for each item:
□ Head  (Task)
    → done
`

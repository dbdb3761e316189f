package history

import (
	"errors"
	"testing"
)

func TestParseNotHistory(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text, reason string
		kind         FileKind
		arn          string
	}{
		"describe-execution": {`{"executionArn":"` + standardARN + `","stateMachineArn":"s","name":"x",` +
			`"status":"RUNNING","startDate":1714557600.1}`,
			"it describes an execution, but has no events", KindExecution, standardARN},
		"list-executions": {`{"executions":[{"executionArn":"` + standardARN + `","name":"x","status":"RUNNING",` +
			`"startDate":1}]}`,
			"it is a list of executions", KindExecution, standardARN},
		"start-execution": {`{"executionArn":"` + standardARN + `","startDate":1714557600.1}`,
			"it is a StartExecution response, without events", KindExecution, standardARN},
		"EventBridge": {`{"id":"a","detail-type":"Step Functions Execution Status ` +
			`Change","source":"aws.states","detail":{"executionArn":"` + standardARN + `","status":"FAILED"}}`,
			"it is an EventBridge event, not a history", KindExecution, standardARN},
		"definition": {`{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}`,
			"it is a state machine definition", KindDefinition, ""},
		"YAML definition": {"StartAt: A\nStates:\n  A:\n    Type: Succeed\n",
			"it is a state machine definition", KindDefinition, ""},
		"describe-state-machine": {`{"stateMachineArn":"s","name":"m","status":"ACTIVE","definition":"{}",` +
			`"type":"STANDARD","creationDate":1}`,
			"it describes a state machine", KindDefinition, ""},
		"CSV of another log": {"\"a,b\",message\n1,2\n",
			"it is a log, but not of a state machine; one of its messages is: 2", KindLog, ""},
		"template without a version": {"Resources:\n  A:\n    Type: AWS::S3::Bucket\n", "it is a CloudFormation template",
			KindDefinition, ""},
		"template": {"AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n",
			"it is a CloudFormation template", KindDefinition, ""},
		"CloudTrail": {`{"Records":[{"eventSource":"states.amazonaws.com","eventName":"StartExecution"}]}`,
			"it is a list of records, for example from CloudTrail, not a history", KindUnknown, ""},
		"lookup-events": {`{"Events":[{"EventId":"a","EventName":"StartExecution","CloudTrailEvent":"{}"}]}`,
			"it is a CloudTrail event, not a history", KindUnknown, ""},
		"AWS error": {`{"__type":"ExecutionDoesNotExist","message":"no x"}`,
			"it is an AWS error: ExecutionDoesNotExist: no x", KindUnknown, ""},
		"CLI error": {"\nAn error occurred (ExecutionDoesNotExist) when calling the GetExecutionHistory " +
			"operation: no x",
			"it is an error from the AWS CLI", KindUnknown, ""},
		"Lambda log": {"START RequestId: a Version: $LATEST\nEND RequestId: a\n",
			"it is the log of a Lambda function", KindLog, ""},
		"logs tail, Lambda": {"2024-05-01T10:00:00 2024/05/01/[$LATEST]a START RequestId: a\n",
			"it is the log of a Lambda function", KindLog, ""},
		"Lambda log in JSON": {`{"time":"2024-05-01T10:00:00Z","type":"platform.start",` +
			`"record":{}}`, "it is the log of a Lambda function", KindLog, ""},
		"other log events": {`{"events":[{"timestamp":1,"message":"hello"}]}`,
			"it is a log, but not of a state machine; one of its messages is: hello", KindLog, ""},
		"other log lines": {`{"timestamp":"2024-05-01T10:00:00Z","level":"INFO","message":"hello"}`,
			"it is a log, but not of a state machine; one of its messages is: hello", KindLog, ""},
		"query without messages": {`{"results":[[{"field":"count()","value":"7"}]]}`,
			"it is a query result without the column @message", KindLog, ""},
		"query ID": {`{"queryId":"a"}`, "it is the ID of a query, not the query's results", KindLog, ""},
		"web page": {"<!DOCTYPE html><html></html>", "it is a web page", KindUnknown, ""},
		"CLI text": {"NEXTTOKEN\tx\nEVENTS\t1\t0\t2024-05-01T10:00:00+00:00\tExecutionStarted\n",
			"it is the text output of the AWS CLI", KindText, ""},
		"CLI table": {"--------------------------\n|  GetExecutionHistory   |\n+------------------------+\n",
			"it is the table output of the AWS CLI", KindText, ""},
		"Java": {"GetExecutionHistoryResponse(Events=[HistoryEvent(Timestamp=2024-05-01T10:00:00Z)])",
			"it is the output of Java's toString", KindText, ""},
		"Java SDK v1": {"{Events: [{Timestamp: Wed May 01 10:00:00 UTC 2024,Type: ExecutionStarted,Id: 1}],}",
			"it is the output of Java's toString", KindText, ""},
		"Python": {"{'events': [{'timestamp': datetime.datetime(2024, 5, 1, 10, 0, tzinfo=tzlocal())}]}",
			"it is the output of Python's print", KindText, ""},
		"gzip": {"\x1f\x8b\x08\x00", "it is compressed", KindCompressed, ""},
		"Go":   {"&{Events:[{Id:1}] NextToken:<nil>}", "it is the output of Go's fmt", KindText, ""},
		"Ruby": {"{:events=>[{:id=>1}]}", "it is the output of Ruby's inspect", KindText, ""},
		"PowerShell, truncated": {`[{"Id":1,"Type":"ExecutionStarted","Timestamp":1,` +
			`"ExecutionStartedEventDetails":"Amazon.StepFunctions.Model.ExecutionStartedEventDetails"}]`,
			`event 1 in the list has truncated details: ` +
				`"Amazon.StepFunctions.Model.ExecutionStartedEventDetails"`,
			KindCutOff, ""},
		"no state name": {`[{"id":1,"type":"PassStateEntered","timestamp":1,` +
			`"stateEnteredEventDetails":{"name":null}}]`,
			"event 1 in the list has the type PassStateEntered, but no state name", KindUnknown, ""},
		"negative ID": {`[{"id":-1,"type":"ExecutionStarted","timestamp":1}]`,
			"event 1 in the list has the ID -1, which is not a positive whole number", KindUnknown, ""},
		"events of another service": {`[{"type":"request","timestamp":1}]`,
			`its events are not Step Functions events: the first has the type "request"`, KindUnknown, ""},
		"extra value": {fourEvents[0] + `{"a":1}`, `the value after event 1 is not an event: {"a":1}`, KindUnknown, ""},
		"two descriptions": {page(fourEvents...) + `{"executionArn":"a:b:c:d:e:execution:m:x","status":"RUNNING",` +
			`"startDate":1714557600}{"executionArn":"a:b:c:d:e:execution:m:y","status":"RUNNING","startDate":1714557600}`,
			"it has one history, but describes the executions x and y", KindMixed, ""},
		"unknown object": {`{"name":"a","version":"1","b":{},"c":1,"d":2}`,
			"it has no list of events; its members: name, version, b, c", KindUnknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse([]byte(test.text))
			format := &FormatError{}
			if !errors.As(err, &format) || format.Reason != test.reason || format.Kind != test.kind || format.ARN != test.arn {
				t.Errorf("got error %v (%+v), want %+v", err, format, test)
			}
		})
	}
}

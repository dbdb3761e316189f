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
			"it says that an execution was started, but has no events", KindExecution, standardARN},
		"EventBridge": {`{"id":"a","detail-type":"Step Functions Execution Status ` +
			`Change","source":"aws.states","detail":{"executionArn":"` + standardARN + `","status":"FAILED"}}`,
			"it is an event of EventBridge, not a history", KindExecution, standardARN},
		"definition": {`{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}`,
			"it is the definition of a state machine", KindDefinition, ""},
		"YAML definition": {"StartAt: A\nStates:\n  A:\n    Type: Succeed\n",
			"it is the definition of a state machine", KindDefinition, ""},
		"describe-state-machine": {`{"stateMachineArn":"s","name":"m","status":"ACTIVE","definition":"{}",` +
			`"type":"STANDARD","creationDate":1}`,
			"it describes a state machine", KindDefinition, ""},
		"CSV of another log": {"\"a,b\",message\n1,2\n", "it is a log, but not of a state machine: 2", KindLog, ""},
		"template of resources": {"Resources:\n  A:\n    Type: AWS::S3::Bucket\n", "it is a CloudFormation template",
			KindDefinition, ""},
		"template": {"AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n",
			"it is a CloudFormation template", KindDefinition, ""},
		"CloudTrail": {`{"Records":[{"eventSource":"states.amazonaws.com","eventName":"StartExecution"}]}`,
			"it is a list of records, such as CloudTrail's, not a history", KindUnknown, ""},
		"lookup-events": {`{"Events":[{"EventId":"a","EventName":"StartExecution","CloudTrailEvent":"{}"}]}`,
			"it is an event of CloudTrail, not a history", KindUnknown, ""},
		"an error of AWS": {`{"__type":"ExecutionDoesNotExist","message":"no x"}`,
			"it is an error of AWS: ExecutionDoesNotExist: no x", KindUnknown, ""},
		"error of the CLI": {"\nAn error occurred (ExecutionDoesNotExist) when calling the GetExecutionHistory " +
			"operation: no x",
			"it is an error of the AWS CLI", KindUnknown, ""},
		"log of Lambda": {"START RequestId: a Version: $LATEST\nEND RequestId: a\n",
			"it is the log of a Lambda function", KindLog, ""},
		"logs tail of Lambda": {"2024-05-01T10:00:00 2024/05/01/[$LATEST]a START RequestId: a\n",
			"it is the log of a Lambda function", KindLog, ""},
		"a JSON log of Lambda": {`{"time":"2024-05-01T10:00:00Z","type":"platform.start",` +
			`"record":{}}`, "it is the log of a Lambda function", KindLog, ""},
		"other log events": {`{"events":[{"timestamp":1,"message":"hello"}]}`,
			"it is a log, but not of a state machine: hello", KindLog, ""},
		"other log lines": {`{"timestamp":"2024-05-01T10:00:00Z","level":"INFO","message":"hello"}`,
			"it is a log, but not of a state machine: hello", KindLog, ""},
		"a query's numbers": {`{"results":[[{"field":"count()","value":"7"}]]}`,
			"it is the result of a query that has no column @message", KindLog, ""},
		"a query's ID": {`{"queryId":"a"}`, "it is the ID of a query, not its results", KindLog, ""},
		"a web page":   {"<!DOCTYPE html><html></html>", "it is a web page", KindUnknown, ""},
		"CLI text": {"NEXTTOKEN\tx\nEVENTS\t1\t0\t2024-05-01T10:00:00+00:00\tExecutionStarted\n",
			"it is the text output of the AWS CLI", KindText, ""},
		"CLI table": {"--------------------------\n|  GetExecutionHistory   |\n+------------------------+\n",
			"it is a table of the AWS CLI", KindText, ""},
		"Java": {"GetExecutionHistoryResponse(Events=[HistoryEvent(Timestamp=2024-05-01T10:00:00Z)])",
			"it is text that Java's toString wrote", KindText, ""},
		"Java 1": {"{Events: [{Timestamp: Wed May 01 10:00:00 UTC 2024,Type: ExecutionStarted,Id: 1}],}",
			"it is text that Java's toString wrote", KindText, ""},
		"Python": {"{'events': [{'timestamp': datetime.datetime(2024, 5, 1, 10, 0, tzinfo=tzlocal())}]}",
			"it is text that Python's print wrote", KindText, ""},
		"gzip": {"\x1f\x8b\x08\x00", "it is compressed", KindCompressed, ""},
		"Go":   {"&{Events:[{Id:1}] NextToken:<nil>}", "it is text that Go's fmt wrote", KindText, ""},
		"Ruby": {"{:events=>[{:id=>1}]}", "it is text that Ruby's inspect wrote", KindText, ""},
		"PowerShell cut off": {`[{"Id":1,"Type":"ExecutionStarted","Timestamp":1,` +
			`"ExecutionStartedEventDetails":"Amazon.StepFunctions.Model.ExecutionStartedEventDetails"}]`,
			`event 1 of its list has details that are no object but ` +
				`"Amazon.StepFunctions.Model.ExecutionStartedEventDetails": a tool cut them off`,
			KindCutOff, ""},
		"a state without a name": {`[{"id":1,"type":"PassStateEntered","timestamp":1,` +
			`"stateEnteredEventDetails":{"name":null}}]`,
			"event 1 of its list has the type PassStateEntered, but not the name of the state", KindUnknown, ""},
		"a negative ID": {`[{"id":-1,"type":"ExecutionStarted","timestamp":1}]`,
			"event 1 of its list has the ID -1, which is not a positive whole number", KindUnknown, ""},
		"events of others": {`[{"type":"request","timestamp":1}]`,
			`its events are not of Step Functions: the first is of type "request"`, KindUnknown, ""},
		"a value too much": {fourEvents[0] + `{"a":1}`, `the value after event 1 is not an event: {"a":1}`, KindUnknown, ""},
		"two descriptions": {page(fourEvents...) + `{"executionArn":"a:b:c:d:e:execution:m:x","status":"RUNNING",` +
			`"startDate":1714557600}{"executionArn":"a:b:c:d:e:execution:m:y","status":"RUNNING","startDate":1714557600}`,
			"it has one history, but describes the executions x and y", KindMixed, ""},
		"members": {`{"name":"a","version":"1","b":{},"c":1,"d":2}`,
			"it has no list of events; it has name, version, b, c", KindUnknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse([]byte(test.text))
			format := &FormatError{}
			if !errors.As(err, &format) || format.Reason != test.reason || format.Kind != test.kind || format.ARN != test.arn {
				t.Errorf("got error %v: %+v", err, format)
			}
		})
	}
}

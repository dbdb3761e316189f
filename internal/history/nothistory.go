package history

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"
)

// FileKind classifies a file that contains no history.
type FileKind int

// The kinds of files.
const (
	KindUnknown    FileKind = iota
	KindExecution           // a document about one or more executions, without events
	KindDefinition          // a state machine's definition or description, or a template
	KindLog                 // a log without a state machine's events
	KindText                // text from which the events cannot be recovered
	KindCutOff              // a history that lacks deeply nested values, because a tool omitted them
	KindCompressed          // a compressed file
	KindMixed               // events of different executions that cannot be told apart
)

// objectSignatures lists the members that identify known objects, and the reason to report for
// each.
var objectSignatures = []struct {
	members string
	kind    FileKind
	reason  string
}{
	{"startat states", KindDefinition, "it is a state machine definition"},
	{"statemachinearn definition", KindDefinition, "it describes a state machine"},
	{"awstemplateformatversion", KindDefinition, "it is a CloudFormation template"},
	{"executions", KindExecution, "it is a list of executions"},
	{"executionarn startdate statemachinearn", KindExecution, "it describes an execution, but has no events"},
	{"executionarn startdate", KindExecution, "it is a StartExecution response, without events"},
	{"detailtype detail", KindExecution, "it is an EventBridge event, not a history"},
	{"mapruns", KindExecution, "it is a list of Map runs"},
	{"maprunarn itemcounts", KindExecution, "it describes a Map run"},
	{"nextstate status", KindUnknown, "it is a TestState response"},
	{"statemachines", KindUnknown, "it is a list of state machines"},
	{"records", KindUnknown, "it is a list of records, for example from CloudTrail, not a history"},
	{"eventname eventsource", KindUnknown, "it is a CloudTrail event, not a history"},
	{"eventname cloudtrailevent", KindUnknown, "it is a CloudTrail event, not a history"},
	{"stackevents", KindUnknown, "it contains the events of a CloudFormation stack"},
	{"traces", KindUnknown, "it contains X-Ray traces"},
	{"queryid", KindLog, "it is the ID of a query, not the query's results"},
	{"logstreams", KindLog, "it is a list of log streams"},
	{"loggroups", KindLog, "it is a list of log groups"},
	{"time record type", KindLog, "it is the log of a Lambda function"},
}

// notHistoryError returns the error for a known object that is not a history, or nil for others.
func (f fields) notHistoryError() *FormatError {
	has := map[string]bool{"executionarn": f.arn.Exists(), "type": f.typ.Exists()}
	for _, member := range f.others {
		if member.name == "__type" {
			text := strings.TrimSuffix(member.value.Str+": "+f.message.Str, ": ")
			return &FormatError{Reason: "it is an AWS error: " + shortened(text)}
		}
		has[normalize(member.name)] = true
	}
	if strings.Contains(f.otherMember("resources").Get("@values.#.Type").Raw, `"AWS::`) {
		return &FormatError{Reason: "it is a CloudFormation template", Kind: KindDefinition}
	}
	for _, signature := range objectSignatures {
		all := true
		for name := range strings.FieldsSeq(signature.members) {
			all = all && has[name]
		}
		if all {
			return &FormatError{Reason: signature.reason, Kind: signature.kind, ARN: f.executionARN()}
		}
	}
	return nil
}

// executionARN returns the ARN of the execution that an object is about, or "".
func (f fields) executionARN() string {
	listed, runs := f.otherMember("executions"), f.otherMember("mapruns")
	for _, value := range []gjson.Result{f.arn, f.otherMember("detail").Get("executionArn"), listed.Get("0.executionArn"),
		listed.Get("0.ExecutionArn"), runs.Get("0.executionArn")} {
		if value.Str != "" {
			return value.Str
		}
	}
	return ""
}

// textSignatures lists the patterns that identify known texts, and the reason to report for each.
var textSignatures = []struct {
	start  *regexp.Regexp
	kind   FileKind
	reason string
}{
	{regexp.MustCompile(`(?i)^<(!doctype html|html|head|body)`), KindUnknown, "it is a web page"},
	{regexp.MustCompile(`^<`), KindUnknown, "it is XML or HTML"},
	{regexp.MustCompile(`^(EVENTS|NEXTTOKEN|[A-Z]+EVENTDETAILS)\t`), KindText, "it is the text output of the AWS CLI"},
	{regexp.MustCompile(`^[-+]{10,}\s*\|`), KindText, "it is the table output of the AWS CLI"},
	{regexp.MustCompile(`^(aws: \[ERROR\]: )?An error occurred \(`), KindUnknown, "it is an error from the AWS CLI"},
	{regexp.MustCompile(`(^|\s)(START|END|REPORT) RequestId: |^INIT_START `), KindLog,
		"it is the log of a Lambda function"},
	{regexp.MustCompile(`^\[?(GetExecutionHistoryResponse|HistoryEvent)\(|^\[?\{(Events: \[\{)?Timestamp: `), KindText,
		"it is the output of Java's toString"},
	{regexp.MustCompile(`^&?\[?\{(Events:\[)?\{`), KindText, "it is the output of Go's fmt"},
	{regexp.MustCompile(`^(#<struct |\[?\{:)`), KindText, "it is the output of Ruby's inspect"},
}

// pythonDict matches a dict that Python printed. YAML can read the dict unless it contains times.
var pythonDict = regexp.MustCompile(`^\[?\{'`)

// compressedError returns an error for a gzip or zip file, such as logs exported to S3.
func compressedError(data []byte) *FormatError {
	if bytes.HasPrefix(data, []byte("\x1f\x8b")) || bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return &FormatError{Reason: "it is compressed", Kind: KindCompressed}
	}
	return nil
}

// knownTextError returns the error for text of a known kind that is neither JSON nor YAML, or nil.
func knownTextError(text []byte) *FormatError {
	start := textStart(text)
	if pythonDict.MatchString(start) && bytes.Contains(text, []byte("datetime.datetime(")) {
		return &FormatError{Reason: "it is the output of Python's print", Kind: KindText}
	}
	for _, t := range textSignatures {
		inJSON := t.kind == KindLog && (strings.HasPrefix(start, "{") || strings.HasPrefix(start, "["))
		if t.start.MatchString(start) && !inJSON {
			return &FormatError{Reason: t.reason, Kind: t.kind}
		}
	}
	return nil
}

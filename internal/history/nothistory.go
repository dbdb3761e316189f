package history

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"
)

// Kind classifies a file without a history.
type FileKind int

// The kinds of a file.
const (
	KindUnknown    FileKind = iota
	KindExecution           // another document about one or more executions
	KindDefinition          // a state machine's definition, alone or in a template
	KindLog                 // a log without a state machine's events
	KindText                // printed for people; the events cannot be recovered
	KindCutOff              // cut off by a tool that omits deeply nested values
	KindCompressed          // a compressed file
	KindMixed               // histories of several executions that cannot be told apart
)

// signs lists the members by which to recognize objects.
var objectSigns = []struct {
	members string
	kind    FileKind
	reason  string
}{
	{"startat states", KindDefinition, "it is the definition of a state machine"},
	{"statemachinearn definition", KindDefinition, "it describes a state machine"},
	{"awstemplateformatversion", KindDefinition, "it is a CloudFormation template"},
	{"executions", KindExecution, "it is a list of executions"},
	{"executionarn startdate statemachinearn", KindExecution, "it describes an execution, but has no events"},
	{"executionarn startdate", KindExecution, "it says that an execution was started, but has no events"},
	{"detailtype detail", KindExecution, "it is an event of EventBridge, not a history"},
	{"mapruns", KindExecution, "it is a list of Map runs"},
	{"maprunarn itemcounts", KindExecution, "it describes a Map run"},
	{"nextstate status", KindUnknown, "it is the result of testing a state"},
	{"statemachines", KindUnknown, "it is a list of state machines"},
	{"records", KindUnknown, "it is a list of records, such as CloudTrail's, not a history"},
	{"eventname eventsource", KindUnknown, "it is an event of CloudTrail, not a history"},
	{"eventname cloudtrailevent", KindUnknown, "it is an event of CloudTrail, not a history"},
	{"stackevents", KindUnknown, "it has the events of a CloudFormation stack"},
	{"traces", KindUnknown, "it has traces of X-Ray"},
	{"queryid", KindLog, "it is the ID of a query, not its results"},
	{"logstreams", KindLog, "it is a list of log streams"},
	{"loggroups", KindLog, "it is a list of log groups"},
	{"time record type", KindLog, "it is the log of a Lambda function"},
}

// notHistory describes an object of a known kind that is not a history, or returns nil.
func (f fields) notHistoryError() *FormatError {
	has := map[string]bool{"executionarn": f.arn.Exists(), "type": f.typ.Exists()}
	for _, member := range f.others {
		if member.name == "__type" {
			text := strings.TrimSuffix(member.value.Str+": "+f.message.Str, ": ")
			return &FormatError{Reason: "it is an error of AWS: " + shortened(text)}
		}
		has[normalize(member.name)] = true
	}
	if strings.Contains(f.otherMember("resources").Get("@values.#.Type").Raw, `"AWS::`) {
		return &FormatError{Reason: "it is a CloudFormation template", Kind: KindDefinition}
	}
	for _, sign := range objectSigns {
		all := true
		for name := range strings.FieldsSeq(sign.members) {
			all = all && has[name]
		}
		if all {
			return &FormatError{Reason: sign.reason, Kind: sign.kind, ARN: f.executionARN()}
		}
	}
	return nil
}

// about returns the ARN of the execution that an object describes.
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

// texts lists the patterns by which to recognize texts.
var textSigns = []struct {
	start  *regexp.Regexp
	kind   FileKind
	reason string
}{
	{regexp.MustCompile(`(?i)^<(!doctype html|html|head|body)`), KindUnknown, "it is a web page"},
	{regexp.MustCompile(`^<`), KindUnknown, "it is XML or HTML"},
	{regexp.MustCompile(`^(EVENTS|NEXTTOKEN|[A-Z]+EVENTDETAILS)\t`), KindText, "it is the text output of the AWS CLI"},
	{regexp.MustCompile(`^[-+]{10,}\s*\|`), KindText, "it is a table of the AWS CLI"},
	{regexp.MustCompile(`^(aws: \[ERROR\]: )?An error occurred \(`), KindUnknown, "it is an error of the AWS CLI"},
	{regexp.MustCompile(`(^|\s)(START|END|REPORT) RequestId: |^INIT_START `), KindLog,
		"it is the log of a Lambda function"},
	{regexp.MustCompile(`^\[?(GetExecutionHistoryResponse|HistoryEvent)\(|^\[?\{(Events: \[\{)?Timestamp: `), KindText,
		"it is text that Java's toString wrote"},
	{regexp.MustCompile(`^&?\[?\{(Events:\[)?\{`), KindText, "it is text that Go's fmt wrote"},
	{regexp.MustCompile(`^(#<struct |\[?\{:)`), KindText, "it is text that Ruby's inspect wrote"},
}

// python matches a dict that Python printed. YAML can read it unless it contains times.
var pythonDict = regexp.MustCompile(`^\[?\{'`)

// compressed returns an error for a file compressed with gzip or zip, like exported logs.
func compressedError(data []byte) *FormatError {
	if bytes.HasPrefix(data, []byte("\x1f\x8b")) || bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return &FormatError{Reason: "it is compressed", Kind: KindCompressed}
	}
	return nil
}

// otherText describes text of a known kind that is neither JSON nor YAML, or returns nil.
func knownTextError(text []byte) *FormatError {
	start := textStart(text)
	if pythonDict.MatchString(start) && bytes.Contains(text, []byte("datetime.datetime(")) {
		return &FormatError{Reason: "it is text that Python's print wrote", Kind: KindText}
	}
	for _, t := range textSigns {
		inJSON := t.kind == KindLog && (strings.HasPrefix(start, "{") || strings.HasPrefix(start, "["))
		if t.start.MatchString(start) && !inJSON {
			return &FormatError{Reason: t.reason, Kind: t.kind}
		}
	}
	return nil
}

package deployment

import "time"

// The names of a stack's outputs.
const (
	OutputStateMachine     = "StateMachineArn"
	OutputFunction         = "FunctionArn"
	OutputFunctionRole     = "FunctionRoleArn"
	OutputStateMachineRole = "StateMachineRoleArn"
	OutputConsole          = "StateMachineConsole"
	OutputDashboard        = "DashboardConsole"
)

// Project is the value of the tag TagProject on every stack of this project.
const Project = "retrycatch"

// Stacks have the tags TagProject and TagStack. CloudFormation copies these tags to the stacks'
// resources.
const (
	TagProject = "Project"
	TagStack   = "Stack"
	TagRegion  = "Region" // only on roles, because all regions of an account share them
)

// Tag holds a stack's tag.
type Tag struct{ Key, Value string }

// StackTags returns the tags of a stack.
func StackTags(stackName string) []Tag { return []Tag{{TagProject, Project}, {TagStack, stackName}} }

// Each alarm's name ends with one of these suffixes, which say what the alarm watches.
const (
	AlarmExecutionsFailed    = "executions-failed"
	AlarmExecutionsTimedOut  = "executions-timed-out"
	AlarmExecutionsThrottled = "executions-throttled"
	AlarmFunctionErrors      = "function-errors"
	AlarmFunctionThrottles   = "function-throttles"
)

// AlarmPeriod is the period over which an alarm evaluates its metric.
const AlarmPeriod = 5 * time.Minute

// Names holds the physical names of one stack's resources. The names of the roles and of the
// dashboard are unique in the account. All other names are unique in the region. A name is empty if
// the deployment omits the resource.
type Names struct {
	Stack            string
	FunctionRole     string
	StateMachineRole string
	Function         string
	FunctionLogs     string
	StateMachine     string
	StateMachineLogs string
	Alarms           map[string]string // alarm names, keyed by the constants such as AlarmFunctionErrors
	Dashboard        string
	AlarmTopic       string
}

// names returns the names of one stack. The region is empty if the deployment does not set the
// option "regions".
func (d Deployment) names(region string) Names {
	n := AllNames(d.Stage, region)
	if !d.Observability {
		n.Alarms, n.Dashboard = nil, ""
	}
	if d.AlarmEmail == "" {
		n.AlarmTopic = ""
	}
	return n
}

// AllNames returns the names of a stack with every optional resource. The region is empty for a
// deployment without the option "regions". The longest name is that of the state machine's role. It
// has 30 characters, plus up to 17 for the stage and up to 17 for the region. IAM permits 64.
func AllNames(stage, region string) Names {
	if stage != "" {
		stage = "-" + stage
	}
	// In an account-wide name, an underscore precedes the region, because a stage cannot contain an
	// underscore. With a hyphen, the stage "eu-west-1" and the region eu-west-1 would get equal
	// names.
	global := stage
	if region != "" {
		global += "_" + region
	}
	n := Names{
		Stack:            "retrycatch" + stage,
		FunctionRole:     "lambda_basic_execution" + global,
		StateMachineRole: "step_functions_basic_execution" + global,
		Function:         "MockAPIFunction" + stage,
		// By default, Lambda writes to this group, and creates the group if the role permits this.
		FunctionLogs: "/aws/lambda/MockAPIFunction" + stage,
		StateMachine: "MyAPIStateMachine" + stage,
		// Log delivery to groups under /aws/vendedlogs/ adds nothing to the account's CloudWatch
		// Logs resource policy. The policy is limited to 5120 characters:
		// https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
		StateMachineLogs: "/aws/vendedlogs/states/MyAPIStateMachine" + stage,
	}
	n.Alarms = map[string]string{}
	for _, suffix := range []string{AlarmExecutionsFailed, AlarmExecutionsTimedOut, AlarmExecutionsThrottled,
		AlarmFunctionErrors, AlarmFunctionThrottles} {
		n.Alarms[suffix] = n.Stack + "-" + suffix
	}
	// Dashboards are global. The console shows them in every region:
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html
	n.Dashboard = "retrycatch" + global
	n.AlarmTopic = n.Stack + "-alarms"
	return n
}

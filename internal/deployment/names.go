package deployment

import "time"

// These are the names of the stack's outputs.
const (
	OutputStateMachine     = "StateMachineArn"
	OutputFunction         = "FunctionArn"
	OutputFunctionRole     = "FunctionRoleArn"
	OutputStateMachineRole = "StateMachineRoleArn"
	OutputConsole          = "StateMachineConsole"
	OutputDashboard        = "DashboardConsole"
)

// Project is the value of TagProject on every stack of this project.
const Project = "retrycatch"

// These are the keys of tags. The stack has the first two, and CloudFormation copies them to its
// resources.
const (
	TagProject = "Project"
	TagStack   = "Stack"
	TagRegion  = "Region" // only on roles, whose names are unique in the account
)

// Tag holds a stack's tag.
type Tag struct{ Key, Value string }

// StackTags returns the tags of a stack, which CloudFormation copies to the stack's resources.
func StackTags(stackName string) []Tag { return []Tag{{TagProject, Project}, {TagStack, stackName}} }

// These are the things that the alarms watch. Each is the last part of its alarm's name.
const (
	AlarmExecutionsFailed    = "executions-failed"
	AlarmExecutionsTimedOut  = "executions-timed-out"
	AlarmExecutionsThrottled = "executions-throttled"
	AlarmFunctionErrors      = "function-errors"
	AlarmFunctionThrottles   = "function-throttles"
)

// AlarmPeriod is the period that an alarm evaluates.
const AlarmPeriod = 5 * time.Minute

// Names holds the physical names of one stack's resources. The names of the roles and of the
// dashboard are unique in the account, the others in the region. A resource that the deployment
// omits has no name.
type Names struct {
	Stack            string
	FunctionRole     string
	StateMachineRole string
	Function         string
	FunctionLogs     string
	StateMachine     string
	StateMachineLogs string
	Alarms           map[string]string // names, keyed by the Alarm constants
	Dashboard        string
	AlarmTopic       string
}

// names returns the names of one stack. The region is empty if the deployment has only one stack.
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
// deployment without the option regions. The longest name belongs to the state machine's role: 30
// characters, plus up to 17 each for a stage and a region. IAM permits 64.
func AllNames(stage, region string) Names {
	if stage != "" {
		stage = "-" + stage
	}
	// In an account-wide name, an underscore separates the region, because a stage cannot contain
	// one. Otherwise, a stage named after a region would have the same names.
	global := stage
	if region != "" {
		global += "_" + region
	}
	n := Names{
		Stack:            "retrycatch" + stage,
		FunctionRole:     "lambda_basic_execution" + global,
		StateMachineRole: "step_functions_basic_execution" + global,
		Function:         "MockAPIFunction" + stage,
		// By default Lambda writes to this group, and creates it if the role permits this.
		FunctionLogs: "/aws/lambda/MockAPIFunction" + stage,
		StateMachine: "MyAPIStateMachine" + stage,
		// The delivery of logs to a group under /aws/vendedlogs/ does not extend the account's log
		// resource policy, which is limited to 5120 characters:
		// https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
		StateMachineLogs: "/aws/vendedlogs/states/MyAPIStateMachine" + stage,
	}
	n.Alarms = map[string]string{}
	for _, watches := range []string{AlarmExecutionsFailed, AlarmExecutionsTimedOut, AlarmExecutionsThrottled,
		AlarmFunctionErrors, AlarmFunctionThrottles} {
		n.Alarms[watches] = n.Stack + "-" + watches
	}
	// Dashboards are global. The console shows them in every region:
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html
	n.Dashboard = "retrycatch" + global
	n.AlarmTopic = n.Stack + "-alarms"
	return n
}

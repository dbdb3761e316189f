package deployment

import "time"

// The stack's outputs.
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

// The keys of the tags. The stack has the first two and hands them down to its resources.
const (
	TagProject = "Project"
	TagStack   = "Stack"
	TagRegion  = "Region" // on the roles alone, whose names are unique in the whole account
)

// Tag is a tag of a stack.
type Tag struct{ Key, Value string }

// StackTags returns the tags of a stack, which CloudFormation hands down to its resources.
func StackTags(stackName string) []Tag { return []Tag{{TagProject, Project}, {TagStack, stackName}} }

// The alarms, by what each of them watches for.
const (
	AlarmExecutionsFailed    = "executions-failed"
	AlarmExecutionsTimedOut  = "executions-timed-out"
	AlarmExecutionsThrottled = "executions-throttled"
	AlarmFunctionErrors      = "function-errors"
	AlarmFunctionThrottles   = "function-throttles"
)

// AlarmPeriod is the time over which an alarm counts.
const AlarmPeriod = 5 * time.Minute

// Names are the physical names of one stack's resources. Those of the roles and of the dashboard are unique in the whole
// account, the others in a region. What the deployment leaves out has no name.
type Names struct {
	Stack            string
	FunctionRole     string
	StateMachineRole string
	Function         string
	FunctionLogs     string
	StateMachine     string
	StateMachineLogs string
	Alarms           map[string]string // by what they watch for
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
// deployment without the option regions. The longest name is the state machine's role: 30 characters,
// and 17 each for a stage and a region. IAM allows 64.
func AllNames(stage, region string) Names {
	if stage != "" {
		stage = "-" + stage
	}
	// What is unique in the account is told apart by a character that no stage has, or a stage called like a region would
	// have the names of that region.
	global := stage
	if region != "" {
		global += "_" + region
	}
	n := Names{
		Stack:            "retrycatch" + stage,
		FunctionRole:     "lambda_basic_execution" + global,
		StateMachineRole: "step_functions_basic_execution" + global,
		Function:         "MockAPIFunction" + stage,
		// Lambda writes to this group unless told otherwise, and creates it where the role lets it.
		FunctionLogs: "/aws/lambda/MockAPIFunction" + stage,
		StateMachine: "MyAPIStateMachine" + stage,
		// Under /aws/vendedlogs/ a delivery adds nothing to the account's log resource policy, which is limited to 5120
		// characters: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
		StateMachineLogs: "/aws/vendedlogs/states/MyAPIStateMachine" + stage,
	}
	n.Alarms = map[string]string{}
	for _, watches := range []string{AlarmExecutionsFailed, AlarmExecutionsTimedOut, AlarmExecutionsThrottled,
		AlarmFunctionErrors, AlarmFunctionThrottles} {
		n.Alarms[watches] = n.Stack + "-" + watches
	}
	// Every region shows it: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html
	n.Dashboard = "retrycatch" + global
	n.AlarmTopic = n.Stack + "-alarms"
	return n
}

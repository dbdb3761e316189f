package cli

import (
	"slices"

	"retrycatch/internal/cdk"
	"retrycatch/internal/deployment"
	"retrycatch/internal/inventory"
	"retrycatch/internal/safetext"
)

// repairCommand returns the command that restores the faulty resources of a deployed stack. A plain
// deployment changes nothing if the template has not changed. With --revert-drift, a deployment
// restores every resource whose drift CloudFormation detects:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/drift-aware-change-sets.html
// For other faults, the command recreates the stack. A local AWS ignores --revert-drift, so there
// the command always recreates the stack, or only deletes a protected one.
func (t *target) repairCommand(record inventory.Record, revertible bool) string {
	pairs := slices.Concat(t.context, t.deployedOptions(record))
	local := t.Config.BaseEndpoint != nil
	if record.Stack.Protected && local {
		return t.Command("destroy --force")
	}
	// A protected stack in a real account must stay, so the command always uses --revert-drift for
	// it.
	if !revertible && !record.Stack.Protected || local {
		return t.Command("destroy") + " && " + t.Command("deploy") + contextFlags(pairs)
	}
	if t.options.Stage != "" {
		pairs = append(pairs, deployment.OptionStage+"="+t.options.Stage)
	}
	id := t.stackID
	if slices.Contains(pairs, deployment.OptionRegions+"="+t.Region()) || slices.Contains(t.options.Regions, t.Region()) {
		id = deployment.Deployment{Stage: t.options.Stage, Regions: []string{t.Region()}}.Stacks()[0].ID
	}
	return t.CDK("deploy --revert-drift " + id + contextFlags(append(cdk.EnvContext(), pairs...)) + " --region " +
		t.Region())
}

// deployedOptions returns the options of the deployed stack that the next deployment would change
// unless the command line repeats them. It returns none if the template cannot be read.
func (t *target) deployedOptions(record inventory.Record) []string {
	if record.TemplateErr != nil {
		return nil
	}
	deployed := record.Options()
	var pairs []string
	add := func(option, deployed, configured string) {
		if deployed != configured && deployed != "" {
			pairs = append(pairs, option+"="+deployed)
		}
	}
	add(deployment.OptionArchitecture, string(deployed.Architecture), string(t.options.Architecture))
	add(deployment.OptionObservability, choose(deployed.Observability, "on", "off"),
		choose(t.options.Observability, "on", "off"))
	add(deployment.OptionAlarmEmail, deployed.AlarmEmail, t.options.AlarmEmail)
	add(deployment.OptionProtect, choose(deployed.Protect, "true", "false"), choose(t.options.Protect, "true", "false"))
	for _, region := range deployed.Regions {
		if !slices.Contains(t.options.Regions, region) {
			pairs = append(pairs, deployment.OptionRegions+"="+region)
		}
	}
	return pairs
}

func choose(condition bool, yes, no string) string {
	if condition {
		return yes
	}
	return no
}

func contextFlags(pairs []string) string {
	flags := ""
	for _, pair := range pairs {
		flags += " -c " + safetext.Word(pair)
	}
	return flags
}

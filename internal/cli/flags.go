package cli

import (
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"retrycatch/internal/deployment"
)

// selectsDeployment is the annotation of the flags that select a command's deployment.
const selectsDeployment = "retrycatch_selects_deployment"

// SelectsDeployment reports whether a flag selects a command's deployment.
func SelectsDeployment(flag *pflag.Flag) bool {
	_, selects := flag.Annotations[selectsDeployment]
	return selects
}

// accessFlags adds the flags of commands that use an account.
func (a *app) accessFlags(cmd *cobra.Command) {
	a.stageFlag(cmd)
	a.projectFlag(cmd)
	nameVar(cmd, &a.region, "region", "",
		"use this `REGION` (default: from the CDK settings, AWS_REGION or the profile)")
	nameVar(cmd, &a.profile, "profile", "",
		"use this AWS `PROFILE` (default: from the CDK settings or AWS_PROFILE)")
	annotateSelectionFlag(cmd, "region", a.completeRegions)
	annotateSelectionFlag(cmd, "profile", completeProfiles)
}

// nameFlag rejects a blank value. Otherwise, a command would ignore a flag whose value is an empty
// variable of a script, and use the default account or region, for example.
type nameFlag string

func (n *nameFlag) String() string { return string(*n) }
func (n *nameFlag) Type() string   { return "name" }
func (n *nameFlag) Set(value string) error {
	if strings.TrimSpace(value) == "" {
		return errors.New("must not be empty")
	}
	*n = nameFlag(value)
	return nil
}

// nameVar adds a flag that rejects a blank value. The variable holds the default.
func nameVar(cmd *cobra.Command, variable *string, name, shorthand, usage string) {
	cmd.Flags().VarP((*nameFlag)(variable), name, shorthand, usage)
}

// numberFlag is a decimal number. pflag's own type would read 010 as an octal number.
type numberFlag int

func (n *numberFlag) String() string { return strconv.Itoa(int(*n)) }
func (n *numberFlag) Type() string   { return "int" }
func (n *numberFlag) Set(value string) error {
	number, err := strconv.Atoi(value)
	*n = numberFlag(number)
	return err
}

func (a *app) stageFlag(cmd *cobra.Command) {
	cmd.Flags().Func("stage", "use the deployment of this `STAGE` (default: from cdk.json, or none)",
		func(value string) error {
			a.stagePairs = append(a.stagePairs, deployment.OptionStage+"="+value)
			return nil
		})
	annotateSelectionFlag(cmd, "stage", a.completeStages)
}

func (a *app) projectFlag(cmd *cobra.Command) {
	nameVar(cmd, &a.project, "project", "", "use the cdk.json in `DIR` "+
		"(default: found by searching upward from this program's folder, then from the working folder)")
	annotateSelectionFlag(cmd, "project", completeFolders)
}

// annotateSelectionFlag annotates a flag with selectsDeployment and registers its completion.
func annotateSelectionFlag(cmd *cobra.Command, flag string, values cobra.CompletionFunc) {
	_ = cmd.Flags().SetAnnotation(flag, selectsDeployment, []string{"true"}) // cannot fail, because the flag exists
	completeFlag(cmd, flag, values)
}

// Checks templates with cdk-nag, and writes a list of findings, {rule, logicalID}, for each
// template. The findings include acknowledged ones, because cdk-nag checks the templates instead of
// the app.
import { App, Stack } from "aws-cdk-lib";
import { CfnInclude } from "aws-cdk-lib/cloudformation-include";
import { AwsSolutionsChecks } from "cdk-nag";

const findings = process.argv.slice(2).map((templateFile) => {
  const stack = new Stack(new App(), "Stack");
  new CfnInclude(stack, "Template", { templateFile });
  return new AwsSolutionsChecks().validateScope(stack).violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath }) => ({ rule: ruleName, logicalID: constructPath.split("/").at(-1) })));
});
console.log(JSON.stringify(findings));

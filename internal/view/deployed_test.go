package view

import "testing"

func TestDeployedText(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:states:eu-west-1:111122223333:stateMachine:MyAPIStateMachine"
	d := DeployedStacks{{Outputs: map[string]string{"Role": "r", "StateMachineArn": arn}}}
	for width, want := range map[int]string{
		0:   "Role                 r\nStateMachineArn      " + arn + "\n",
		100: "Role                 r\nStateMachineArn      " + arn + "\n",
		80:  "Role\n  r\nStateMachineArn\n  " + arn + "\n",
	} {
		c, out, _ := newTestConsole("")
		c.width = width
		d.Text(c)
		if out.String() != want {
			t.Errorf("%d columns: got\n%swant\n%s", width, out, want)
		}
	}
	requireAllWidths(t, d.Text)
}

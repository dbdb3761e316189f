package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// definitionSizes lists the sizes of the measured state machines, in states.
var definitionSizes = []int{50, 500}

// definitionFile returns the path of the definition with the given number of states.
func (l *lab) definitionFile(states int) string {
	return l.path(fmt.Sprintf("definition-%d.asl.json", states))
}

// writeDefinition writes a sequence of tasks with one handler for all errors, as in most large
// state machines.
func writeDefinition(file string, states int) error {
	const handler = "Handle the error"
	name := func(n int) string { return fmt.Sprintf("Step %d", n) }
	all := map[string]any{handler: map[string]any{"Type": "Fail"}}
	for n := 1; n < states; n++ {
		catcher := map[string]any{"ErrorEquals": []string{"States.ALL"}, "Next": handler}
		task := map[string]any{"Type": "Task", "Catch": []any{catcher}}
		if n+1 < states {
			task["Next"] = name(n + 1)
		} else {
			task["End"] = true
		}
		all[name(n)] = task
	}
	content, err := json.Marshal(map[string]any{"StartAt": name(1), "States": all})
	if err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o600)
}

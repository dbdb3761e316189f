package history

import (
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"
)

// TestDetails fills each SDK details structure. It expects the same details from the structure and
// from its JSON.
func TestDetails(t *testing.T) {
	t.Parallel()
	event := reflect.TypeFor[types.HistoryEvent]()
	seen := details{}
	for _, i := range detailFields {
		t.Run(event.Field(i).Name, func(t *testing.T) {
			recorded := types.HistoryEvent{Type: "NewInTheFuture"}
			structure := reflect.New(event.Field(i).Type.Elem())
			fillFields(structure.Elem())
			reflect.ValueOf(&recorded).Elem().Field(i).Set(structure)
			e := New([]types.HistoryEvent{recorded}).Events[0]
			got, want := e.details(), Event{json: e.Details()}.details()
			if got != want {
				t.Errorf("got %+v, want %+v as in the JSON %s", got, want, e.Details())
			}
			for _, field := range []string{"name", "state", "input", "output", "error", "cause"} {
				if text := got.textField(field); *text != "" {
					*seen.textField(field) = *text
				}
			}
			seen.index = max(seen.index, got.index)
		})
	}
	want := details{name: "Name", state: "State", input: "Input", output: "Output", err: "Error", cause: "Cause", index: 7}
	if diff := cmp.Diff(want, seen, cmp.AllowUnexported(details{})); diff != "" {
		t.Errorf("the details collected from all structures differ (-want +got):\n%s", diff)
	}
	noDetails := New([]types.HistoryEvent{{Type: "TaskStarted"}}).Events[0]
	if noDetails.Details() != nil || noDetails.details() != (details{}) {
		t.Errorf("event without details: got details %s, want none", noDetails.Details())
	}
}

// fillFields sets each string field to the field's name, and each number to 7.
func fillFields(structure reflect.Value) {
	for i := range structure.NumField() {
		if !structure.Type().Field(i).IsExported() {
			continue
		}
		switch field := structure.Field(i).Addr().Interface().(type) {
		case **string:
			name := structure.Type().Field(i).Name
			*field = &name
		case *int32:
			*field = 7
		}
	}
}

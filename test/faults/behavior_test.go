package faults

import (
	"strings"
	"testing"
)

func TestBenignBehaviors(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, behavior := range BenignBehaviors() {
		if behavior.Name == "" || names[behavior.Name] || !strings.Contains(behavior.Source, "https://") {
			t.Errorf("behavior %q with source %q: want a unique name and a URL", behavior.Name, behavior.Source)
		}
		names[behavior.Name] = true
	}
	p := Start(t, newEndpoint(t).URL, Options{Behaviors: BenignBehaviors()})
	for operation, call := range sdkCalls {
		if err := call(t.Context(), sdkConfig(p.URL)); err != nil {
			t.Errorf("%s: %v", operation, err)
		}
	}
	if altered := p.AlteredResponses(); len(altered) > 0 {
		t.Errorf("got changed responses from %v, want none", altered)
	}
}

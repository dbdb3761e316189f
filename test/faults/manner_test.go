package faults

import (
	"strings"
	"testing"
)

func TestBenign(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, manner := range Benign() {
		if manner.Name == "" || names[manner.Name] || !strings.Contains(manner.Source, "https://") {
			t.Errorf("the manner %q with the source %q: want a unique name and an address", manner.Name, manner.Source)
		}
		names[manner.Name] = true
	}
	p := Start(t, newEndpoint(t).URL, Options{Manners: Benign()})
	for operation, call := range operations {
		if err := call(t.Context(), config(p.URL)); err != nil {
			t.Errorf("%s: %v", operation, err)
		}
	}
	if played := p.Played(); len(played) > 0 {
		t.Errorf("got changed answers from %v, want none", played)
	}
}

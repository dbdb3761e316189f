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
			t.Errorf("the manner %q has the source %q", manner.Name, manner.Source)
		}
		names[manner.Name] = true
	}
	p := Start(t, newEndpoint(t).URL, Options{Manners: Benign()})
	for operation, call := range operations {
		if err := call(t.Context(), config(p.URL)); err != nil {
			t.Errorf("%s is answered with %v", operation, err)
		}
	}
	if played := p.Played(); len(played) > 0 {
		t.Errorf("where nothing has happened, there played %v", played)
	}
}

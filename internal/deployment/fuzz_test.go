package deployment

import (
	"slices"
	"strings"
	"testing"
)

func FuzzNames(f *testing.F) {
	for _, seed := range [][2]string{
		{"dev", "eu-west-1"}, {"", ""}, {"a123456789-12345", "ap-southeastxx-1"}, {"eu-west-1", "eu-west-1,us-east-1"},
		{"Dev", "EU-WEST-1"}, {"-dev-", ",eu-west-1,"}, {"my--dev", "eu-west-1,eu-west-1"}, {"dev\n", "eu-west-1\n"},
		{"d\u00e9v", "us-gov-west-1"},
		{"${AWS::Region}", "eu_west_1"}, {"dev_eu-west-1", "dev"}, {"\xff", "aa-a-99999999999"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, stage, regions string) {
		// If a value is empty, its option is omitted. Each option is thus also tested alone.
		values := map[string]any{OptionAlarmEmail: "a@example.com"}
		for option, value := range map[string]string{OptionStage: stage, OptionRegions: regions} {
			if value != "" {
				values[option] = value
			}
		}
		d, err := New(func(option string) any { return values[option] })
		if err != nil {
			for _, invalid := range requireOptionErrors(t, d, err) {
				if invalid.Value == "" || invalid.Value != values[invalid.Option] {
					t.Errorf("error for the option %s: got value %q, want %q", invalid.Option, invalid.Value,
						values[invalid.Option])
				}
			}
			return
		}
		if d.Stage != stage || strings.Join(d.Regions, ",") != regions {
			t.Errorf("got %+v, want the stage %q and the regions %q", d, stage, regions)
		}
		var ids []string
		for _, s := range d.Stacks() {
			requireValidNames(t, s)
			ids = append(ids, s.ID)
		}
		slices.Sort(ids)
		if len(slices.Compact(ids)) != max(1, len(d.Regions)) {
			t.Errorf("stage %q and regions %q: got stacks %q, want one per region", stage, regions, ids)
		}
	})
}

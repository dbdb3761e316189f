package picture

import (
	"slices"
	"strings"
	"testing"
)

func TestHumps(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"ProcessCustomerPaymentRefund": "Process Customer Payment Refund",
		"processCustomer":              "process Customer",
		"HTTPServer":                   "HTTP Server",
		"ParseURLs":                    "Parse URLs",
		"URLsOfS3Buckets":              "URLs Of S3 Buckets",
		"AServer":                      "AServer",
		"Order2024Import":              "Order 2024 Import",
		"V2":                           "V2",
		"order_service-v2":             "order_ service- v2",
		"__main__":                     "__main__",
		"States.TaskFailed":            "States. Task Failed",
		"$.order.stock.available":      "$.order. stock. available",
		"ÜberÄnderung":                 "Über Änderung",
		"请求处理":                         "请求处理",
		"a":                            "a",
	} {
		if got := strings.Join(humps(name), " "); got != want {
			t.Errorf("%s: got the humps %q, want %q", name, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	const wide = 100.0 // of about 16 letters
	tests := map[string]struct {
		text string
		want []string
	}{
		"short":              {"Call API", []string{"Call API"}},
		"at spaces":          {"Wait until tomorrow noon", []string{"Wait until", "tomorrow noon"}},
		"at humps":           {"ProcessCustomerPayment", []string{"Process", "Customer", "Payment"}},
		"at an underscore":   {"process_customer_payment", []string{"process_", "customer_", "payment"}},
		"words before humps": {"Notify OperationsTeam", []string{"Notify", "OperationsTeam"}},
		"a wide hump":        {"Thequickbrownfoxjumpsover", []string{"Thequickbrown", "foxjumpsover"}},
		"a wide word goes on": {
			"retry 2× Lambda.ExecutionTimeout",
			[]string{"retry 2× Lambda.", "Execution", "Timeout"},
		},
		"equally long lines": {"aa bb cc dd ee ff gg", []string{"aa bb cc", "dd ee ff gg"}},
		"no unit alone":      {"after a while: 60 s, then", []string{"after a while:", "60 s, then"}},
		"too much": {
			"one two three four five six seven eight nine ten",
			[]string{"one two three", "four five six", "seven eight nine…"},
		},
		"nothing": {" ", nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := wrap(tc.text, 12, false, wide, 3); !slices.Equal(got, tc.want) {
				t.Errorf("got the lines %q, want %q", got, tc.want)
			}
		})
	}
}

// TestWrapWidth checks that no line is too wide, and that no character is lost.
func TestWrapWidth(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"ProcessCustomerPaymentRefundAndNotify", strings.Repeat("W", 90), strings.Repeat("long word ", 20),
		"a " + strings.Repeat("iW", 60) +
			" b", "retry 6× DynamoDB.ProvisionedThroughputExceededException, after 2 s, then 3 s",
	} {
		for _, widest := range []float64{60, 100, 275} {
			lines := wrap(text, 11, true, widest, 1000)
			for _, line := range lines {
				if width := measure(line, 11, true); width > widest+0.001 {
					t.Errorf("%q: got the width %.0f, want at most %.0f", line, width, widest)
				}
			}
			bare := func(text string) string { return strings.ReplaceAll(text, " ", "") }
			if got := strings.Join(lines, ""); bare(got) != bare(text) {
				t.Errorf("%q: got the lines %q", text, lines)
			}
		}
	}
}

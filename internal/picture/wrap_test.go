package picture

import (
	"slices"
	"strings"
	"testing"
)

func TestSplitName(t *testing.T) {
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
		if got := strings.Join(splitName(name), " "); got != want {
			t.Errorf("%s: got parts %q, want %q", name, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	const wide = 100.0 // fits about 16 letters
	tests := map[string]struct {
		text string
		want []string
	}{
		"short":                                {"Call API", []string{"Call API"}},
		"at spaces":                            {"Wait until tomorrow noon", []string{"Wait until", "tomorrow noon"}},
		"inside a name":                        {"ProcessCustomerPayment", []string{"Process", "Customer", "Payment"}},
		"at an underscore":                     {"process_customer_payment", []string{"process_", "customer_", "payment"}},
		"at a space rather than inside a name": {"Notify OperationsTeam", []string{"Notify", "OperationsTeam"}},
		"a wide part":                          {"Thequickbrownfoxjumpsover", []string{"Thequickbrown", "foxjumpsover"}},
		"a wide word after a short one": {
			"retry 2× Lambda.ExecutionTimeout",
			[]string{"retry 2× Lambda.", "Execution", "Timeout"},
		},
		"lines of similar length": {"aa bb cc dd ee ff gg", []string{"aa bb cc", "dd ee ff gg"}},
		"number and unit":         {"after a while: 60 s, then", []string{"after a while:", "60 s, then"}},
		"truncated": {
			"one two three four five six seven eight nine ten",
			[]string{"one two three", "four five six", "seven eight nine…"},
		},
		"blank": {" ", nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := wrap(tc.text, 12, false, wide, 3); !slices.Equal(got, tc.want) {
				t.Errorf("got lines %q, want %q", got, tc.want)
			}
		})
	}
}

// TestWrapWidth checks the width of each line, and that no characters are lost.
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
				if width := textWidth(line, 11, true); width > widest+0.001 {
					t.Errorf("%q: got width %.0f, want at most %.0f", line, width, widest)
				}
			}
			withoutSpaces := func(text string) string { return strings.ReplaceAll(text, " ", "") }
			if got := strings.Join(lines, ""); withoutSpaces(got) != withoutSpaces(text) {
				t.Errorf("%q: got lines %q, want the same characters", text, lines)
			}
		}
	}
}

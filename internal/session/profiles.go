package session

import (
	"cmp"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
)

// Profiles lists the profiles in the AWS config and credentials files, because the SDK cannot list
// them. It skips a file that cannot be read. The files have this format:
// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
func Profiles() []string {
	var names []string
	read := func(file, prefix string) {
		text, _ := os.ReadFile(file)
		for line := range strings.Lines(string(text)) {
			section, opens := strings.CutPrefix(strings.TrimSpace(line), "[")
			section, _, closes := strings.Cut(section, "]")
			name, hasPrefix := strings.CutPrefix(strings.TrimSpace(section), prefix)
			if opens && closes && (hasPrefix || section == config.DefaultSharedConfigProfile) {
				names = append(names, strings.TrimSpace(name))
			}
		}
	}
	read(cmp.Or(os.Getenv("AWS_CONFIG_FILE"), config.DefaultSharedConfigFilename()), "profile ")
	read(cmp.Or(os.Getenv("AWS_SHARED_CREDENTIALS_FILE"), config.DefaultSharedCredentialsFilename()), "")
	slices.Sort(names)
	return slices.Compact(names)
}

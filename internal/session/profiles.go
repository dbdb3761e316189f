package session

import (
	"cmp"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
)

// Profiles lists the profiles in the AWS files, which the SDK can only load by their names. A file
// that cannot be read has none:
// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
func Profiles() []string {
	var names []string
	read := func(file, prefix string) {
		text, _ := os.ReadFile(file)
		for line := range strings.Lines(string(text)) {
			section, begins := strings.CutPrefix(strings.TrimSpace(line), "[")
			section, _, ends := strings.Cut(section, "]")
			name, named := strings.CutPrefix(strings.TrimSpace(section), prefix)
			if begins && ends && (named || section == config.DefaultSharedConfigProfile) {
				names = append(names, strings.TrimSpace(name))
			}
		}
	}
	read(cmp.Or(os.Getenv("AWS_CONFIG_FILE"), config.DefaultSharedConfigFilename()), "profile ")
	read(cmp.Or(os.Getenv("AWS_SHARED_CREDENTIALS_FILE"), config.DefaultSharedCredentialsFilename()), "")
	slices.Sort(names)
	return slices.Compact(names)
}

// Command decode reads a file and decodes its JSON. It is the benchmark's reference for reading an
// execution history.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	var document any
	content, err := os.ReadFile(os.Args[1])
	if err == nil {
		err = json.Unmarshal(content, &document)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

package cli

import (
	"net/url"
	"path/filepath"

	"github.com/cli/browser"
)

// openPage opens a file in the browser. It reports whether a browser started, and warns if not.
func (a *app) openPage(file string) bool {
	path, err := filepath.Abs(file)
	if err == nil {
		err = a.openBrowser((&url.URL{Scheme: "file", Path: path}).String())
	}
	if err != nil {
		a.console.Warn("cannot open a browser")
	}
	return err == nil
}

// startBrowser opens an address in the default browser. It discards the browser's output, because
// standard output is for data, and a pipe would make this program wait until the browser exits.
func startBrowser(address string) error {
	browser.Stdout, browser.Stderr = nil, nil
	return browser.OpenURL(address)
}

package cli

import (
	"net/url"
	"path/filepath"

	"github.com/cli/browser"
)

// openPage opens a file in the browser, and reports whether a browser started. If none did, it warns.
func (a *app) openPage(file string) bool {
	path, err := filepath.Abs(file)
	if err == nil {
		err = a.browse((&url.URL{Scheme: "file", Path: path}).String())
	}
	if err != nil {
		a.console.Warn("no browser was started")
	}
	return err == nil
}

// startBrowser opens an address in the browser of the system. The browser writes nowhere: standard
// output is for data, and a pipe would keep this program waiting for the browser's end.
func startBrowser(address string) error {
	browser.Stdout, browser.Stderr = nil, nil
	return browser.OpenURL(address)
}

#!/bin/sh
# Makes the pictures in docs, with Chromium. "make pictures" runs this script on a local AWS.
set -eu
case ${AWS_ENDPOINT_URL:-} in
http://127.0.0.1:*) ;;
*) echo "docs/pictures.sh deploys and destroys a stack, so it runs only on a local AWS: run make pictures" >&2; exit 2 ;;
esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export XDG_CACHE_HOME="$folder" PATH="$PWD/bin:$PATH"
bin/retrycatch deploy --yes >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
bin/retrycatch run 200 >/dev/null
bin/retrycatch run 503 >/dev/null
bin/retrycatch run 429 >/dev/null
bin/retrycatch graph --execution latest -o docs/graph.svg
bin/retrycatch report -o "$folder/report.html" >/dev/null
# Chromium cannot use its sandbox when it runs as root, as in a container.
sandbox=
[ "$(id -u)" -ne 0 ] || sandbox=--no-sandbox
chromium --headless $sandbox --hide-scrollbars --window-size=1100,1420 --user-data-dir="$folder/browser" \
	--screenshot="$PWD/docs/report.png" "file://$folder/report.html"
node tools/go.mjs -C tools run ./terminal -title "retrycatch run all" \
	-text "The executions run at the same time. 429 waits before each retry. Then tables show that all are as expected." \
	sh -c 'echo "$ retrycatch run all"; exec retrycatch run all' >"$folder/terminal.svg"
mv "$folder/terminal.svg" docs/terminal.svg
bin/retrycatch destroy --yes >/dev/null 2>&1

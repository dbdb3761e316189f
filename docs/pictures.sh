#!/bin/sh
# Makes the pictures of the README. Run it with make pictures: it wants a local AWS around it, and Chromium.
set -eu
case ${AWS_ENDPOINT_URL:-} in
http://127.0.0.1:*) ;;
*) echo "docs/pictures.sh deploys and destroys, so it wants a local AWS around it: run make pictures" >&2; exit 2 ;;
esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export XDG_CACHE_HOME="$folder"
bin/retrycatch deploy --yes >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
bin/retrycatch run 200 >/dev/null
bin/retrycatch run 503 >/dev/null
bin/retrycatch run 429 >/dev/null
bin/retrycatch graph --execution latest -o docs/graph.svg
bin/retrycatch report -o "$folder/report.html" >/dev/null
# As root, as in a container, Chromium has no sandbox.
sandbox=
[ "$(id -u)" -ne 0 ] || sandbox=--no-sandbox
chromium --headless $sandbox --hide-scrollbars --window-size=1100,1420 --user-data-dir="$folder/browser" --screenshot="$PWD/docs/report.png" "file://$folder/report.html"
bin/retrycatch destroy --yes >/dev/null 2>&1

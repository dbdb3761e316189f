#!/bin/sh
# Reports each tool that is missing or too old, with the needed version and how to get it.
# Usage: require.sh PYTHON
status=0

# require NAME FOUND NEEDED HOW compares versions number by number.
require() {
	lowest=$(printf '%s\n%s\n' "$2" "$3" | sort -t. -k1,1n -k2,2n | head -n 1)
	if [ -z "$2" ]; then
		echo "$1 is missing: version $3 or newer is needed. $4" >&2
		status=2
	elif [ "$lowest" != "$3" ]; then
		echo "$1 is $2, which is too old: version $3 or newer is needed. $4" >&2
		status=2
	fi
}

# GOTOOLCHAIN=local, outside a module, gives the installed version. go can download the newer one
# that go.mod requires.
require go "$(cd / && GOTOOLCHAIN=local go env GOVERSION 2>/dev/null | sed -n 's/^go\([0-9]*\.[0-9]*\).*/\1/p')" 1.26 \
	"Get it from https://go.dev/dl."
require node "$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\.[0-9]*\).*/\1/p')" 20.0 \
	"Get it from https://nodejs.org/en/download."
require npm "$(npm --version 2>/dev/null | sed -n 's/^\([0-9]*\.[0-9]*\).*/\1/p')" 9.0 \
	"It comes with Node: https://nodejs.org/en/download."
python=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2], flush=True); import ensurepip, venv' 2>/dev/null)
venv=$?
require "$1" "$python" 3.10 \
	"Get it from https://www.python.org/downloads, or select another with make PYTHON=python3.12."
if [ -n "$python" ] && [ $venv -ne 0 ]; then
	echo "$1 has no venv: on Debian and Ubuntu, apt install python3-venv." >&2
	status=2
fi
# go runs another release if GOTOOLCHAIN names one or go.mod requires a newer one.
if [ $status -eq 0 ] && ! node tools/go.mjs list -m >/dev/null; then
	echo "go does not run here; its own message is above. Check go env GOTOOLCHAIN GOPROXY." \
		"With Go 1.26 or newer, set GOTOOLCHAIN=local." >&2
	status=2
fi
exit $status

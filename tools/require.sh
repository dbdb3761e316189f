#!/bin/sh
# Reports each tool that is missing or too old, with the required version and where to get it.
# Usage: require.sh PYTHON
status=0

# require NAME FOUND REQUIRED ADVICE reports a tool whose version is missing or too low.
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

# Outside a module and with GOTOOLCHAIN=local, go reports its installed version. Later, go downloads
# the version that go.mod requires.
require go "$(cd / && GOTOOLCHAIN=local go env GOVERSION 2>/dev/null | sed -n 's/^go\([0-9]*\.[0-9]*\).*/\1/p')" 1.26 \
	"Get it from https://go.dev/dl."
require node "$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\.[0-9]*\).*/\1/p')" 20.0 \
	"Get it from https://nodejs.org/en/download."
require npm "$(npm --version 2>/dev/null | sed -n 's/^\([0-9]*\.[0-9]*\).*/\1/p')" 9.0 \
	"It comes with Node: https://nodejs.org/en/download."
python=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2], flush=True); import ensurepip, venv' 2>/dev/null)
venv=$?
require "$1" "$python" 3.10 \
	"Get it from https://www.python.org/downloads, or name another Python, as in make PYTHON=python3.12."
if [ -n "$python" ] && [ $venv -ne 0 ]; then
	echo "$1 lacks the module venv. On Debian and Ubuntu, run apt install python3-venv." >&2
	status=2
fi
# go may need to download another release: the one in GOTOOLCHAIN, or the one that go.mod requires.
if [ $status -eq 0 ] && ! node tools/go.mjs list -m >/dev/null; then
	echo "go failed with the message above. Check the output of go env GOTOOLCHAIN GOPROXY." \
		"If Go 1.26 or newer is installed, set GOTOOLCHAIN=local." >&2
	status=2
fi
exit $status

#!/bin/sh
# Runs one step of make setup. If the step fails, explains how to check the network settings of its
# tool.
# Usage: step.sh npm|pip|go COMMAND [ARGUMENT...]
tool=$1
shift
"$@" && exit
status=$?
case $tool in
npm) does="install its packages" look="npm config get registry" settings="HTTPS_PROXY and NODE_EXTRA_CA_CERTS" ;;
pip) does="install its packages" look="$PYTHON -m pip config list" settings="HTTPS_PROXY, PIP_INDEX_URL and PIP_CERT" ;;
go) does="compile the commands" look="go env GOPROXY GOTOOLCHAIN" settings="HTTPS_PROXY and SSL_CERT_FILE" ;;
esac
echo "error: $tool could not $does: see its message above" >&2
echo "next:  if $tool cannot reach the network, check $look, set $settings, and run make setup again" >&2
exit $status

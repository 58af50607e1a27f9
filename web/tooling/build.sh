#!/bin/sh
# Builds web/dist. If the tools for that cannot be installed, it says so, and the server runs without.
set -eu

cd "$(dirname "$0")/.."

plain() {
	echo "The web client is not built, and a plain page stands in for it: $1" >&2
	exit 0
}

if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
	echo "Installing the packages of the web client"
	tooling/npm.sh ci --omit=dev --no-audit --no-fund --silent ||
		plain "this needs Node.js 20.19 or newer, or PyPI, and npm's registry."
fi
echo "Building the web client"
tooling/npm.sh run --silent build -- --logLevel=warn

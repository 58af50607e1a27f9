#!/bin/sh
# Creates a value in .env for each secret that docker-compose.yml needs, unless .env or the
# environment has one already. It never changes an existing value.
set -eu
cd "$(dirname "$0")/.."
umask 077
file=${ENV_FILE:-.env}

# 64 letters and digits, which need no escaping in a URL.
random() {
	od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

# Tests whether .env has a value for the variable $1. An empty value, in quotes too, counts as none.
given() {
	[ -f "$file" ] && sed -En "s/^[[:space:]]*(export[[:space:]]+)?$1[[:space:]]*=//p" "$file" |
		grep -Evq "^[[:space:]]*(\"[[:space:]]*\"|'[[:space:]]*')?[[:space:]]*(#.*)?$"
}

# .env may have secrets already, so its permissions are set even if nothing is written. A failure does
# not stop the script, because Compose works without this.
if [ -f "$file" ]; then
	chmod go-rwx "$file" || echo "others may be able to read $file" >&2
fi

for name in SECRET_KEY POSTGRES_PASSWORD REDIS_PASSWORD; do
	eval "value=\${$name:-}"
	if [ -n "$value" ] || given "$name"; then
		continue
	fi
	touch "$file"
	# The permissions are set before the file has a secret, so that nobody else can read it.
	chmod go-rwx "$file"
	# The server refuses a file that sets a variable twice, so the line without a value is removed. The
	# file is overwritten rather than replaced, so that its owner and its links stay the same.
	kept=$(grep -Ev "^[[:space:]]*(export[[:space:]]+)?$name[[:space:]]*=" "$file" || true)
	{ [ -z "$kept" ] || printf '%s\n' "$kept"; printf '%s=%s\n' "$name" "$(random)"; } >"$file.new"
	cat "$file.new" >"$file"
	rm "$file.new"
	echo "$name was made and is kept in $file"
done

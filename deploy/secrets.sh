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

# Whether .env gives it a value; an empty one, in quotes too, counts as none.
given() {
	[ -f "$file" ] && sed -En "s/^[[:space:]]*(export[[:space:]]+)?$1[[:space:]]*=//p" "$file" |
		grep -Evq "^[[:space:]]*(\"[[:space:]]*\"|'[[:space:]]*')?[[:space:]]*(#.*)?$"
}

# Also where nothing is written: it may have secrets already. Compose works where this fails.
if [ -f "$file" ]; then
	chmod go-rwx "$file" || echo "others may be able to read $file" >&2
fi

for name in SECRET_KEY POSTGRES_PASSWORD REDIS_PASSWORD; do
	eval "value=\${$name:-}"
	if [ -n "$value" ] || given "$name"; then
		continue
	fi
	touch "$file"
	# Before a secret is in it, which is made for nobody else to read.
	chmod go-rwx "$file"
	# Two lines of one name would be refused, so the empty one goes; the file stays the same file.
	kept=$(grep -Ev "^[[:space:]]*(export[[:space:]]+)?$name[[:space:]]*=" "$file" || true)
	{ [ -z "$kept" ] || printf '%s\n' "$kept"; printf '%s=%s\n' "$name" "$(random)"; } >"$file.new"
	cat "$file.new" >"$file"
	rm "$file.new"
	echo "$name was made and is kept in $file"
done

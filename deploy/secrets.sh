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

# Whether .env gives it a value; an empty one counts as none.
given() {
	[ -f "$file" ] && grep -Eq "^[[:space:]]*(export[[:space:]]+)?$1[[:space:]]*=[[:space:]]*[^[:space:]#]" "$file"
}

for name in SECRET_KEY POSTGRES_PASSWORD REDIS_PASSWORD; do
	eval "value=\${$name:-}"
	if [ -n "$value" ] || given "$name"; then
		continue
	fi
	touch "$file"
	# Two lines of one name would be refused, so the empty one goes; the file stays the same file.
	kept=$(grep -Ev "^[[:space:]]*(export[[:space:]]+)?$name[[:space:]]*=" "$file" || true)
	{ [ -z "$kept" ] || printf '%s\n' "$kept"; printf '%s=%s\n' "$name" "$(random)"; } >"$file.new"
	cat "$file.new" >"$file"
	rm "$file.new"
	chmod go-rwx "$file"
	echo "$name was made and is kept in $file"
done

#!/bin/sh
# Serve the web lab. Its token is made on the first start, kept with the book, and printed with the link.
set -eu
data=${LAB_DATA:-/data}
if [ ! -s "$data/token" ]; then
    (umask 077 && python3 -c 'import secrets; print(secrets.token_urlsafe(32))' > "$data/token")
fi
port=${LAB_PORT:-8501}
echo "web lab: http://127.0.0.1:$port/?token=$(cat "$data/token")"
# The port is published to this machine alone: see compose.yaml.
exec spreadlab lab --host "${LAB_HOST:-0.0.0.0}" --port "$port" --trust-network \
    --token-file "$data/token" --book "$data/book.sqlite" --strategies "$data/strategies" "$@"

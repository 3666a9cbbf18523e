#!/bin/sh
# Build the wheel of the source tree SOURCE into the folder WHEELS: build.sh SOURCE WHEELS
set -eu
source=$1
wheels=$2
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3 -m venv "$tools"
# Node comes from the system or from PyPI; the build runs npm.
node=$("$tools/bin/python" "$source/tools/node_path.py")
PATH="$node:$PATH" "$tools/bin/python" -m pip wheel --disable-pip-version-check --no-deps --wheel-dir "$wheels" "$source"

#!/bin/sh
# Make the environment VENV with the wheel in WHEELS and its EXTRAS: install.sh VENV WHEELS EXTRAS
set -eu
venv=$1
wheels=$2
extras=$3
set -- "$wheels"/spreadlab-*.whl
if [ $# -ne 1 ] || [ ! -f "$1" ]; then
    echo "install.sh: $wheels should hold one wheel of spreadlab" >&2
    exit 1
fi
python3 -m venv "$venv"
"$venv/bin/python" -m pip install --disable-pip-version-check --no-cache-dir "$1[$extras]"
"$venv/bin/python" -m pip check

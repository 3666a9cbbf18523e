#!/bin/sh
# Make the virtual environment named by the first argument, with the first Python >= 3.11 found.
# PYTHON=/path/to/python chooses one by hand.
set -eu
venv=$1

supported() {
    "$1" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null
}

if [ -x "$venv/bin/python" ] && supported "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0
fi

python=
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if command -v "$candidate" >/dev/null && supported "$candidate"; then
        python=$(command -v "$candidate")
        break
    fi
done
if [ -z "$python" ]; then
    echo "spreadlab needs Python 3.11 or newer, and none was found (looked for: ${PYTHON:-python3 python3.13 python3.12 python3.11})." >&2
    echo "On Debian or Ubuntu:  sudo apt-get install python3 python3-venv" >&2
    echo "Or name one:          make install PYTHON=/path/to/python3" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    echo "$python cannot make virtual environments: its ensurepip module is missing." >&2
    echo "On Debian or Ubuntu:  sudo apt-get install $package" >&2
    exit 1
fi
rm -rf "$venv"
"$python" -m venv "$venv"

#!/bin/sh
# Start JupyterLab on the work folder, which gets the notebooks when it is empty.
set -eu
work=${LAB_WORK:-/work}
notebooks=${LAB_NOTEBOOKS:-/opt/notebooks}
if [ -z "$(ls -A "$work")" ]; then
    cp -R "$notebooks/." "$work"
fi
exec jupyter lab --ip "${LAB_HOST:-0.0.0.0}" --port "${LAB_PORT:-8889}" --no-browser \
    --ServerApp.root_dir="$work" "$@"

#!/bin/sh
# Whether JupyterLab of this container answers.
set -eu
exec python3 -c '
import sys, urllib.request
urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/api", timeout=5).read()
' "${LAB_PORT:-8889}"

#!/bin/sh
# Whether the web lab of this container answers whoever shows its token.
set -eu
exec python3 -c '
import sys, urllib.request
token = open(sys.argv[2]).read().split()[0]
request = urllib.request.Request(
    f"http://127.0.0.1:{sys.argv[1]}/voila/static/voila.js", headers={"Authorization": f"Bearer {token}"}
)
urllib.request.urlopen(request, timeout=5).read(1)
' "${LAB_PORT:-8501}" "${LAB_DATA:-/data}/token"

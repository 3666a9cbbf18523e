#!/bin/sh
# Print the path of a Chromium for the browser tests. As root on a machine with apt it is installed
# when it is missing; otherwise the message says what to install.
set -eu

find_chromium() {
    for name in "${CHROMIUM:-chromium}" chromium-browser google-chrome google-chrome-stable; do
        if command -v "$name"; then
            return 0
        fi
    done
    return 1
}

if find_chromium; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "The browser tests need Chromium: installing it with apt-get" >&2
    apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >&2
    if find_chromium; then
        exit 0
    fi
fi
echo "The browser tests need Chromium, and none was found on the path." >&2
echo "On Debian:            sudo apt-get install chromium" >&2
echo "Or name one by hand:  make test CHROMIUM=/path/to/chromium" >&2
exit 1

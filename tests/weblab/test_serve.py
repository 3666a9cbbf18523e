"""``spreadlab lab`` as a process: it starts warm kernels, serves who shows the token, and ends."""

import http.client
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

TOKEN = "q7Jm2xV0pLk9sRt4wYz8aBc6dEf1gHi3jKl5mNo7pQr"
PATHS = [
    "/",
    "/voila/static/voila.js",
    "/voila/templates/spreadlab/static/spreadlab.css",
    "/voila/labextensions/bqplot/package.json",
    "/voila/api/themes/x",
    "/voila/files/lab.ipynb",
    "/api/kernels/0a0a0a0a-0000-0000-0000-000000000000",
    "/login",
]


@contextmanager
def lab(folder, *options, **environment):
    """Start it, and give the line that it prints."""
    words = [sys.executable, "-m", "spreadlab.cli", "lab", "--port", "0"]
    words += ["--book", str(folder / "book.sqlite"), "--strategies", str(folder / "s"), *options]
    process = subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "HOME": str(folder), "SPREADLAB_LEDGER": ":memory:", **environment},
    )
    try:
        yield process, process.stdout.readline()
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def get(url, path, method="GET", **headers):
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=120)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def test_who_has_the_token_sees_the_page_and_nobody_else_anything(tmp_path):
    with lab(tmp_path) as (process, line):
        url = re.fullmatch(r"spreadlab lab: (http://127\.0\.0\.1:\d+/\?token=\S{43})\n", line)[1]
        token = url.rpartition("=")[2]
        for path in PATHS:
            for wrong in ({}, {"Authorization": f"Bearer {TOKEN}"}):
                code, headers, body = get(url, path, **wrong)
                assert code == 401
                assert "Set-Cookie" not in headers
                assert "jupyter" not in body.lower()
        assert get(url, f"/?token={TOKEN}")[0] == 401
        code, headers, _ = get(url, f"/?token={token}")
        assert (code, headers["Location"]) == (303, "/")
        code, headers, page = get(url, "/", Cookie=headers["Set-Cookie"].split(";")[0])
        assert code == 200
        assert "<title>spreadlab</title>" in page
        assert "kernelId" in page
        assert not re.search(r'(src|href)="(https?:)?//', page)
        assert token not in page
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        bearer = {"Authorization": f"Bearer {token}"}
        assert get(url, "/voila/static/voila.js", **bearer)[0] == 200
        # A page that is left ends its kernel.
        kernel = re.search(r'"kernelId": "([\w-]+)"', page)[1]
        assert get(url, f"/api/kernels/{kernel}", **bearer)[0] == 200
        assert get(url, f"/voila/api/shutdown/{kernel}", "POST", **bearer)[0] == 204
        assert get(url, f"/api/kernels/{kernel}", **bearer)[0] == 404
        # No file is given away, whoever asks.
        assert get(url, "/voila/files/lab.ipynb", **bearer)[0] == 403
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0
        assert token not in errors


def test_a_token_of_ones_own_is_not_printed(tmp_path):
    file = tmp_path / "token"
    file.write_text(TOKEN)
    file.chmod(0o600)
    with lab(tmp_path, "--token-file", str(file)) as (_, line):
        assert TOKEN not in line
        url = re.search(r"http://\S+", line)[0]
        assert get(url, f"/?token={TOKEN}")[0] == 303


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--token-file", "none"], 2, "token_file"),
        (["--host", "192.0.2.1", "--trust-network"], 1, "can't listen on 192.0.2.1:0"),
    ],
)
def test_what_is_wrong_is_said_before_anything_starts(tmp_path, options, code, words):
    with lab(tmp_path, *options) as (process, line):
        _, errors = process.communicate(timeout=120)
        assert (line, process.returncode) == ("", code)
        assert words in errors
        assert "Traceback" not in errors

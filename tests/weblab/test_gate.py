"""The gate of the web lab: who is let in, who is not, and what nobody learns."""

import asyncio
import re

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from spreadlab_widgets.weblab.gate import Gate, Keys

TOKEN = "q7Jm2xV0pLk9sRt4wYz8aBc6dEf1gHi3jKl5mNo7pQr"
OTHER = "B4nXc8vLz2kJh6gFd0sAq3wEr7tYu1iOp5aSd9fGh2j"
SECRET = "what only holders of a token see"
PATHS = ["/", "/voila/static/voila.js", "/api/kernels/x/channels", "/voila/files/a.png", "/no/such"]


class Inside(RequestHandler):
    def get(self):
        self.write(SECRET)

    post = get


def ask(*requests, tokens=(TOKEN,), secure=False):
    """Answer requests (path, options) one after the other, as a real server does."""

    async def run():
        sockets = bind_sockets(0, "127.0.0.1")
        server = HTTPServer(Gate(Keys(tokens, secure=secure), Application([(r".*", Inside)])))
        server.add_sockets(sockets)
        client = AsyncHTTPClient(force_instance=True)
        base = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
        answers = []
        try:
            for path, options in requests:
                headers = {
                    name: value.replace("BASE", base)
                    for name, value in options.pop("headers", {}).items()
                }
                request = HTTPRequest(
                    base + path, headers=headers, follow_redirects=False, **options
                )
                answers.append(await client.fetch(request, raise_error=False))
        finally:
            client.close()
            server.stop()
            await server.close_all_connections()
        return answers

    return asyncio.run(run())


def cookie_of(answer):
    return answer.headers["Set-Cookie"].split(";")[0]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": f"Bearer {OTHER}"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Cookie": "spreadlab-lab-8501=0"},
    ],
)
def test_without_the_token_there_is_nothing(path, headers):
    (answer,) = ask((path, {"headers": headers}))
    assert answer.code == 401
    assert SECRET not in answer.body.decode()
    assert "Set-Cookie" not in answer.headers
    assert "Server" not in answer.headers


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_no_other_method_gets_further(method):
    options = {"method": method, "body": "" if method in ("PUT", "PATCH") else None}
    (answer,) = ask(("/", options))
    assert answer.code == 401


def test_a_token_in_the_address_becomes_a_cookie_and_leaves_the_address():
    (first,) = ask((f"/page?a=1&token={TOKEN}", {}))
    assert (first.code, first.headers["Location"]) == (303, "/page?a=1")
    attributes = first.headers["Set-Cookie"].split("; ")[1:]
    assert set(attributes) == {"HttpOnly", "Path=/", "SameSite=Lax"}
    assert TOKEN not in first.headers["Set-Cookie"]


@pytest.mark.parametrize("path", ["//evil.example", "///evil.example/x", "/%2Fevil.example"])
def test_it_leads_to_no_other_host(path):
    (answer,) = ask((f"{path}?token={TOKEN}", {}))
    assert re.match(r"/[^/]", answer.headers["Location"])


def test_the_cookie_opens_and_is_bound_to_the_port():
    async def both():
        sockets = bind_sockets(0, "127.0.0.1")
        server = HTTPServer(Gate(Keys([TOKEN], secure=False), Application([(r".*", Inside)])))
        server.add_sockets(sockets)
        port = sockets[0].getsockname()[1]
        client = AsyncHTTPClient(force_instance=True)

        async def get(path, **headers):
            request = HTTPRequest(
                f"http://127.0.0.1:{port}{path}", headers=headers, follow_redirects=False
            )
            return await client.fetch(request, raise_error=False)

        try:
            cookie = cookie_of(await get(f"/?token={TOKEN}"))
            assert cookie.startswith(f"spreadlab-lab-{port}=")
            assert (await get("/", Cookie=cookie)).body.decode() == SECRET
            assert (await get("/", Cookie=f"{cookie}0")).code == 401
            assert (await get("/", Cookie=cookie.replace(str(port), "1"))).code == 401
            # Another page's script sends the cookie, too, and says where it is from.
            own, other = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"
            assert (await get("/", Cookie=cookie, Origin=own)).code == 200
            assert (await get("/", Cookie=cookie, Origin=other)).code == 401
            assert (await get("/", Cookie=cookie, Origin="null")).code == 401
            # So nobody else's page can post, whatever the handlers behind check.
            for origin, code in ((own, 200), (other, 401)):
                request = HTTPRequest(
                    f"{own}/voila/api/shutdown/x",
                    method="POST",
                    body="",
                    headers={"Cookie": cookie, "Origin": origin},
                )
                assert (await client.fetch(request, raise_error=False)).code == code
        finally:
            client.close()
            server.stop()
            await server.close_all_connections()

    asyncio.run(both())


def test_a_program_shows_the_token_as_a_header():
    (answer,) = ask(("/", {"headers": {"Authorization": f"Bearer {TOKEN}"}}))
    assert (answer.code, answer.body.decode()) == (200, SECRET)


@pytest.mark.parametrize(("token", "code"), [(TOKEN, 303), (OTHER, 401), ("", 401), ("ü", 401)])
def test_the_form_takes_the_token_alone(token, code):
    from urllib.parse import urlencode

    (answer,) = ask(("/", {"method": "POST", "body": urlencode({"token": token})}))
    assert answer.code == code
    assert ("Set-Cookie" in answer.headers) == (code == 303)


def test_the_form_of_another_page_is_refused():
    (answer,) = ask(
        (
            "/",
            {
                "method": "POST",
                "body": f"token={TOKEN}",
                "headers": {"Origin": "http://evil.example"},
            },
        )
    )
    assert answer.code == 401


def test_while_two_tokens_change_over_both_open():
    first, second = ask((f"/?token={TOKEN}", {}), (f"/?token={OTHER}", {}), tokens=(TOKEN, OTHER))
    assert {first.code, second.code} == {303}
    assert cookie_of(first) != cookie_of(second)


def test_by_tls_the_cookie_travels_by_tls_alone():
    (answer,) = ask((f"/?token={TOKEN}", {}), secure=True)
    assert "Secure" in answer.headers["Set-Cookie"]


def test_a_restart_with_the_same_token_keeps_the_cookie():
    first, second = (Keys([TOKEN], secure=False).cookie_for(TOKEN) for _ in range(2))
    assert first == second != Keys([OTHER], secure=False).cookie_for(OTHER)


def test_what_was_tried_is_not_logged(caplog):
    with caplog.at_level("DEBUG"):
        ask((f"/?token={OTHER}", {}), (f"/?token={TOKEN}", {}))
    assert OTHER not in caplog.text
    assert TOKEN not in caplog.text

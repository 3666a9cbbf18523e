"""Who may see the web lab: whoever shows its token, once, and then by a cookie.

The gate stands in front of everything, so that nothing depends on a handler's own care: without the
token there is no page, no script, no style, no kernel and no word of any.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tornado.routing import Router
from tornado.web import Application, RequestHandler

if TYPE_CHECKING:
    from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest

_PREFIX = "Bearer "
_DOOR = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>Token</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 15vh auto 0; padding: 0 16px;
  max-width: 28rem; }}
label {{ display: block; font-weight: 600; }}
input {{ font: inherit; width: 100%; box-sizing: border-box; padding: 6px 8px; }}
button {{ font: inherit; margin-top: 10px; padding: 6px 16px; }}
</style>
</head>
<body>
<main>
<p role="alert">{words}</p>
<form method="post" action="/">
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Open</button>
</form>
</main>
</body>
</html>
"""


class Keys:
    """The valid tokens, and the cookies that stand for them.

    Parameters
    ----------
    tokens : sequence of str
        One, or two while they change over.
    secure : bool
        Whether the page is served by TLS: then cookies travel by it alone.
    """

    def __init__(self, tokens: Sequence[str], *, secure: bool) -> None:
        self.secure = secure
        # A cookie follows from its token, so that a restart with the same token keeps it valid, and
        # tells nothing about it. Digests are compared: they all have one length.
        self._cookies = {_digest(token): _cookie_of(token) for token in tokens}

    def cookie_for(self, token: str) -> str | None:
        """Return the cookie of a valid token, None for any other."""
        shown, found = _digest(token), None
        for digest, cookie in self._cookies.items():
            if hmac.compare_digest(shown, digest):
                found = cookie
        return found

    def admits(self, request: HTTPServerRequest) -> bool:
        """Return whether a request shows a valid token, or the cookie of one."""
        shown = request.headers.get("Authorization", "")
        if shown.startswith(_PREFIX) and self.cookie_for(shown.removeprefix(_PREFIX)) is not None:
            return True
        value = _cookies(request).get(cookie_name(request))
        if value is None:
            return False
        given = value.encode("utf-8", "surrogateescape")
        found = False
        for cookie in self._cookies.values():  # all of them, whichever fits
            found |= hmac.compare_digest(given, cookie.encode())
        return found


class Gate(Router):
    """Lets requests with a key through to an application; all others meet a door.

    Parameters
    ----------
    keys : Keys
        Who is let in.
    inside : tornado.web.Application
        What they see.
    """

    def __init__(self, keys: Keys, inside: Application) -> None:
        self._keys, self._inside = keys, inside
        # Its log would hold what was tried as a token.
        self._door = Application([(r".*", _Door, {"keys": keys})], log_function=_silent)

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate | None:
        """Return who answers."""
        shows_token = any(name == "token" for name, _ in parse_qsl(request.query))
        if not shows_token and _from_own_page(request) and self._keys.admits(request):
            return self._inside.find_handler(request, **kwargs)
        return self._door.find_handler(request, **kwargs)


class _Door(RequestHandler):
    """Takes a token, gives a cookie, and shows nothing else."""

    def initialize(self, keys: Keys) -> None:
        self._keys = keys

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
            "frame-ancestors 'none'; base-uri 'none'",
        )

    def get(self) -> None:
        """Take the token of an address, and go on without it: addresses are remembered."""
        pairs = parse_qsl(self.request.query, keep_blank_values=True)
        tokens = [value for name, value in pairs if name == "token"]
        if not tokens:
            self._refuse("This page opens with its token: the link that spreadlab lab printed.")
            return
        rest = urlencode([pair for pair in pairs if pair[0] != "token"])
        # One slash: two would lead to another host.
        path = "/" + self.request.path.lstrip("/")
        self._take(tokens[-1], f"{path}?{rest}" if rest else path)

    def post(self) -> None:
        """Take the token of the form."""
        tokens = self.get_body_arguments("token")
        self._take(tokens[-1] if tokens else "", "/")

    def head(self) -> None:
        """Refuse."""
        self._refuse("")

    put = patch = delete = options = head

    def check_origin(self, _origin: str) -> bool:
        return False

    def _take(self, token: str, path: str) -> None:
        cookie = self._keys.cookie_for(token)
        if cookie is None or not _from_own_page(self.request):
            self._refuse("This is not the token of this page.")
            return
        self.set_cookie(
            cookie_name(self.request),
            cookie,
            path="/",
            httponly=True,
            secure=self._keys.secure,
            samesite="Lax",
        )
        self.redirect(path, status=303)

    def _refuse(self, words: str) -> None:
        self.set_status(401)
        self.set_header("WWW-Authenticate", "Bearer")
        self.finish(_DOOR.format(words=words))


def cookie_name(request: HTTPServerRequest) -> str:
    """Return the cookie's name: cookies of one host are shared by all its ports."""
    port = urlsplit(f"//{request.host}").port
    return f"spreadlab-lab-{port or 'standard'}"


def _cookies(request: HTTPServerRequest) -> dict[str, str]:
    jar: SimpleCookie = SimpleCookie()
    try:
        for line in request.headers.get_list("Cookie"):
            jar.load(line)
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}


def _from_own_page(request: HTTPServerRequest) -> bool:
    """Return whether no other page sent this: a browser says which one, and sends our cookie."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc.lower() == request.host.lower()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def _cookie_of(token: str) -> str:
    return hmac.new(token.encode(), b"spreadlab lab", hashlib.sha256).hexdigest()


def _silent(_handler: RequestHandler) -> None:
    """Log nothing."""

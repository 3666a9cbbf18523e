"""Who calls: tokens from a file that only the server can read, or client certificates."""

from __future__ import annotations

import hashlib
import hmac
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc

from spreadlab.errors import InvalidInputError
from spreadlab.rpc.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spreadlab.server.config import ServerConfig

_FEWEST_CHARS = 43  # 32 random bytes in base64
_FEWEST_DISTINCT = 10
_MOST_TOKENS = 2
_PREFIX = "Bearer "
_EVERYBODY = "local"


def read_tokens(path: str) -> list[str]:
    """Return the tokens of a token file.

    Raises
    ------
    InvalidInputError
        If others can read the file, it holds none or more than two, or one is too easy to guess.
        The message never holds a token.
    """
    file = Path(path).expanduser()
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        tokens = file.read_text("ascii").split()
    except OSError as error:
        raise InvalidInputError(
            "token_file", f"can't read {path} ({error.strerror})", "a readable file"
        ) from None
    except UnicodeDecodeError:
        raise InvalidInputError("token_file", f"{path} is not ASCII text", "ASCII text") from None
    if mode & 0o077:
        raise InvalidInputError(
            "token_file", f"{path} has mode {mode:04o}", "0600", f"chmod 600 {path}"
        )
    if not 1 <= len(tokens) <= _MOST_TOKENS:
        raise InvalidInputError("token_file", f"{path} has {len(tokens)} tokens", "one or two")
    for token in tokens:
        weak = len(token) < _FEWEST_CHARS or len(set(token)) < _FEWEST_DISTINCT
        if weak or not re.fullmatch(r"[!-~]+", token):
            raise InvalidInputError(
                "token_file",
                f"{path} has a token that is easy to guess",
                f"at least 32 random bytes ({_FEWEST_CHARS} characters)",
                "`spreadlab certs` makes one",
            )
    return tokens


class Authority:
    """Decides who a caller is.

    Parameters
    ----------
    config : ServerConfig
        Names the token file and the authorities of client certificates.
    """

    def __init__(self, config: ServerConfig) -> None:
        self._token_file = config.token_file
        self._digests: list[bytes] = []
        self.reload()

    def reload(self) -> None:
        """Read the token file again.

        Raises
        ------
        InvalidInputError
            If it is not in order; the tokens known before stay valid.
        """
        if self._token_file is not None:
            tokens = read_tokens(self._token_file)
            # Digests are compared, so neither length nor place of a difference shows in the time.
            self._digests = [hashlib.sha256(token.encode("ascii")).digest() for token in tokens]

    def check(self, metadata: Iterable[tuple[str, Any]] | None) -> str | None:
        """Return the name of the token shown, None where none is asked for.

        Raises
        ------
        RefusedError
            If a token is asked for and none of the valid ones is shown.
        """
        if not self._digests:
            return None
        shown = [value for key, value in metadata or () if key == "authorization"]
        if len(shown) == 1 and isinstance(shown[0], str) and shown[0].startswith(_PREFIX):
            token = shown[0].removeprefix(_PREFIX).encode("utf-8", "surrogateescape")
            digest = hashlib.sha256(token).digest()
            matches = [hmac.compare_digest(digest, valid) for valid in self._digests]
            if any(matches):
                return f"token-{digest.hex()[:8]}"
        what = "no token was sent" if not shown else "the token is not valid here"
        raise RefusedError(
            grpc.StatusCode.UNAUTHENTICATED,
            "UNAUTHENTICATED",
            f"{what}; pass token=, or set SPREADLAB_TOKEN or SPREADLAB_TOKEN_FILE",
        )

    def principal(self, context: Any) -> str:
        """Return who calls: panels of one caller are not visible to another."""
        name = self.check(context.invocation_metadata())
        if name is not None:
            return name
        certificates = context.auth_context().get("x509_pem_cert")
        if certificates:
            return f"certificate-{hashlib.sha256(certificates[0]).hexdigest()[:8]}"
        return _EVERYBODY

"""Token files, and who is let in."""

import secrets

import pytest

from spreadlab.errors import InvalidInputError
from spreadlab.rpc.errors import RefusedError
from spreadlab.server.auth import Authority, read_tokens
from spreadlab.server.config import ServerConfig


@pytest.fixture
def write(tmp_path):
    def file(text, mode=0o600):
        path = tmp_path / "token"
        path.touch()
        path.chmod(mode)
        path.write_bytes(text if isinstance(text, bytes) else text.encode("ascii"))
        return str(path)

    return file


def bearer(token):
    return [("authorization", f"Bearer {token}")]


def test_two_tokens_are_valid_while_they_change_over(write):
    old, new = secrets.token_urlsafe(32), secrets.token_hex(32)
    authority = Authority(ServerConfig(token_file=write(f"{new}\n{old}\n")))
    names = {authority.check(bearer(token)) for token in (old, new)}
    assert len(names) == 2
    assert not any(token in name for name in names for token in (old, new))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_read_is_refused(write, mode):
    with pytest.raises(InvalidInputError, match="chmod 600"):
        read_tokens(write(secrets.token_urlsafe(32), mode))


@pytest.mark.parametrize(
    "text", ["", "short", "a" * 64, secrets.token_urlsafe(20), "päss".encode(), b"\x00" * 64]
)
def test_weak_or_odd_tokens_are_refused_and_not_repeated(write, text):
    with pytest.raises(InvalidInputError) as raised:
        read_tokens(write(text))
    assert not text or str(text) not in str(raised.value)


def test_three_tokens_are_refused(write):
    with pytest.raises(InvalidInputError, match="one or two"):
        read_tokens(write("\n".join(secrets.token_urlsafe(32) for _ in range(3))))


TOKEN = secrets.token_urlsafe(32)


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        [],
        [("authorization", TOKEN)],
        [("authorization", f"bearer {TOKEN}")],
        bearer(TOKEN[:-1]),
        bearer(TOKEN + "x"),
        bearer(""),
        bearer("ü" + TOKEN),
        bearer("\udcff"),
        [("authorization", b"Bearer " + TOKEN.encode())],
        bearer(TOKEN) + bearer(TOKEN),
        [("other", f"Bearer {TOKEN}")],
    ],
)
def test_all_but_the_right_token_is_refused(write, metadata):
    authority = Authority(ServerConfig(token_file=write(TOKEN)))
    assert authority.check(bearer(TOKEN)).startswith("token-")
    with pytest.raises(RefusedError) as raised:
        authority.check(metadata)
    assert raised.value.reason == "UNAUTHENTICATED"
    assert TOKEN not in str(raised.value)


def test_a_file_that_is_read_again_is_checked_again(write):
    old, new = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    authority = Authority(ServerConfig(token_file=write(old)))
    write(new)
    authority.reload()
    assert authority.check(bearer(new))
    with pytest.raises(RefusedError):
        authority.check(bearer(old))
    write("weak")
    with pytest.raises(InvalidInputError):
        authority.reload()
    assert authority.check(bearer(new))


def test_without_a_token_file_nobody_is_asked():
    assert Authority(ServerConfig()).check(None) is None

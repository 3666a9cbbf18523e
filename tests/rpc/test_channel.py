"""Addresses and credentials: what is taken, what is refused, what is never shown."""

import pytest
from google.protobuf import descriptor_pool

from spreadlab.errors import InvalidInputError
from spreadlab.rpc.channel import (
    _OPTIONS,
    _SERVICE_CONFIG,
    Endpoint,
    find_credentials,
    is_loopback,
    open_channel,
)
from spreadlab.rpc.v1 import backtest_pb2, info_pb2, model_pb2, pair_pb2, panel_pb2  # noqa: F401

TOKEN = "k9Jm2Qw8Zr4Tn6Xv1Lb5Hc3Fd7Gs0PyAeUiOoNqWzMB"


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in ("TOKEN", "TOKEN_FILE", "CA", "CLIENT_CERT", "CLIENT_KEY"):
        monkeypatch.delenv(f"SPREADLAB_{name}", raising=False)


@pytest.mark.parametrize(
    ("address", "endpoint", "target"),
    [
        ("grpc://host:5", Endpoint("host", 5), "host:5"),
        ("grpc://host", Endpoint("host", 50051), "host:50051"),
        ("grpcs://host:5/", Endpoint("host", 5, secure=True), "host:5"),
        ("grpc://[::1]:5", Endpoint("::1", 5), "[::1]:5"),
    ],
)
def test_addresses(address, endpoint, target):
    assert Endpoint.parse(address) == endpoint
    assert endpoint.target == target


@pytest.mark.parametrize(
    "address",
    [
        "grpc://",
        "grpc://:5",
        "grpc://h:x",
        "grpc://h:99999",
        "grpc://h/p",
        "grpc://h?a=1",
        "dask://h",
    ],
)
def test_malformed_addresses_are_refused(address):
    with pytest.raises(InvalidInputError, match="engine"):
        Endpoint.parse(address)


def test_a_password_in_an_address_is_refused_and_not_repeated():
    with pytest.raises(InvalidInputError) as raised:
        Endpoint.parse("grpc://me:hunter2@host:5")
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True),
     ("0.0.0.0", False), ("::", False), ("10.0.0.1", False), ("localhost.example.org", False)],
)  # fmt: skip
def test_loopback(host, expected):
    assert is_loopback(host) is expected


def test_token_comes_from_the_argument_the_environment_or_a_file(monkeypatch, tmp_path):
    file = tmp_path / "token"
    file.write_text("from-file\nolder\n")
    assert find_credentials().token is None
    monkeypatch.setenv("SPREADLAB_TOKEN_FILE", str(file))
    assert find_credentials().token == "from-file"
    monkeypatch.setenv("SPREADLAB_TOKEN", "from-environment")
    assert find_credentials().token == "from-environment"
    assert find_credentials(token="given").token == "given"


def test_files_that_cant_be_read_are_named(monkeypatch, tmp_path):
    with pytest.raises(InvalidInputError, match=r"^ca: can't read"):
        find_credentials(ca=tmp_path / "none.pem")
    monkeypatch.setenv("SPREADLAB_CA", str(tmp_path / "none.pem"))
    with pytest.raises(InvalidInputError, match=r"^SPREADLAB_CA: can't read"):
        find_credentials()
    empty = tmp_path / "token"
    empty.touch()
    monkeypatch.delenv("SPREADLAB_CA")
    monkeypatch.setenv("SPREADLAB_TOKEN_FILE", str(empty))
    with pytest.raises(InvalidInputError, match="is empty"):
        find_credentials()


@pytest.mark.parametrize("token", ["", "päss", "a b", "a\nb", 7])
def test_tokens_that_no_server_has_are_refused(token):
    with pytest.raises(InvalidInputError, match="visible ASCII"):
        find_credentials(token=token)


def test_only_calls_that_exist_and_answer_once_are_made_again():
    """Streams resume by what has come; gRPC's own retry would start them anew."""
    [policy] = _SERVICE_CONFIG["methodConfig"]
    assert policy["retryPolicy"]["retryableStatusCodes"] == ["UNAVAILABLE"]
    for name in policy["name"]:
        service = descriptor_pool.Default().FindServiceByName(name["service"])
        method = service.methods_by_name[name["method"]]
        assert not method.client_streaming, name
        assert not method.server_streaming, name


def test_pings_are_no_quicker_than_the_server_allows():
    """A client that pings too often is sent away with GOAWAY too_many_pings."""
    from spreadlab.server import app

    least = app._OPTIONS["grpc.http2.min_ping_interval_without_data_ms"]
    assert _OPTIONS["grpc.keepalive_time_ms"] > least
    seconds = 1e-3 * (_OPTIONS["grpc.keepalive_time_ms"] + _OPTIONS["grpc.http2.ping_timeout_ms"])
    assert seconds + 10 < 20  # and the patience of the engine: a hung server is named in time


def test_a_token_is_never_shown():
    credentials = find_credentials(token=TOKEN)
    assert TOKEN not in repr(credentials)
    assert TOKEN not in str(credentials)
    with pytest.raises(InvalidInputError) as raised:
        find_credentials(token=TOKEN + " ")
    assert TOKEN not in str(raised.value)


def test_a_token_does_not_travel_in_the_clear():
    credentials = find_credentials(token=TOKEN)
    with pytest.raises(InvalidInputError, match="in the clear"):
        open_channel(Endpoint("example.org"), credentials)
    open_channel(Endpoint("127.0.0.1"), credentials).close()

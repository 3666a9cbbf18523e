"""Who gets in: every rpc that the server describes, against every way to have no right to it."""

from __future__ import annotations

import ast
import logging
import re
import shutil
from pathlib import Path

import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2

import spreadlab as sl
from spreadlab.engines.remote import open_remote
from spreadlab.rpc import codec
from spreadlab.rpc.channel import Credentials
from spreadlab.rpc.errors import error_of
from spreadlab.rpc.v1 import panel_pb2
from spreadlab.server import certificates
from spreadlab.server.app import start_in_thread
from spreadlab.server.certificates import write_certificates
from spreadlab.server.config import ServerConfig
from spreadlab.task import Inputs

from .probes import methods_of, scan_request
from .servers import ServerProcess

TOOLKIT = Path(sl.__file__).parent
HEALTH = "/grpc.health.v1.Health/Check"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("security")
    write_certificates(folder, client="lab", rotate_token=False)
    write_certificates(folder, client="lab", rotate_token=True)  # two valid tokens
    write_certificates(folder / "other", client="lab")
    return folder


def tls(folder, **options):
    pair = {"tls_cert": str(folder / "server.pem"), "tls_key": str(folder / "server.key")}
    return ServerConfig(port=0, reflection=True, **pair, **options)


@pytest.fixture(scope="module")
def guarded(folder):
    with start_in_thread(tls(folder, token_file=str(folder / "token"))) as server:
        yield server.server


@pytest.fixture(scope="module")
def tokens(folder):
    return (folder / "token").read_text().split()


def connect(port, folder, *, client=None, host="localhost"):
    def read(name):
        return None if client is None else (client / name).read_bytes()

    # Not our own channel, whose calls wait for a server that they may yet reach.
    trust = (folder / "ca.pem").read_bytes()
    credentials = grpc.ssl_channel_credentials(trust, read("client.key"), read("client.pem"))
    return grpc.secure_channel(f"{host}:{port}", credentials)


def bearer(*tokens):
    return tuple(("authorization", f"Bearer {token}") for token in tokens)


@pytest.fixture(scope="module")
def methods(guarded, folder, tokens):
    with connect(guarded.port, folder) as channel:
        return methods_of(channel, bearer(tokens[0]))


def status(method, channel, metadata):
    """The code that a call with an empty message ends with, OK for an answer."""
    try:
        method.call(channel, b"", metadata=metadata)
    except grpc.RpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def test_every_service_of_the_server_is_described(guarded, methods):
    assert {method.path.split("/")[1] for method in methods} == set(guarded.services)
    assert len(methods) >= 15


WRONG = {
    "no token": lambda token: (),
    "another token": lambda token: bearer("x" * len(token)),
    "the token cut short": lambda token: bearer(token[:-1]),
    "the token and more": lambda token: bearer(token + "x"),
    "an empty token": lambda token: bearer(""),
    "the token in other letters": lambda token: bearer(token.swapcase()),
    "the token without its scheme": lambda token: (("authorization", token),),
    "another scheme": lambda token: (("authorization", f"Basic {token}"),),
    "a scheme in small letters": lambda token: (("authorization", f"bearer {token}"),),
    "two tokens, one of them right": lambda token: bearer("x" * len(token), token),
    "the token under another key": lambda token: (("token", token), ("authorization-bin", b"x")),
    "a token of 100 kB": lambda token: bearer(token * 2000),
    "a token that is not ASCII": lambda token: (("authorization", f"Bearer {token[:-1]}é"),),
    "a token of control characters": lambda token: (("authorization", f"Bearer {token}\x00"),),
}


@pytest.mark.parametrize("how", WRONG)
def test_no_rpc_answers_without_a_right_token(guarded, folder, tokens, methods, how):
    metadata = WRONG[how](tokens[0])
    refused = {grpc.StatusCode.UNAUTHENTICATED}
    if how == "a token of 100 kB":  # more metadata than a server takes at all
        refused.add(grpc.StatusCode.RESOURCE_EXHAUSTED)
    with connect(guarded.port, folder) as channel:
        for method in methods:
            try:
                code = status(method, channel, metadata)
            except (UnicodeEncodeError, ValueError):  # gRPC itself does not send such a thing
                assert how in {"a token that is not ASCII", "a token of control characters"}
                continue
            if how in {"a token that is not ASCII", "a token of control characters"}:
                assert code is not grpc.StatusCode.OK, method.path
            else:
                assert code in refused, method.path


@pytest.mark.parametrize("which", [0, 1])
def test_both_tokens_of_the_file_open_every_rpc(guarded, folder, tokens, methods, which):
    with connect(guarded.port, folder) as channel:
        for method in methods:
            # Endless or wrong as the empty request may be, it is let through.
            if method.path.endswith("Health/Watch"):
                continue
            assert status(method, channel, bearer(tokens[which])) is not (
                grpc.StatusCode.UNAUTHENTICATED
            ), method.path


def assert_unreachable(channel, methods):
    for method in methods:
        with pytest.raises(grpc.RpcError) as refused:
            method.call(channel, b"", timeout=20)
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE, method.path


def test_no_rpc_answers_in_the_clear(guarded, methods):
    with grpc.insecure_channel(f"localhost:{guarded.port}") as channel:
        assert_unreachable(channel, methods)


def test_a_client_refuses_an_authority_that_did_not_sign(guarded, folder, methods):
    with connect(guarded.port, folder / "other") as channel:
        assert_unreachable(channel, methods)


def test_a_client_refuses_a_certificate_for_another_name(tmp_path, monkeypatch, methods):
    monkeypatch.setattr(certificates, "ALWAYS", ())
    write_certificates(tmp_path, ["elsewhere"])
    with (
        start_in_thread(tls(tmp_path, token_file=str(tmp_path / "token"))) as server,
        connect(server.server.port, tmp_path) as channel,
    ):
        assert_unreachable(channel, methods)


@pytest.mark.parametrize("which", ["none", "of another authority"])
def test_no_rpc_answers_without_a_client_certificate_where_one_is_asked_for(folder, methods, which):
    client = None if which == "none" else folder / "other"
    with start_in_thread(tls(folder, client_ca=str(folder / "ca.pem"))) as server:
        with connect(server.server.port, folder, client=client) as channel:
            assert_unreachable(channel, methods)
        with connect(server.server.port, folder, client=folder) as channel:
            [health] = [method for method in methods if method.path == HEALTH]
            [answer] = health.call(channel, b"")
            assert health_pb2.HealthCheckResponse.FromString(answer).status == 1


def test_a_panel_of_one_caller_is_not_there_for_another(guarded, folder, tokens, methods):
    inputs = Inputs({"prices": np.arange(60.0).reshape(30, 2)}, {"symbols": ("A", "B")})
    upload, has = (
        next(method for method in methods if method.path.endswith(name))
        for name in ("/UploadPanel", "/HasPanel")
    )
    pieces = [
        panel_pb2.UploadPanelRequest(header=codec.header_of(inputs)).SerializeToString(),
        panel_pb2.UploadPanelRequest(chunk=inputs["prices"].tobytes()).SerializeToString(),
    ]
    question = panel_pb2.HasPanelRequest(digest=inputs.digest).SerializeToString()
    with connect(guarded.port, folder) as channel:
        upload.call(channel, *pieces, metadata=bearer(tokens[0]))
        present = [
            panel_pb2.HasPanelResponse.FromString(
                has.call(channel, question, metadata=bearer(token))[0]
            ).present
            for token in tokens
        ]
    assert present == [True, False]


def test_a_digest_that_is_not_that_of_the_values_is_refused(guarded, folder, tokens, methods):
    inputs = Inputs({"prices": np.arange(60.0).reshape(30, 2)}, {"symbols": ("A", "B")})
    header = codec.header_of(inputs)
    header.digest = "0" * 64
    pieces = [
        panel_pb2.UploadPanelRequest(header=header).SerializeToString(),
        panel_pb2.UploadPanelRequest(chunk=inputs["prices"].tobytes()).SerializeToString(),
    ]
    [upload] = [method for method in methods if method.path.endswith("/UploadPanel")]
    with connect(guarded.port, folder) as channel, pytest.raises(grpc.RpcError) as refused:
        upload.call(channel, *pieces, metadata=bearer(tokens[0]))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "digest" in str(error_of(refused.value))


@pytest.mark.parametrize(
    "options",
    [
        {"host": "0.0.0.0"},
        {"host": "::"},
        {"host": "grpc-server"},
        {"host": "0.0.0.0", "token_file": "token"},
        {"host": "0.0.0.0", "tls_cert": "server.pem", "tls_key": "server.key"},
    ],
)
def test_off_loopback_nothing_starts_without_tls_and_token(options):
    with pytest.raises(sl.InvalidInputError, match="can be reached from other machines"):
        ServerConfig(**options)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_token_that_others_can_read_stops_the_server(folder, tmp_path, mode):
    shutil.copy(folder / "token", tmp_path / "token")
    (tmp_path / "token").chmod(mode)
    with pytest.raises(sl.InvalidInputError, match="chmod 600") as error:
        start_in_thread(tls(folder, token_file=str(tmp_path / "token")))
    assert (folder / "token").read_text().split()[0] not in str(error.value)


def test_a_token_never_travels_in_the_clear_off_this_machine(tokens):
    with pytest.raises(sl.InvalidInputError, match="in the clear") as error:
        open_remote("grpc://grpc-server:50051", token=tokens[0])
    assert tokens[0] not in str(error.value)


def test_neither_token_nor_prices_appear_in_what_people_see(folder, tokens, caplog):
    caplog.set_level(logging.DEBUG)
    flags = ["--tls-cert", folder / "server.pem", "--tls-key", folder / "server.key"]
    flags += ["--token-file", folder / "token", "--log-level", "debug"]
    marked = 123.4567890123
    with ServerProcess(*map(str, flags), scheme="grpcs") as server:
        engine = open_remote(server.address, token=tokens[0], ca=folder / "ca.pem")
        task, inputs = scan_request(5)
        prices = inputs["prices"] * (marked / inputs["prices"][0, 0])
        result = engine.submit(task, Inputs({"prices": prices}, inputs.labels)).result()
        with pytest.raises(sl.InvalidInputError) as wrong:
            sl.test_pair(prices[:, 0], -prices[:, 1], engine=engine)
        with pytest.raises(sl.EngineUnavailableError) as refused:
            open_remote(server.address, token="x" * 43, ca=folder / "ca.pem")
        engine.close()
        server.stop()
        seen = [*server.lines, repr(engine), repr(result), result._repr_html_()]
        seen += [str(result.provenance), str(wrong.value), str(refused.value), caplog.text]
        seen += [repr(Credentials(token=tokens[0]))]
    assert any('"method"' in line for line in server.lines)
    for text in seen:
        assert tokens[0] not in text
        assert "x" * 43 not in text
        assert "123.4567" not in text


def test_nothing_on_the_way_of_a_message_unpickles():
    places = [TOOLKIT / "rpc", TOOLKIT / "server", TOOLKIT / "client"]
    files = [path for place in places for path in place.rglob("*.py")]
    files += [TOOLKIT / "engines" / "remote.py", TOOLKIT / "_canonical.py", TOOLKIT / "task.py"]
    assert len(files) > 20
    for path in files:
        tree = ast.parse(path.read_text("utf-8"))
        names = {
            alias.name.partition(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        } | {
            (node.module or "").partition(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
        }
        assert not names & {"pickle", "cloudpickle", "dill", "marshal", "shelve", "joblib"}, path
        assert not re.search(r"\b(eval|exec)\(|allow_pickle", path.read_text("utf-8")), path

"""The doctor on servers that are well, and on every way that one can be unwell."""

from __future__ import annotations

import concurrent.futures
import contextlib
import datetime as dt
import socket
import socketserver
import threading

import grpc
import pytest

from spreadlab.cli import main
from spreadlab.server import certificates
from spreadlab.server.app import start_in_thread
from spreadlab.server.certificates import write_certificates
from spreadlab.server.config import ServerConfig


def doctor(capsys, *arguments):
    code = main(["doctor", *map(str, arguments)])
    return code, capsys.readouterr().out


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("doctor")
    write_certificates(folder, client="lab")
    write_certificates(folder / "other", client="lab")
    return folder


def tls_config(folder, **options):
    return ServerConfig(
        port=0, tls_cert=str(folder / "server.pem"), tls_key=str(folder / "server.key"), **options
    )


@pytest.fixture(scope="module")
def plain():
    with start_in_thread(ServerConfig(port=0)) as server:
        yield server.server.port


@pytest.fixture(scope="module")
def secure(folder):
    with start_in_thread(tls_config(folder, token_file=str(folder / "token"))) as server:
        yield server.server.port


@pytest.fixture(scope="module")
def mutual(folder):
    with start_in_thread(tls_config(folder, client_ca=str(folder / "ca.pem"))) as server:
        yield server.server.port


def test_a_plain_server_that_is_well(capsys, plain):
    code, printed = doctor(capsys, f"localhost:{plain}")
    assert code == 0
    lines = printed.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        *("ok    name", "ok    port", "ok    TLS", "ok    health", "ok    version"),
        "ok    round trip",
    ]
    assert "median of 20" in lines[-1]
    assert "local engine" in lines[4]


def test_a_secure_server_that_is_well(capsys, secure, folder, monkeypatch):
    options = ["--ca", folder / "ca.pem", "--token-file", folder / "token"]
    code, printed = doctor(capsys, f"localhost:{secure}", *options)
    assert (code, printed.count("ok    ")) == (0, 6)
    assert "good until" in printed
    assert "the token is taken" in printed
    assert (folder / "token").read_text().strip() not in printed
    monkeypatch.setenv("SPREADLAB_CA", str(folder / "ca.pem"))
    monkeypatch.setenv("SPREADLAB_TOKEN_FILE", str(folder / "token"))
    assert doctor(capsys, f"grpcs://localhost:{secure}", "--quiet") == (0, "")


def test_a_client_certificate_that_is_taken(capsys, mutual, folder):
    options = ["--ca", folder / "ca.pem", "--client-cert", folder / "client.pem"]
    options += ["--client-key", folder / "client.key"]
    code, printed = doctor(capsys, f"localhost:{mutual}", *options)
    assert (code, printed.count("ok    ")) == (0, 6)
    assert "certificate-" in printed


def fails(capsys, check, words, *arguments):
    """The named check fails with these words and a next step, and nothing is asked after it."""
    code, printed = doctor(capsys, *arguments)
    assert code == 1
    [at] = [k for k, line in enumerate(printed.splitlines()) if line.startswith("FAIL")]
    lines = printed.splitlines()
    assert lines[at].startswith(f"FAIL  {check}: ")
    assert words in lines[at]
    assert lines[at + 1].startswith("      ")
    assert all(not line.startswith("ok") for line in lines[at:])
    return lines


def test_an_unknown_name(capsys):
    lines = fails(capsys, "name", "nobody knows the name", "nowhere.invalid:1")
    assert lines[-1] == "not checked: port, TLS, health, version, round trip"


def test_a_closed_port(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    fails(capsys, "port", "nothing listens", f"127.0.0.1:{port}")


def test_a_server_that_hangs(capsys):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        fails(capsys, "TLS", "said nothing for 0.3 s", f"127.0.0.1:{port}", "--timeout", "0.3")


def test_something_that_is_no_grpc_server(capsys):
    class Chat(socketserver.StreamRequestHandler):
        def handle(self):
            with contextlib.suppress(OSError):  # whatever the other side does
                self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
                self.rfile.read(1)

    # A thread for each connection: none waits for another. No check gets near its patience,
    # which is there to find a hang.
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Chat) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = f"127.0.0.1:{server.server_address[1]}"
        fails(capsys, "health", "UNAVAILABLE", place, "--timeout", "120")
        server.shutdown()


def test_another_grpc_server(capsys):
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(1))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        fails(capsys, "health", "another gRPC server", f"127.0.0.1:{port}")
    finally:
        server.stop(0).wait()


def test_plain_talk_to_a_tls_server(capsys, secure):
    fails(capsys, "TLS", "speaks TLS, and was asked in the clear", f"localhost:{secure}")


def test_tls_to_a_plain_server(capsys, plain, folder):
    fails(capsys, "TLS", "speaks no TLS", f"localhost:{plain}", "--ca", folder / "ca.pem")


def test_an_authority_that_did_not_sign(capsys, secure, folder):
    words = "not signed by this authority"
    fails(capsys, "TLS", words, f"localhost:{secure}", "--ca", folder / "other" / "ca.pem")


def test_no_authority(capsys, secure):
    fails(capsys, "TLS", "signed by nobody that this machine", f"grpcs://localhost:{secure}")


def test_a_file_that_is_no_authority(capsys, secure, tmp_path):
    (tmp_path / "ca.pem").write_text("rubbish")
    words = "holds no certificate"
    fails(capsys, "TLS", words, f"localhost:{secure}", "--ca", tmp_path / "ca.pem")


def test_a_name_that_the_certificate_has_not(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(certificates, "ALWAYS", ())
    write_certificates(tmp_path, ["elsewhere"])
    with start_in_thread(tls_config(tmp_path, token_file=str(tmp_path / "token"))) as server:
        words = "the certificate is for elsewhere, not for localhost"
        place = f"localhost:{server.server.port}"
        lines = fails(capsys, "TLS", words, place, "--ca", tmp_path / "ca.pem")
    assert any("spreadlab certs DIR --name localhost" in line for line in lines)


@pytest.mark.parametrize("days_ago", [40, 25])
def test_a_certificate_that_ended_or_soon_ends(capsys, tmp_path, monkeypatch, days_ago):
    then = dt.datetime.now(dt.UTC) - dt.timedelta(days=days_ago)
    monkeypatch.setattr(certificates, "_now", lambda: then)
    write_certificates(tmp_path, days=30)
    monkeypatch.undo()
    with start_in_thread(tls_config(tmp_path, token_file=str(tmp_path / "token"))) as server:
        arguments = [f"localhost:{server.server.port}", "--ca", tmp_path / "ca.pem"]
        arguments += ["--token-file", tmp_path / "token"]
        if days_ago > 30:
            fails(capsys, "TLS", "expired", *arguments)
        else:
            code, printed = doctor(capsys, *arguments)
            assert code == 0
            assert "run `spreadlab certs DIR` on the server" in printed


def test_no_token_and_a_wrong_one(capsys, secure, folder):
    arguments = [f"localhost:{secure}", "--ca", folder / "ca.pem"]
    fails(capsys, "health", "asks for a token, and no token is sent", *arguments)
    arguments += ["--token-file", folder / "other" / "token"]
    fails(capsys, "health", "the token is not the server's", *arguments)


def test_no_client_certificate_and_a_wrong_one(capsys, mutual, folder):
    arguments = [f"localhost:{mutual}", "--ca", folder / "ca.pem"]
    fails(capsys, "health", "client certificate, and none is given", *arguments)
    arguments += ["--client-cert", folder / "other" / "client.pem"]
    arguments += ["--client-key", folder / "other" / "client.key"]
    fails(capsys, "health", "did not take ours", *arguments)


def test_another_version(capsys, plain, monkeypatch):
    monkeypatch.setattr("spreadlab.rpc.doctor.__version__", "9.9.9")
    fails(capsys, "version", "this is 9.9.9", f"localhost:{plain}")


def test_clocks_that_differ(capsys, plain, monkeypatch):
    import time as real

    class Clock:
        perf_counter = staticmethod(real.perf_counter)

        @staticmethod
        def time():
            return real.time() + 60.0

    monkeypatch.setattr("spreadlab.rpc.doctor.time", Clock)
    code, printed = doctor(capsys, f"localhost:{plain}")
    assert code == 0
    assert "its clock is 60 s behind ours" in printed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["http://localhost:1"], "engine: got 'http://localhost:1'"),
        (["localhost:many"], "engine: got"),
        (["localhost:1", "--timeout", "0"], "--timeout: got 0.0"),
        (["localhost:1", "--ca", "/nowhere"], "ca: can't read /nowhere"),
        (["localhost:1", "--token-file", "/nowhere"], "--token-file: can't read /nowhere"),
    ],
)
def test_wrong_arguments_are_code_2(capsys, arguments, words):
    assert main(["doctor", *arguments]) == 2
    assert words in capsys.readouterr().err

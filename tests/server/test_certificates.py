"""Certificates against the TLS of the standard library, files against the rules of the server."""

from __future__ import annotations

import datetime as dt
import shutil
import ssl
import stat
import subprocess

import pytest
from cryptography import x509

import spreadlab as sl
from spreadlab.cli import main
from spreadlab.server.certificates import write_certificates


def handshake(folder, hostname, *, client=None, ask=False):
    """Shake hands in memory; raise what either side raises."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    if ask:
        context.load_verify_locations(folder / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
    caller = ssl.create_default_context(cafile=folder / "ca.pem")
    caller.verify_flags |= ssl.VERIFY_X509_STRICT
    if client is not None:
        caller.load_cert_chain(client / "client.pem", client / "client.key")
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    far = context.wrap_bio(there, back, server_side=True)
    near = caller.wrap_bio(back, there, server_hostname=hostname)
    waiting = [near, far]
    for _ in range(10):
        for side in list(waiting):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            waiting.remove(side)
    assert not waiting
    return near.getpeercert()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certs") / "made"
    write_certificates(folder, ["grpc-server", "10.0.0.7"], client="lab")
    return folder


@pytest.mark.parametrize("name", ["grpc-server", "10.0.0.7", "localhost", "127.0.0.1", "::1"])
def test_clients_trust_the_server_by_each_of_its_names(folder, name):
    assert handshake(folder, name)["subject"]


@pytest.mark.parametrize("name", ["other", "10.0.0.8", "grpc-server.evil.example"])
def test_but_by_no_other_name(folder, name):
    with pytest.raises(ssl.SSLCertVerificationError, match="match"):
        handshake(folder, name)


def test_another_authority_is_not_trusted(folder, tmp_path):
    write_certificates(tmp_path)
    shutil.copy(folder / "ca.pem", tmp_path / "ca.pem")
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(tmp_path, "localhost")


def test_a_client_certificate_opens_a_server_that_asks_for_one(folder):
    handshake(folder, "localhost", client=folder, ask=True)
    with pytest.raises((ssl.SSLError, AssertionError)):
        handshake(folder, "localhost", ask=True)


def test_a_server_certificate_is_none_for_clients(folder, tmp_path):
    for name in ("server.pem", "server.key"):
        shutil.copy(folder / name, tmp_path / name.replace("server", "client"))
    with pytest.raises(ssl.SSLError):
        handshake(folder, "localhost", client=tmp_path, ask=True)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl program")
def test_openssl_agrees(folder):
    command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver"]
    command += ["-verify_hostname", "grpc-server", "-CAfile", "ca.pem", "server.pem"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "server.pem: OK\n")


def test_secrets_are_readable_by_their_owner_alone(folder):
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    private = {"ca.key": 0o600, "server.key": 0o600, "client.key": 0o600, "token": 0o600}
    public = {"ca.pem": 0o644, "server.pem": 0o644, "client.pem": 0o644}
    assert modes == private | public
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_second_run_keeps_everything(tmp_path):
    first = write_certificates(tmp_path, ["grpc-server"])
    before = contents(tmp_path)
    second = write_certificates(tmp_path, ["grpc-server"])
    assert (second.written, contents(tmp_path)) == ((), before)
    assert second.expires.replace(microsecond=0) == first.expires.replace(microsecond=0)


@pytest.mark.parametrize("change", ["names", "expiry", "key"])
def test_a_certificate_that_no_longer_fits_is_made_again(tmp_path, monkeypatch, change):
    write_certificates(tmp_path, ["grpc-server"])
    before = contents(tmp_path)
    names = ["grpc-server"]
    if change == "names":
        names = ["grpc-server", "second"]
    elif change == "key":
        (tmp_path / "server.key").unlink()
    else:
        later = dt.datetime.now(dt.UTC) + dt.timedelta(days=340)
        monkeypatch.setattr("spreadlab.server.certificates._now", lambda: later)
    made = write_certificates(tmp_path, names)
    assert set(made.written) == {"server.key", "server.pem"}
    after = contents(tmp_path)
    assert [after[name] for name in ("ca.pem", "token")] == [
        before[name] for name in ("ca.pem", "token")
    ]
    monkeypatch.undo()
    if change != "expiry":
        handshake(tmp_path, names[-1])


def test_a_lost_half_of_the_authority_is_an_error(tmp_path):
    write_certificates(tmp_path)
    (tmp_path / "ca.key").unlink()
    with pytest.raises(sl.InvalidInputError, match=r"only one of ca\.key and ca\.pem"):
        write_certificates(tmp_path)


@pytest.mark.parametrize("name", ["ca.pem", "ca.key", "server.pem"])
def test_a_damaged_file_is_named(tmp_path, name):
    write_certificates(tmp_path)
    (tmp_path / name).write_text("rubbish")
    with pytest.raises(sl.InvalidInputError, match=f"{name} is damaged"):
        write_certificates(tmp_path)


def test_tokens_are_long_and_rotate_one_at_a_time(tmp_path):
    write_certificates(tmp_path)
    token = tmp_path / "token"
    [first] = token.read_text().split()
    assert len(first) >= 43
    write_certificates(tmp_path, rotate_token=True)
    second, kept = token.read_text().split()
    assert kept == first != second
    write_certificates(tmp_path, rotate_token=True)
    assert token.read_text().split()[1:] == [second]


def test_clients_get_no_key_of_the_server(tmp_path):
    write_certificates(tmp_path / "all", client="lab", clients_folder=tmp_path / "shared")
    names = {path.name for path in (tmp_path / "shared").iterdir()}
    assert names == {"ca.pem", "token", "client.pem", "client.key"}
    for name in names:
        mode = stat.S_IMODE((tmp_path / "shared" / name).stat().st_mode)
        assert mode == stat.S_IMODE((tmp_path / "all" / name).stat().st_mode)


def test_the_life_asked_for(tmp_path):
    write_certificates(tmp_path, days=2)
    made = x509.load_pem_x509_certificate((tmp_path / "server.pem").read_bytes())
    left = made.not_valid_after_utc - dt.datetime.now(dt.UTC)
    assert dt.timedelta(days=1.9) < left <= dt.timedelta(days=2)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--name", "host:50051"], "name: got 'host:50051'"),
        (["--name", "a b"], "name: got 'a b'"),
        (["--name=-x"], "name: got '-x'"),
        (["--days", "826"], "days: got 826"),
        (["--days", "0"], "days: got 0"),
        (["--client", "a/b"], "name: got 'a/b'"),
    ],
)
def test_bad_options_are_code_2(tmp_path, capsys, options, words):
    assert main(["certs", str(tmp_path / "certs"), *options]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "certs").exists()


def test_the_command_prints_how_to_go_on_and_no_secret(tmp_path, capsys):
    folder = tmp_path / "certs"
    assert main(["certs", str(folder), "--name", "grpc-server"]) == 0
    printed = capsys.readouterr().out
    assert f"--token-file {folder / 'token'}" in printed
    assert f"SPREADLAB_CA={folder}/ca.pem" in printed
    assert (folder / "token").read_text().strip() not in printed
    assert main(["certs", str(folder), "--name", "grpc-server"]) == 0
    assert capsys.readouterr().out.startswith(f"kept everything in {folder}\n")

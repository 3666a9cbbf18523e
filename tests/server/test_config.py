"""Settings: flags before environment before file; nothing unsafe together."""

import pytest

from spreadlab.errors import InvalidInputError
from spreadlab.server.config import ServerConfig, load_config


def test_flags_win_over_environment_over_file_over_defaults(tmp_path):
    file = tmp_path / "server.toml"
    file.write_text('port = 1001\nmax_scans = 7\nthreads = 3\nengine = "local"\n')
    environment = {"GRPC_PORT": "1002", "SPREADLAB_SERVER_MAX_SCANS": "8", "GRPC_HOST": "::1"}
    config = load_config({"port": 1003, "threads": None}, file, environment)
    assert (config.port, config.max_scans, config.threads) == (1003, 8, 3)
    assert config.host == "::1"
    assert config.max_symbols == ServerConfig().max_symbols


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense = 1", "unknown key 'nonsense'"),
        ("port = ", "must be valid TOML"),
        ('port = "x"', "port"),
        ("max_scans = 0", "max_scans"),
    ],
)
def test_a_bad_file_is_named(tmp_path, text, words):
    file = tmp_path / "server.toml"
    file.write_text(text)
    with pytest.raises(InvalidInputError, match=words):
        load_config({}, file, {})


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InvalidInputError, match="can't read"):
        load_config({}, tmp_path / "none.toml", {})


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"GRPC_PORT": "many"}, "GRPC_PORT: got 'many'; must be a whole number"),
        ({"SPREADLAB_SERVER_GRACE": "x"}, "a number"),
        ({"SPREADLAB_SERVER_REFLECTION": "maybe"}, "true or false"),
    ],
)
def test_bad_environment_is_named(environment, words):
    with pytest.raises(InvalidInputError, match=words):
        load_config({}, None, environment)


def test_environment_of_every_type():
    environment = {
        "SPREADLAB_SERVER_REFLECTION": "true",
        "SPREADLAB_SERVER_GRACE": "2.5",
        "SPREADLAB_SERVER_METRICS_PORT": "0",
        "SPREADLAB_SERVER_TOKEN_FILE": "a-file",
    }
    config = load_config({}, None, environment)
    assert config.reflection is True
    assert (config.grace, config.metrics_port, config.token_file) == (2.5, 0, "a-file")


TLS = {"tls_cert": "cert.pem", "tls_key": "key.pem"}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "example.org"])
@pytest.mark.parametrize("options", [{}, {"token_file": "token"}, TLS])
def test_a_bind_that_others_reach_needs_tls_and_a_token(host, options):
    with pytest.raises(InvalidInputError, match="can be reached from other machines"):
        ServerConfig(host=host, **options)


@pytest.mark.parametrize("options", [{"token_file": "token"}, {"client_ca": "ca.pem"}])
def test_a_safe_bind_is_allowed(options):
    assert ServerConfig(host="0.0.0.0", **TLS, **options).secure


@pytest.mark.parametrize(
    "options", [{"tls_cert": "x"}, {"tls_key": "x"}, {"client_ca": "x"}, {"host": ""}, {"port": -1}]
)
def test_settings_that_make_no_sense_together_are_refused(options):
    with pytest.raises(InvalidInputError):
        ServerConfig(**options)

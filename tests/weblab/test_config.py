"""Settings of the web lab: where they come from, and what is not safe together."""

import json

import pytest

from spreadlab.errors import InvalidInputError
from spreadlab_widgets.weblab.config import LabConfig, PageSettings, load_lab_config, page_settings

TLS = {"tls_cert": "cert.pem", "tls_key": "key.pem"}


def test_flags_win_over_environment_over_file_over_defaults(tmp_path):
    file = tmp_path / "lab.toml"
    file.write_text('port = 1001\npool = 3\nspeed = 5\nbook = "b.sqlite"\n')
    environment = {"SPREADLAB_LAB_PORT": "1002", "SPREADLAB_LAB_POOL": "4"}
    config = load_lab_config({"port": 1003, "pool": None}, file, environment)
    assert (config.port, config.pool, config.speed, config.book) == (1003, 4, 5, "b.sqlite")
    assert (config.host, LabConfig().port) == ("127.0.0.1", 8501)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"port": 70_000}, "port"),
        ({"pool": 0}, "pool"),
        ({"speed": 0.0}, "speed"),
        ({"host": ""}, "host"),
        ({"tls_cert": "a"}, "certificate and key come together"),
    ],
)
def test_settings_without_meaning_are_named(flags, words):
    with pytest.raises(InvalidInputError, match=words):
        load_lab_config(flags, None, {})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "example.org"])
@pytest.mark.parametrize("options", [{}, TLS, {"token_file": "t"}])
def test_a_bind_that_others_reach_is_refused(host, options):
    with pytest.raises(InvalidInputError, match="can be reached from other machines"):
        LabConfig(host=host, **options)


@pytest.mark.parametrize("options", [{**TLS, "token_file": "t"}, {"trust_network": True}])
def test_a_safe_bind_and_one_that_is_asked_for_are_allowed(options):
    assert LabConfig(host="0.0.0.0", **options).host == "0.0.0.0"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_machine_needs_neither(host):
    assert not LabConfig(host=host).secure


def test_the_engine_is_the_flag_then_the_server_of_the_environment_then_local(tmp_path):
    config = LabConfig(book=str(tmp_path / "b.sqlite"), strategies=str(tmp_path))
    assert page_settings(config, {}).engine == "local"
    named = {"GRPC_HOST": "localhost", "GRPC_PORT": "50099"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in named.items():
            patch.setenv(name, value)
        assert page_settings(config).engine == "grpc://localhost:50099"
        patch.setenv("SPREADLAB_CA", "ca.pem")
        assert page_settings(config).engine == "grpcs://localhost:50099"
        given = LabConfig(engine="local?threads=1", book=config.book, strategies=config.strategies)
        assert page_settings(given).engine == "local?threads=1"


def test_a_kernel_is_told_all_but_secrets(tmp_path):
    config = LabConfig(
        token_file="token", book=str(tmp_path / "new" / "b.sqlite"), strategies=str(tmp_path / "s")
    )
    settings = page_settings(config, {})
    assert (tmp_path / "new").is_dir()
    assert (tmp_path / "s").is_dir()
    assert PageSettings.read({"SPREADLAB_LAB": settings.to_text()}) == settings
    assert set(json.loads(settings.to_text())) == {
        "engine",
        "prices",
        "replay_from",
        "speed",
        "book",
        "strategies",
    }


def test_a_folder_that_cannot_be_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInputError, match=r"strategies: can't make the folder"):
        page_settings(LabConfig(strategies=str(tmp_path / "file" / "s")), {})

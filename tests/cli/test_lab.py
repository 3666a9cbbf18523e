"""``spreadlab lab``: what it says where the page's packages are missing."""

import builtins
import sys

import pytest

from spreadlab.cli import main


@pytest.mark.parametrize("missing", ["voila", "tornado"])
def test_a_missing_extra_is_named_with_what_to_run(monkeypatch, capsys, missing):
    real = builtins.__import__

    def without(name, *rest, **named):
        if name.partition(".")[0] == missing:
            raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)
        return real(name, *rest, **named)

    for name in list(sys.modules):
        if name.startswith("spreadlab_widgets.weblab") or name.partition(".")[0] == missing:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without)
    assert main(["lab", "--port", "0"]) == 1
    said = capsys.readouterr().err
    assert f"needs {missing}" in said
    assert "python -m pip install 'spreadlab[web]'" in said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--host", "0.0.0.0"], "--trust-network"),
        (["--prices", "none.csv"], "none.csv"),
        (["--replay-from", "1990-01-01"], "replay_from: got '1990-01-01'"),
        (["--tls-cert", "a"], "certificate and key come together"),
        (["--config", "none.toml"], "can't read none.toml"),
    ],
)
def test_what_is_wrong_is_said_before_anything_starts(tmp_path, capsys, options, words):
    files = ["--book", str(tmp_path / "b.sqlite"), "--strategies", str(tmp_path)]
    assert main(["lab", *files, *options]) == 2
    assert words in capsys.readouterr().err

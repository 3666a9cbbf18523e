"""The command line as a whole: its table of commands, usage errors, both ways to start it."""

import subprocess
import sys

import pytest

import spreadlab as sl
from spreadlab.cli import main
from spreadlab.cli.commands import COMMANDS


@pytest.mark.parametrize(
    "arguments", [[], ["nothing"], ["scan"], ["scan", "a", "--adjust", "bonferroni"]]
)
def test_wrong_usage_is_code_2(capsys, arguments):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: spreadlab" in capsys.readouterr().err


def test_version(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"spreadlab {sl.__version__}\n"


def test_help_lists_every_command(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    printed = " ".join(capsys.readouterr().out.split())
    assert stop.value.code == 0
    assert COMMANDS
    for name, command in COMMANDS.items():
        assert f"{name} {command.HELP}" in printed


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_describes_itself(capsys, name):
    with pytest.raises(SystemExit) as stop:
        main([name, "--help"])
    printed = " ".join(capsys.readouterr().out.split())
    assert stop.value.code == 0
    assert printed.startswith(f"usage: spreadlab {name} ")
    assert " ".join(COMMANDS[name].__doc__.split()) in printed


def test_the_table_is_quick_to_load():
    code = "import sys, spreadlab.cli; print({'grpc', 'numba', 'pandas'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "set()\n"

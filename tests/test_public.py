"""The public names: loaded on first use, documented, and never hidden by a subpackage."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path

import pytest

import spreadlab as sl


@pytest.mark.parametrize("name", sl.__all__)
def test_every_public_name_loads_and_says_what_it_is(name):
    value = getattr(sl, name)
    assert isinstance(value, str) or inspect.getdoc(value)
    assert name in dir(sl)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'hedge_fund'"):
        sl.hedge_fund  # noqa: B018 - the access is the test


@pytest.mark.parametrize(
    "name", [name for name in sl.__all__ if name in ("backtest", "control", "data")]
)
def test_a_subpackage_does_not_hide_the_public_name(name):
    before = getattr(sl, name)
    importlib.import_module(f"spreadlab.{name}")
    assert getattr(sl, name) is before
    assert callable(sl.backtest)


def test_type_checkers_see_the_same_names():
    tree = ast.parse(Path(sl.__file__).read_text(encoding="utf-8"))
    block = next(
        n for n in tree.body if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING"
    )
    seen = {
        alias.asname
        for node in block.body
        if isinstance(node, ast.ImportFrom) and node.module.startswith("spreadlab.")
        for alias in node.names
    }
    assert seen == set(sl.__all__) - {"__version__", "control", "data", "live"}


def test_what_the_api_modules_offer_is_public():
    folder = Path(sl.__file__).parent
    modules = [importlib.import_module(f"spreadlab.{p.stem}") for p in folder.glob("api_*.py")]
    offered = {name for module in modules for name in getattr(module, "__all__", ())}
    assert offered <= set(sl.__all__), "list them in _PUBLIC of spreadlab/__init__.py"

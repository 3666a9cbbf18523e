"""Which engine is used: the argument, the context, the process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import spreadlab as sl
from spreadlab.engines import registry
from spreadlab.engines.registry import current_engine, open_engine
from spreadlab.errors import EngineUnavailableError, InvalidInputError


@pytest.fixture(autouse=True)
def _default_engine():
    yield
    sl.connect("local")


def test_connect_sets_the_default_of_every_thread():
    engine = sl.connect("local?threads=1")
    assert engine.capabilities().threads == 1
    seen = []
    thread = threading.Thread(target=lambda: seen.append(current_engine()))
    thread.start()
    thread.join()
    assert seen == [engine]


def test_connect_closes_the_engine_before_it():
    first = sl.connect("local?threads=1")
    sl.connect("local")
    with pytest.raises(EngineUnavailableError):
        first.submit(None)


def test_use_engine_is_seen_in_its_own_context_only():
    default = sl.connect("local")
    seen = []
    with sl.use_engine("local?threads=1") as engine:
        assert current_engine() is engine
        thread = threading.Thread(target=lambda: seen.append(current_engine()))
        thread.start()
        thread.join()
        assert current_engine(default) is default
    assert seen == [default]
    assert current_engine() is default


def test_use_engine_leaves_a_given_engine_open_and_closes_its_own():
    mine = open_engine("local?threads=1")
    with sl.use_engine(mine):
        pass
    assert mine.capabilities().threads == 1
    with sl.use_engine("local") as opened:
        pass
    with pytest.raises(EngineUnavailableError):
        opened.submit(None)
    mine.close()


def test_asyncio_tasks_keep_their_own_engine():
    async def which(threads):
        with sl.use_engine(f"local?threads={threads}"):
            await asyncio.sleep(0.01)
            return current_engine().capabilities().threads

    async def both():
        return await asyncio.gather(which(1), which(2))

    assert asyncio.run(both()) == [1, 2]


@pytest.mark.parametrize(
    "address", ["", "lokal", 3, None, "local?cores=2", "local?threads=x", "http://x"]
)
def test_malformed_addresses_are_refused(address):
    with pytest.raises(InvalidInputError, match="engine"):
        sl.connect(address)


def test_zero_threads_are_refused():
    with pytest.raises(InvalidInputError, match="threads"):
        sl.connect("local?threads=0")


def test_an_engine_argument_must_be_an_engine():
    with pytest.raises(InvalidInputError, match="open one with sl"):
        current_engine("local")


def test_an_unknown_option_is_refused_by_name():
    with pytest.raises(InvalidInputError, match=r"token: not an option of a local engine"):
        sl.connect("local", token="x")
    with pytest.raises(InvalidInputError, match=r"token: not an option of an open engine"):
        open_engine(current_engine(), token="x")


def test_only_the_asked_engine_is_imported_and_a_missing_package_is_named(monkeypatch):
    asked = []

    def absent(name):
        asked.append(name)
        raise ModuleNotFoundError("gone", name="distributed")

    monkeypatch.setattr("spreadlab.engines.registry.importlib.import_module", absent)
    with pytest.raises(
        EngineUnavailableError, match=r"distributed: pip install 'spreadlab\[cluster"
    ):
        open_engine("dask://127.0.0.1:1")
    assert asked == ["spreadlab.engines.cluster"]


def test_something_that_is_no_client_is_refused_without_importing_distributed():
    with pytest.raises(InvalidInputError, match=r"distributed\.Client"):
        open_engine(object())


def test_the_environment_names_the_engine_of_a_process_that_has_connected_to_none():
    """Whoever runs a notebook says where; a bad address is an error, and not this machine."""
    program = "import spreadlab as sl\nprint(sl.test_pair({0}, {1}).provenance['engine'])"
    rng = np.random.default_rng(0)
    legs = [np.exp(rng.normal(size=60).cumsum() * 0.01).tolist() for _ in range(2)]
    command = [sys.executable, "-c", program.format(*legs)]
    for address, words in [("local?threads=1", "local?threads=1\n"), ("", "local\n")]:
        run = subprocess.run(
            command,
            env={**os.environ, "SPREADLAB_ENGINE": address},
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout == words
    run = subprocess.run(
        command,
        env={**os.environ, "SPREADLAB_ENGINE": "carrier-pigeon"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode != 0
    assert "carrier-pigeon" in run.stderr


def test_peeking_opens_no_engine(monkeypatch):
    monkeypatch.setattr(registry, "_default", None)
    monkeypatch.setenv("SPREADLAB_ENGINE", "grpc://127.0.0.1:1")
    assert registry.peek_engine() is None
    assert registry.first_address() == "grpc://127.0.0.1:1"
    monkeypatch.delenv("SPREADLAB_ENGINE")
    assert registry.first_address() == "local"
    engine = registry.current_engine()
    assert registry.peek_engine() is engine
    engine.close()

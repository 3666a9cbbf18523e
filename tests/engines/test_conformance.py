"""What every engine owes every task: the same answer, in any order, after any loss.

Each ``cases_*.py`` beside this file contributes small requests. Results are compared field by
field and bit by bit, all but ``provenance["engine"]``.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spreadlab._canonical import decode, encode, registered
from spreadlab.engines.local import LocalEngine
from spreadlab.engines.registry import open_engine
from spreadlab.engines.vocabulary import load_vocabulary
from spreadlab.server.app import start_in_thread
from spreadlab.server.config import ServerConfig
from spreadlab.task import Inputs, Task
from tests.server.servers import secure_server

from .byte_engine import ByteEngine
from .cases_core import SumsSpec, sums_inputs


def _load_cases() -> dict[str, Any]:
    cases = {}
    for path in sorted(Path(__file__).parent.glob("cases_*.py")):
        module = importlib.import_module(f"{__package__}.{path.stem}")
        for label, make in module.CASES.items():
            cases[f"{path.stem.removeprefix('cases_')}: {label}"] = make
    return cases


CASES = _load_cases()
ENGINES = {
    "local, 1 thread": lambda _: LocalEngine(1),
    "local, 2 threads": lambda _: LocalEngine(2),
    "bytes, seed 1": lambda _: ByteEngine(1),
    "bytes, seed 2": lambda _: ByteEngine(2),
    "remote, server in this process": lambda servers: servers("thread"),
    "remote, TLS and token, server of its own": lambda servers: servers("secure"),
}


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """Return what opens an engine on a server that runs while this module does."""
    with contextlib.ExitStack() as stack:

        @functools.cache
        def start(kind):
            if kind == "thread":
                server = stack.enter_context(start_in_thread(ServerConfig(port=0, threads=2)))
                return server.address, {}
            server, options = secure_server(tmp_path_factory.mktemp("secure"))
            return stack.enter_context(server).address, options

        def open_remote(kind):
            address, options = start(kind)
            return open_engine(address, **options)

        yield open_remote


@pytest.fixture(params=[*ENGINES, "cluster, 2 processes"])
def engine(request, servers):
    if request.param in ENGINES:
        opened = ENGINES[request.param](servers)
    else:
        opened = open_engine(request.getfixturevalue("cluster_client"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def reference():
    """The answer of a plain loop over the tiles, computed once a case."""
    known: dict[str, Any] = {}

    def answer(label: str) -> Any:
        if label not in known:
            task, inputs = CASES[label]()
            known[label] = plain_loop(task, inputs or Inputs({}))
        return known[label]

    return answer


def plain_loop(task: Task[Any], inputs: Inputs) -> Any:
    task.check(inputs)
    state = task.start(inputs)
    stage = 0
    assert encode(list(task.plan(inputs, None, 0))) == encode(list(task.plan(inputs, state, 0)))
    while tiles := task.plan(inputs, state, stage):
        assert len(tiles) <= task.most_tiles(inputs, stage), "more tiles than announced"
        for tile in tiles:
            task.absorb(state, task.run(inputs.view(tile), tile))
        stage += 1
    assert task.most_tiles(inputs, stage + 1) == 0, "stages without an end"
    return task.finish(inputs, state)


def assert_same(got: Any, expected: Any, path: str = "result") -> None:
    if isinstance(expected, np.ndarray):
        assert isinstance(got, np.ndarray), path
        assert got.dtype == expected.dtype, path
        np.testing.assert_array_equal(got, expected, err_msg=path)
    elif dataclasses.is_dataclass(expected) and not isinstance(expected, type):
        assert type(got) is type(expected), path
        for field in dataclasses.fields(expected):
            assert_same(
                getattr(got, field.name), getattr(expected, field.name), f"{path}.{field.name}"
            )
    elif hasattr(expected, "items"):
        assert set(got) == set(expected), path
        for key in expected:
            if not (path.endswith(".provenance") and key == "engine"):
                assert_same(got[key], expected[key], f"{path}[{key!r}]")
    elif isinstance(expected, list | tuple):
        assert len(got) == len(expected), path
        for i, (a, b) in enumerate(zip(got, expected, strict=True)):
            assert_same(a, b, f"{path}[{i}]")
    elif isinstance(expected, float):
        assert got == expected or (np.isnan(got) and np.isnan(expected)), (
            f"{path}: {got} {expected}"
        )
    elif hasattr(expected, "__dict__") and not callable(expected):
        assert_same(vars(got), vars(expected), path)
    else:
        assert got == expected, f"{path}: {got!r} {expected!r}"


@pytest.mark.parametrize("label", CASES)
def test_same_answer_as_a_plain_loop(label, engine, reference):
    task, inputs = CASES[label]()
    result = engine.submit(task, inputs).result(timeout=120)
    assert result.provenance["engine"] == engine.address
    assert_same(result, reference(label))


@pytest.mark.parametrize("label", CASES)
def test_resume_runs_only_what_is_missing(label, reference):
    task, inputs = CASES[label]()
    with contextlib.closing(LocalEngine(2)) as first:
        partials = list(first.submit(task, inputs).events())
    kept = partials[: len(partials) // 2]
    engine = ByteEngine(3)
    result = engine.submit(task, inputs, done=kept).result(timeout=120)
    assert_same(result, reference(label))
    assert not set(engine.tiles_run) & {partial.tile_id for partial in kept}


@pytest.mark.parametrize("label", CASES)
def test_task_bytes_are_canonical(label):
    (task, inputs), (again, _) = CASES[label](), CASES[label]()
    assert encode(task) == encode(again) == encode(decode(encode(task)))
    state = task.start(inputs or Inputs({}))
    tiles = task.plan(inputs or Inputs({}), state, 0)
    assert [tile.id for tile in tiles] == [
        tile.id for tile in task.plan(inputs or Inputs({}), state, 0)
    ]
    assert len({tile.id for tile in tiles}) == len(tiles)


def test_every_spec_has_a_case():
    """A task that no case covers would escape the suite."""
    load_vocabulary()
    named = registered().items()
    tasks = {cls for name, cls in named if hasattr(cls, "plan") and "test." not in name}
    covered = {type(make()[0]) for make in CASES.values()}
    assert tasks <= covered, (
        f"no conformance case for {sorted(c.__name__ for c in tasks - covered)}"
    )


def test_an_engine_that_loses_tiles_is_found_out():
    class Lossy(ByteEngine):
        def _run_tiles(self, *args: Any) -> Any:
            yield from list(super()._run_tiles(*args))[1:2]

    with pytest.raises(RuntimeError, match="lost tiles"):
        Lossy(1).submit(SumsSpec(), sums_inputs()).result(timeout=10)

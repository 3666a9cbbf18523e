"""What a server does with bytes from outside, short of the network: the targets of the fuzzer.

Each target makes a request out of choices and handles it as the services do. An error of the
toolkit is how a request ends that makes no sense; anything else that is raised was found.
"""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from google.protobuf.message import DecodeError

from spreadlab._canonical import decode, encode
from spreadlab.engines.local import LocalEngine
from spreadlab.errors import SpreadlabError
from spreadlab.rpc import codec
from spreadlab.rpc.legacy import pair_discovery_pb2 as legacy_pb
from spreadlab.rpc.v1 import panel_pb2, task_pb2
from spreadlab.server.config import ServerConfig
from spreadlab.server.lab import Lab
from spreadlab.server.legacy import MANY_ANSWERS, ONE_ANSWER
from spreadlab.server.task_service import TaskService
from spreadlab.task import Inputs, Partial, Tile, run_tile

from .tampering import CASES, Choices, case, pick, tampered, tampered_inputs

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 1.0  # a tile that takes longer is cancelled, as by a caller who leaves
EXPECTED = (SpreadlabError, DecodeError)


@cache
def lab() -> Lab:
    """The shared parts of a server that listens nowhere."""
    return Lab(ServerConfig(port=0, threads=1))


@cache
def _made() -> list[tuple[bytes, Inputs, list[bytes], Any]]:
    made = []
    for label in sorted(CASES):
        if (found := case(label)) is not None:
            task, inputs = found
            tiles = [encode(tile) for tile in task.plan(inputs, None, 0)[:1]]
            made.append((encode(task), inputs, tiles, task))
    return made


def handle(task: bytes, inputs: Inputs, tiles: list[bytes]) -> None:
    """Open a request as TaskService does, and run its tiles."""
    request = task_pb2.RunRequest(
        canonical_task=task, tiles=tiles, inline=codec.inline_panel(inputs)
    )
    again = task_pb2.RunRequest.FromString(request.SerializeToString())
    opened, held, found = TaskService(lab())._opened(again, "somebody")
    end = time.monotonic() + SECONDS
    for tile in found:
        encode(run_tile(opened, held.view(tile), tile, lambda: time.monotonic() > end))


def tasks(choices: Choices) -> None:
    """A task that was tampered with, or the inputs of another."""
    task, inputs, tiles, _ = pick(choices, _made())
    if choices.below(8) == 0:
        _, inputs, _, _ = pick(choices, _made())
    handle(tampered(task, choices), inputs, tiles)


def inputs(choices: Choices) -> None:
    """Inputs that do not fit, with the first tile of the plan that they get."""
    payload, clean, _, task = pick(choices, _made())
    changed = tampered_inputs(clean, choices)
    try:
        task.check(changed)
        planned = [encode(tile) for tile in task.plan(changed, None, 0)[:1]]
    except Exception:  # noqa: BLE001 - whether that is said in words is seen below
        planned = [encode(Tile(0))]
    handle(payload, changed, planned)


def tiles(choices: Choices) -> None:
    """A tile that was tampered with."""
    task, given, planned, _ = pick(choices, _made())
    handle(task, given, [tampered(tile, choices) for tile in planned])


def answers(choices: Choices) -> None:
    """An answer from a server that is none of ours, and bytes of no form at all."""
    if choices.below(2):
        decode(choices.some_bytes(400))
    values = {"rows": np.arange(6.0).reshape(3, 2), "n": 3, "text": "abc"}
    payload = tampered(encode(Partial(4, values)), choices)
    pieces = list(codec.partial_pieces(4, payload))
    list(codec.partials_of(task_pb2.RunResponse(partial=piece) for piece in pieces))


def panels(choices: Choices) -> None:
    """An upload: a header with any shapes, then pieces that need not fit."""
    shapes = [
        panel_pb2.ArrayShape(
            name=pick(choices, ("prices", "x", "", "n" * 300)),
            shape=[pick(choices, (0, 1, 2, 5, 100, 2**31, 2**62)) for _ in range(choices.below(4))],
        )
        for _ in range(choices.below(3))
    ]
    labels = [
        panel_pb2.Labels(name="symbols", values=["A"] * choices.below(5))
        for _ in range(choices.below(3))
    ]
    header = panel_pb2.PanelHeader(arrays=shapes, labels=labels, digest=pick(choices, ("", "f")))
    if choices.below(4) == 0:
        header = panel_pb2.PanelHeader.FromString(choices.some_bytes(200))
    builder = codec.PanelBuilder(header, max_bytes=1 << 20, max_symbols=100)
    for _ in range(choices.below(4)):
        builder.write(choices.some_bytes(1000))
    if choices.below(2):  # an honest rest
        builder.write(bytes(max(builder.nbytes - builder._filled, 0)))
    _ = builder.finish().digest


_FIELDS = (0.0, 1.0, -1.0, 0.5, 1e-300, 1e300, float("nan"), float("inf"), 252.0)


def _fill(message: Any, choices: Choices, walk: list[float]) -> None:
    for field in message.DESCRIPTOR.fields:
        if choices.below(4) == 0:
            continue
        if field.type == field.TYPE_MESSAGE:
            for _ in range(choices.below(5)):
                _fill(getattr(message, field.name).add(), choices, walk)
        elif hasattr(getattr(message, field.name), "extend"):
            numbers = walk[: pick(choices, (0, 1, 2, 35, len(walk)))]
            if numbers and choices.below(3) == 0:
                numbers[choices.below(len(numbers))] = pick(choices, _FIELDS)
            getattr(message, field.name).extend(numbers)
        elif field.type == field.TYPE_STRING:
            setattr(message, field.name, pick(choices, ("", "A", "B", "\u00e9")))
        elif field.type == field.TYPE_BOOL:
            setattr(message, field.name, bool(choices.below(2)))
        elif field.type == field.TYPE_INT32:
            setattr(message, field.name, pick(choices, (0, 1, -1, 20, 200, 2**31 - 1, -(2**31))))
        else:
            setattr(message, field.name, pick(choices, _FIELDS))


@cache
def _walks() -> list[list[float]]:
    steps = np.random.default_rng(0).normal(size=(2, 120)).cumsum(axis=1)
    reverting = np.random.default_rng(1).normal(size=120)
    return [np.exp(0.01 * steps[0]).tolist(), steps[1].tolist(), reverting.tolist(), [1.0] * 120]


def legacy(choices: Choices) -> None:
    """A message of the first design's contract, through the function that answers it."""
    service = legacy_pb.DESCRIPTOR.services_by_name["PairDiscoveryService"]
    method = pick(choices, service.methods)
    request = getattr(legacy_pb, method.input_type.name)()
    if choices.below(4):
        _fill(request, choices, pick(choices, _walks()))
    else:
        request = type(request).FromString(choices.some_bytes(300))
    again = type(request).FromString(request.SerializeToString())
    engine = LocalEngine(threads=1)
    try:
        if method.name in ONE_ANSWER:
            ONE_ANSWER[method.name](again, engine).SerializeToString()
        else:
            for update in MANY_ANSWERS[method.name](again, engine):
                update.SerializeToString()
    finally:
        engine.close()


TARGETS: dict[str, Callable[[Choices], None]] = {
    target.__name__: target for target in (tasks, inputs, tiles, answers, panels, legacy)
}


def attempt(name: str, choices: Choices) -> bool:
    """Run one target; return whether the request was one that makes sense."""
    try:
        TARGETS[name](choices)
    except EXPECTED:
        return False
    return True

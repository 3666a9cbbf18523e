"""A client generated from the first design's contract, in a process of its own, on every rpc."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from google.protobuf import descriptor_pb2

from spreadlab.engines.local import LocalEngine
from spreadlab.rpc.legacy import pair_discovery_pb2 as pb
from spreadlab.server import legacy
from tests.client.cases import universe

from .servers import ServerProcess, secure_server

OLD_CLIENT = Path(__file__).parent / "old_client" / "client.py"
METHODS = list(pb.DESCRIPTOR.services_by_name["PairDiscoveryService"].methods)


def call_all(address, data, ca="", token=""):
    target = address.partition("://")[2]
    command = [sys.executable, str(OLD_CLIENT), target, str(data), str(ca), token]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module", params=["plain", "TLS and token"])
def found(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("old")
    np.save(folder / "prices.npy", universe())
    if request.param == "plain":
        with ServerProcess() as server:
            return call_all(server.address, folder / "prices.npy")
    server, options = secure_server(folder)
    with server:
        return call_all(server.address, folder / "prices.npy", options["ca"], options["token"])


def message(descriptor, text):
    return getattr(pb, descriptor.name).FromString(bytes.fromhex(text))


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_every_rpc_answers_with_our_numbers(found, method):
    request = message(method.input_type, found["requests"][method.name])
    engine = LocalEngine(threads=2)
    answers = found["answers"][method.name]
    if method.server_streaming:
        expected = list(legacy.MANY_ANSWERS[method.name](request, engine))
        got = [message(method.output_type, answer) for answer in answers]
        assert got[-1].is_final
        assert got[-1].pairs_found >= 2
    else:
        expected = [legacy.ONE_ANSWER[method.name](request, engine)]
        got = [message(method.output_type, answers)]
    engine.close()
    assert got == expected
    assert got[0] != type(got[0])()


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("TestPair", "answer", "prices1: too short, 3 observations"),
        ("DiscoverPairs", "INVALID_ARGUMENT", 'prices["S1"]'),
        ("SolveHJB", "INVALID_ARGUMENT", "kappa"),
        ("EstimateOU", "INVALID_ARGUMENT", "not mean-reverting"),
        ("TestCointegration", "INVALID_ARGUMENT", "y: 50 missing"),
        ("CalculateHurst", "INVALID_ARGUMENT", "series: constant"),
        ("BacktestStrategy", "INVALID_ARGUMENT", "upper_bound"),
    ],
)
def test_errors_say_what_was_wrong(found, name, code, words):
    got, text = found["errors"][name]
    assert got == code
    assert words in text


def test_the_client_and_the_server_have_one_contract():
    code = (
        "import pair_discovery_pb2 as p, sys; sys.stdout.buffer.write(p.DESCRIPTOR.serialized_pb)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=OLD_CLIENT.parent, capture_output=True, check=True
    )
    theirs = descriptor_pb2.FileDescriptorProto.FromString(done.stdout)
    ours = descriptor_pb2.FileDescriptorProto.FromString(pb.DESCRIPTOR.serialized_pb)
    theirs.name = ours.name = ""
    assert theirs == ours

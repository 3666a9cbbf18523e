"""The committed stubs are those of the committed contract."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2

ROOT = Path(__file__).resolve().parents[2]
BUF = Path(sys.executable).parent / "buf"


def built():
    """Return the contract's files as buf parses them, by name."""
    done = subprocess.run(
        [BUF, "build", "proto", "--exclude-source-info", "-o", "-#format=binpb"],
        check=True,
        capture_output=True,
        cwd=ROOT,
    )
    files = descriptor_pb2.FileDescriptorSet.FromString(done.stdout).file
    return {file.name: file for file in files if file.package == "spreadlab.rpc.v1"}


FILES = built()


def plain(file):
    """Return a file's description without what only a compiler adds."""
    copy = descriptor_pb2.FileDescriptorProto()
    copy.CopyFrom(file)
    copy.DiscardUnknownFields()  # what buf adds for itself
    copy.ClearField("source_code_info")
    for message in copy.message_type:
        for part in (message, *message.nested_type):
            for field in part.field:
                field.ClearField("json_name")
    return copy.SerializeToString(deterministic=True)


def modules(name):
    dotted = name.removesuffix(".proto").replace("/", ".")
    return importlib.import_module(dotted + "_pb2"), importlib.import_module(dotted + "_pb2_grpc")


def test_there_is_a_stub_for_every_file_and_no_other():
    stubs = {p.name for p in (ROOT / "toolkit/spreadlab/rpc/v1").glob("*_pb2.py")}
    assert stubs == {Path(name).stem + "_pb2.py" for name in FILES}


@pytest.mark.parametrize("name", FILES)
def test_stubs_are_fresh(name):
    messages, services = modules(name)
    committed = descriptor_pb2.FileDescriptorProto()
    messages.DESCRIPTOR.CopyToProto(committed)
    assert plain(committed) == plain(FILES[name]), "run `make proto`"
    for service in FILES[name].service:
        servicer = getattr(services, f"{service.name}Servicer")
        methods = {m for m in vars(servicer) if not m.startswith("_")}
        assert methods == {method.name for method in service.method}, "run `make proto`"


@pytest.mark.parametrize("name", FILES)
def test_stubs_force_no_version_up(name):
    for module in modules(name):
        text = Path(module.__file__).read_text("utf-8")
        assert "runtime_version" not in text
        assert "GRPC_GENERATED_VERSION" not in text


def test_a_change_that_breaks_clients_is_found(tmp_path):
    folder = tmp_path / "proto"
    for path in (ROOT / "proto").rglob("*"):
        if path.suffix in {".proto", ".yaml"}:
            copy = folder / path.relative_to(ROOT / "proto")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(path.read_text("utf-8").replace("uint64 bytes = 2", "uint32 bytes = 2"))
    image = ROOT / "proto" / "contract.binpb"
    found = subprocess.run(
        [BUF, "breaking", folder, "--against", image], check=False, capture_output=True, text=True
    )
    assert found.returncode != 0
    assert "changed type" in found.stdout

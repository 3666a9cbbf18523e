"""A remote error is the same exception with the same words."""

import grpc
import pytest
from google.rpc import error_details_pb2

from spreadlab import errors
from spreadlab.rpc.errors import (
    DETAILS_KEY,
    BrokenConnectionError,
    RefusedError,
    error_of,
    status_of,
)


class Call:
    """What a failed call shows of a status."""

    def __init__(self, code, text, details=None):
        self._code, self._text = code, text
        self._trailers = () if details is None else ((DETAILS_KEY, details),)

    def code(self):
        return self._code

    def details(self):
        return self._text

    def trailing_metadata(self):
        return self._trailers


def crossed(error):
    code, status = status_of(error)
    return error_of(Call(code, status.message, status.SerializeToString()))


OURS = [cls for cls in vars(errors).values() if isinstance(cls, type)]


@pytest.mark.parametrize(
    "cls", [c for c in OURS if c is not errors.SpreadlabError and issubclass(c, Exception)]
)
def test_every_error_of_the_toolkit_crosses(cls):
    if issubclass(cls, errors.InvalidInputError):
        error = cls('prices["XYZ"]', "3 missing", "finite", "fill or drop them")
    else:
        error = cls("it went wrong")
    got = crossed(error)
    assert type(got) is cls
    assert str(got) == str(error)
    assert vars(got) == vars(error)


@pytest.mark.parametrize(
    "error", [ValueError("a"), ZeroDivisionError("b"), MemoryError(), RuntimeError("c")]
)
def test_errors_of_python_cross(error):
    got = crossed(error)
    assert type(got) is type(error)
    assert str(got) == str(error)


def test_errors_of_others_cross_by_the_nearest_class_we_know():
    class OddError(ArithmeticError):
        pass

    assert type(crossed(OddError("x"))) is ArithmeticError
    unknown = crossed(AttributeError("y"))
    assert type(unknown) is RuntimeError
    assert str(unknown) == "AttributeError: y"


def test_refusals_keep_reason_and_delay():
    refusal = RefusedError(grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_SCANS", "full", 0.25)
    got = crossed(refusal)
    assert isinstance(got, RefusedError)
    assert (got.code, got.reason, str(got)) == (refusal.code, "TOO_MANY_SCANS", "full")
    assert got.retry_after == pytest.approx(0.25)


def test_clients_of_other_languages_find_the_field():
    _, status = status_of(errors.InvalidInputError('prices["XYZ"]', "3 missing"))
    found = error_details_pb2.BadRequest()
    assert any(detail.Unpack(found) for detail in status.details if detail.Is(found.DESCRIPTOR))
    assert found.field_violations[0].field == 'prices["XYZ"]'


def test_text_without_details_is_a_broken_connection():
    got = error_of(Call(grpc.StatusCode.UNAVAILABLE, "Connection reset"))
    assert isinstance(got, BrokenConnectionError)
    got = error_of(Call(grpc.StatusCode.UNAVAILABLE, "x", b"\xff\xff not a status"))
    assert isinstance(got, BrokenConnectionError)


def test_long_messages_fit_into_the_metadata():
    error = errors.InvalidInputError("a" * 9000, "b" * 9000, "c" * 9000, "d" * 9000)
    _, status = status_of(error)
    assert status.ByteSize() < 8000

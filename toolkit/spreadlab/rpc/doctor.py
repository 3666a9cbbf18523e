"""Is a server well, seen from here: what is wrong in words, and what to do about it.

The checks are those that a connection passes through in turn, so the first that fails is the cause
of whatever a client sees.
"""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from spreadlab._version import __version__
from spreadlab.errors import InvalidInputError
from spreadlab.rpc.channel import Credentials, Endpoint, open_channel
from spreadlab.rpc.v1 import info_pb2, info_pb2_grpc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHECKS = ("name", "port", "TLS", "health", "version", "round trip")
_ROUND_TRIPS = 20
_EXPIRES_SOON = dt.timedelta(days=14)
_CLOCKS_APART = 5.0
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes
    ----------
    check : str
        One of `CHECKS`.
    ok : bool
        Whether it passed.
    text : str
        What was found.
    next_step : str
        What to do about it; may be given for what passed, too.
    """

    check: str
    ok: bool
    text: str
    next_step: str = ""


class _FailedError(Exception):
    def __init__(self, text: str, next_step: str) -> None:
        super().__init__(text)
        self.next_step = next_step


def examine(
    endpoint: Endpoint, credentials: Credentials, *, seconds: float = 5.0
) -> Iterator[Finding]:
    """Yield what each check finds, up to the first that fails.

    Parameters
    ----------
    endpoint : Endpoint
        The server, and whether it is to be reached by TLS.
    credentials : Credentials
        What to show and whom to trust.
    seconds : float
        Patience of each check.
    """
    visit = _Visit(endpoint, credentials, seconds)
    steps: dict[str, Callable[[], tuple[str, str]]] = {
        "name": visit.resolve,
        "port": visit.reach,
        "TLS": visit.shake_hands,
        "health": visit.ask_health,
        "version": visit.compare_versions,
        "round trip": visit.time_round_trips,
    }
    try:
        for check, step in steps.items():
            try:
                text, advice = step()
            except _FailedError as error:
                yield Finding(check, ok=False, text=str(error), next_step=error.next_step)
                return
            yield Finding(check, ok=True, text=text, next_step=advice)
    finally:
        visit.close()


class _Visit:
    def __init__(self, endpoint: Endpoint, credentials: Credentials, seconds: float) -> None:
        self._endpoint, self._credentials, self._seconds = endpoint, credentials, seconds
        self._channel: grpc.Channel | None = None

    def close(self) -> None:
        if self._channel is not None:
            self._channel.close()

    def resolve(self) -> tuple[str, str]:
        host, port = self._endpoint.host, self._endpoint.port
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise _FailedError(
                f"nobody knows the name {host} ({error.strerror or error})",
                "check its spelling; inside containers use the name of the service",
            ) from None
        addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
        return f"{host} is {', '.join(addresses)}", ""

    def reach(self) -> tuple[str, str]:
        target = self._endpoint.target
        try:
            self._connect().close()
        except ConnectionRefusedError:
            raise _FailedError(
                f"nothing listens on {target}",
                "start it there with `spreadlab serve`, or check the port; a server listens on "
                "127.0.0.1 alone unless --host says otherwise",
            ) from None
        except OSError as error:
            raise _FailedError(
                f"{target} does not answer ({error.strerror or 'timed out'})",
                "check that the machine is up and that no firewall is in between",
            ) from None
        return f"{target} accepts connections", ""

    def _connect(self) -> socket.socket:
        place = (self._endpoint.host, self._endpoint.port)
        return socket.create_connection(place, timeout=self._seconds)

    def shake_hands(self) -> tuple[str, str]:
        spoken = self._spoken()
        if not self._endpoint.secure:
            if spoken == "TLS":
                raise _FailedError(
                    "the server speaks TLS, and was asked in the clear",
                    "use a grpcs:// address, and --ca or SPREADLAB_CA for its authority",
                )
            return "not used", ""
        if spoken != "TLS":
            raise _FailedError(
                "the server speaks no TLS",
                "use a grpc:// address on this machine, or start the server with --tls-cert and "
                "--tls-key (`spreadlab certs` makes them)",
            )
        return self._verify()

    def _spoken(self) -> str:
        """Return "TLS" or "plain", by how the server takes a handshake that trusts anybody."""
        try:
            with self._secured(self._context(verify=False)):
                return "TLS"
        except ssl.SSLError as error:
            # An alert is TLS too: a server that dislikes us still speaks it.
            return "TLS" if "ALERT" in str(error.reason) else "plain"
        except TimeoutError:
            raise _FailedError(
                f"the server took the connection and then said nothing for {self._seconds:g} s",
                "it hangs or is no gRPC server: look at its log, and restart it",
            ) from None
        except OSError:
            return "plain"

    def _context(self, *, verify: bool) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.set_alpn_protocols(["h2"])
        context.check_hostname = False
        if not verify:
            context.verify_mode = ssl.CERT_NONE
        elif self._credentials.ca is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.set_alpn_protocols(["h2"])
            context.load_verify_locations(cadata=self._credentials.ca.decode("ascii"))
        return context

    def _secured(self, context: ssl.SSLContext) -> ssl.SSLSocket:
        plain = self._connect()
        try:
            return context.wrap_socket(plain, server_hostname=self._endpoint.host)
        except BaseException:
            plain.close()
            raise

    def _verify(self) -> tuple[str, str]:
        try:
            context = self._context(verify=True)
        except (ssl.SSLError, UnicodeDecodeError):
            raise _FailedError(
                "the authority's file holds no certificate", "give the server's ca.pem"
            ) from None
        try:
            # The chain first, so that a wrong name is told from a wrong authority.
            with self._secured(context) as connection:
                certificate = connection.getpeercert() or {}
            context.check_hostname = True
            with self._secured(context):
                pass
        except ssl.SSLCertVerificationError as error:
            raise self._untrusted(error, locals().get("certificate", {})) from None
        except OSError as error:
            raise _FailedError(
                f"the handshake failed ({error})", "look at the log of the server"
            ) from None
        return self._lifetime(certificate)

    def _untrusted(self, error: ssl.SSLCertVerificationError, certificate: Any) -> _FailedError:
        host = self._endpoint.host
        if certificate:
            names = ", ".join(value for _, value in certificate.get("subjectAltName", ()))
            return _FailedError(
                f"the certificate is for {names or 'no name'}, not for {host}",
                f"use one of its names, or make one with `spreadlab certs DIR --name {host}`",
            )
        if "expired" in error.verify_message or "not yet valid" in error.verify_message:
            return _FailedError(
                f"the {error.verify_message}",
                "run `spreadlab certs DIR` on the server and restart it; check both clocks",
            )
        if self._credentials.ca is None:
            return _FailedError(
                "the certificate is signed by nobody that this machine trusts",
                "give the server's ca.pem by --ca or SPREADLAB_CA",
            )
        return _FailedError(
            f"the certificate is not signed by this authority ({error.verify_message})",
            "get the ca.pem of this server; a new authority makes new ones",
        )

    def _lifetime(self, certificate: Any) -> tuple[str, str]:
        ends = dt.datetime.fromtimestamp(
            ssl.cert_time_to_seconds(certificate["notAfter"]), tz=dt.UTC
        )
        soon = ends - dt.datetime.now(dt.UTC) < _EXPIRES_SOON
        advice = "run `spreadlab certs DIR` on the server and restart it" if soon else ""
        return f"the certificate is good until {ends:%Y-%m-%d}", advice

    def ask_health(self) -> tuple[str, str]:
        try:
            self._channel = open_channel(self._endpoint, self._credentials)
        except InvalidInputError as error:
            raise _FailedError(str(error), "use TLS, or leave the token out") from None
        stub = health_pb2_grpc.HealthStub(self._channel)
        answer = self._call(stub.Check, health_pb2.HealthCheckRequest())
        if answer.status != health_pb2.HealthCheckResponse.SERVING:
            name = health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)
            raise _FailedError(
                f"the server says {name}", "it is starting or shutting down: try again"
            )
        how = "the token is taken" if self._credentials.token else "no token is sent"
        return f"the server serves, {how}", ""

    def _call(self, method: Any, request: Any) -> Any:
        try:
            return method(request, timeout=self._seconds, metadata=self._credentials.metadata())
        except grpc.RpcError as error:
            raise self._failure(error.code(), error.details() or "") from None

    def _failure(self, code: grpc.StatusCode, details: str) -> _FailedError:
        if code is grpc.StatusCode.UNAUTHENTICATED:
            got = "the token is not the server's" if self._credentials.token else "no token is sent"
            return _FailedError(
                f"the server asks for a token, and {got}",
                "give the line of the server's token file by --token-file or SPREADLAB_TOKEN_FILE",
            )
        if code is grpc.StatusCode.UNIMPLEMENTED:
            return _FailedError(
                "another gRPC server answers: it knows nothing of ours", "check host and port"
            )
        if code is grpc.StatusCode.DEADLINE_EXCEEDED:
            return _FailedError(
                f"no answer within {self._seconds:g} s",
                "the server hangs or is overloaded: look at its log",
            )
        if self._endpoint.secure and self._wants_certificate():
            return _FailedError(
                "the server asks for a client certificate and did not take ours"
                if self._credentials.client_cert
                else "the server asks for a client certificate, and none is given",
                "give one by --client-cert and --client-key "
                "(`spreadlab certs DIR --client NAME` makes it)",
            )
        return _FailedError(f"{code.name}: {details}", "look at the log of the server")

    def _wants_certificate(self) -> bool:
        """Whether the server hangs up, with an alert, on a caller without a certificate."""
        try:
            with self._secured(self._context(verify=False)) as connection:
                connection.sendall(_PREFACE)
                return connection.recv(1) == b""
        except ssl.SSLError as error:
            return "CERTIFICATE" in str(error.reason)
        except OSError:
            return False

    def _info(self) -> Any:
        stub = info_pb2_grpc.InfoServiceStub(self._channel)  # type: ignore[no-untyped-call]
        return self._call(stub.GetInfo, info_pb2.GetInfoRequest())

    def compare_versions(self) -> tuple[str, str]:
        info = self._info()
        if info.version.split(".")[:2] != __version__.split(".")[:2]:
            raise _FailedError(
                f"the server runs spreadlab {info.version}, this is {__version__}",
                f"pip install 'spreadlab=={info.version}' here, or bring the server to "
                f"{__version__}",
            )
        where = f"{info.engine} engine, {info.threads} thread{'s' * (info.threads != 1)}"
        return f"spreadlab {info.version} there; {where}; you are {info.principal!r}", ""

    def time_round_trips(self) -> tuple[str, str]:
        times, skew = [], 0.0
        for _ in range(_ROUND_TRIPS):
            before, started = time.time(), time.perf_counter()
            info = self._info()
            times.append(time.perf_counter() - started)
            skew = info.server_time - before - 0.5 * times[-1]
        middle, worst = 1e3 * statistics.median(times), 1e3 * max(times)
        text = f"{middle:.2f} ms (median of {_ROUND_TRIPS}, worst {worst:.2f} ms)"
        if abs(skew) < _CLOCKS_APART:
            return text, ""
        return (
            f"{text}; its clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} ours",
            "set the clocks: certificates and logs depend on them",
        )

"""A small certificate authority, a server's certificate and a token: what TLS and callers need.

Run again, it keeps what is still good: the authority and the token always, the server's
certificate while it has these names and a month to live. Private files are readable by their owner
alone.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import secrets
import tempfile
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from spreadlab._validation import ensure_int
from spreadlab.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

ALWAYS = ("localhost", "127.0.0.1", "::1")
_AUTHORITY_DAYS = 3650
_LEAST_DAYS_LEFT = 30
_MOST_DAYS = 825  # longer ones are refused by some clients
_EARLIER = dt.timedelta(minutes=5)  # clocks differ
_PRIVATE, _PUBLIC = 0o600, 0o644
_TOKEN_BYTES = 32
_LABEL = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_DNS_NAME = re.compile(rf"(\*\.)?{_LABEL}(\.{_LABEL})*")


@dataclass(frozen=True, slots=True)
class CertificateSet:
    """Where the files are, and which of them are new.

    Attributes
    ----------
    folder : Path
        Holds ``ca.pem``, ``ca.key``, ``server.pem``, ``server.key`` and ``token``.
    names : tuple of str
        What the server's certificate is good for.
    expires : datetime
        When it ends.
    written : tuple of str
        Files that this run wrote.
    """

    folder: Path
    names: tuple[str, ...]
    expires: dt.datetime
    written: tuple[str, ...]


def write_certificates(
    folder: str | os.PathLike[str],
    names: Sequence[str] = (),
    *,
    days: int = 365,
    client: str | None = None,
    clients_folder: str | os.PathLike[str] | None = None,
    rotate_token: bool = False,
) -> CertificateSet:
    """Make or complete the files of one server and its clients.

    Parameters
    ----------
    folder : path
        Made if it isn't there.
    names : sequence of str
        Host names and addresses by which clients reach the server, beside this machine's own.
    days : int
        Life of the certificates of server and client, at most 825.
    client : str, optional
        Name of a client certificate to make too, ``client.pem`` and ``client.key``, for servers
        that ask for one.
    clients_folder : path, optional
        A second folder that gets what clients need and nothing else: ``ca.pem``, ``token`` and
        the client certificate.
    rotate_token : bool
        Put a new token before the old one; the server takes both until the next rotation.

    Returns
    -------
    CertificateSet

    Raises
    ------
    InvalidInputError
        If a name can't stand in a certificate, or a file of an earlier run is damaged.
    """
    wanted = tuple(dict.fromkeys([*(ensure_name(name) for name in names), *ALWAYS]))
    caller = None if client is None else ensure_name(client)
    life = dt.timedelta(days=ensure_int(days, "days", low=1, high=_MOST_DAYS))
    shelf = _Shelf(Path(folder).expanduser())
    authority = _Authority.open(shelf)
    expires = _server_certificate(shelf, authority, wanted, life)
    if caller is not None:
        _client_certificate(shelf, authority, caller, life)
    _token(shelf, rotate=rotate_token)
    if clients_folder is not None:
        target = _Shelf(Path(clients_folder).expanduser())
        for name in ("ca.pem", "token", "client.pem", "client.key"):
            if (shelf.folder / name).exists():
                private = name in ("token", "client.key")
                target.write(name, shelf.read(name), private=private)
    return CertificateSet(shelf.folder, wanted, expires, tuple(shelf.written))


def ensure_name(name: str) -> str:
    """Return a host name or address, or raise InvalidInputError."""
    try:
        return str(ip_address(name))
    except ValueError:
        if len(name) <= 253 and _DNS_NAME.fullmatch(name):
            return name.lower()
    raise InvalidInputError("name", f"got {name!r}", "a host name or an address, without a port")


class _Shelf:
    """A folder whose files appear whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.written: list[str] = []
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def write(self, name: str, content: bytes, *, private: bool) -> None:
        # mkstemp makes files of mode 0600: a key is never readable by others, not for a moment.
        handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=f".{name}-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(temporary).chmod(_PRIVATE if private else _PUBLIC)
            Path(temporary).replace(self.folder / name)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        self.written.append(name)

    def certificate(self, name: str) -> x509.Certificate:
        try:
            return x509.load_pem_x509_certificate(self.read(name))
        except ValueError:
            raise self._damaged(name) from None

    def key(self, name: str) -> Any:
        try:
            return serialization.load_pem_private_key(self.read(name), password=None)
        except (TypeError, ValueError):
            raise self._damaged(name) from None

    def _damaged(self, name: str) -> InvalidInputError:
        return InvalidInputError(
            "folder",
            f"{self.folder / name} is damaged",
            "a folder of an earlier run",
            "remove it to make a new one",
        )

    def write_pair(
        self, stem: str, key: ec.EllipticCurvePrivateKey, cert: x509.Certificate
    ) -> None:
        pem = serialization.Encoding.PEM
        secret = key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.write(f"{stem}.key", secret, private=True)
        self.write(f"{stem}.pem", cert.public_bytes(pem), private=False)

    def has_pair(self, stem: str) -> bool:
        """Whether key and certificate are there and belong together."""
        if not all((self.folder / f"{stem}{end}").exists() for end in (".key", ".pem")):
            return False
        public = self.certificate(f"{stem}.pem").public_key()
        return bool(public == self.key(f"{stem}.key").public_key())


class _Authority:
    """Signs certificates."""

    def __init__(self, key: Any, certificate: x509.Certificate) -> None:
        self._key, self.certificate = key, certificate

    @classmethod
    def open(cls, shelf: _Shelf) -> _Authority:
        if not shelf.has_pair("ca"):
            if any((shelf.folder / f"ca{end}").exists() for end in (".key", ".pem")):
                # A new authority beside the old file would lock out every client that has it.
                raise InvalidInputError(
                    "folder",
                    f"{shelf.folder} has only one of ca.key and ca.pem, or two that do not match",
                    "both or neither of them",
                    "remove both to make a new authority; every client then needs its ca.pem",
                )
            key = ec.generate_private_key(ec.SECP256R1())
            name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "spreadlab authority")])
            builder = _builder(name, key, dt.timedelta(days=_AUTHORITY_DAYS)).issuer_name(name)
            builder = builder.add_extension(
                x509.BasicConstraints(ca=True, path_length=0), critical=True
            )
            builder = builder.add_extension(_usage(sign_certificates=True), critical=True)
            shelf.write_pair("ca", key, builder.sign(key, hashes.SHA256()))
        return cls(shelf.key("ca.key"), shelf.certificate("ca.pem"))

    def sign(
        self,
        subject: str,
        key: ec.EllipticCurvePrivateKey,
        life: dt.timedelta,
        purpose: x509.ObjectIdentifier,
        names: Sequence[x509.GeneralName],
    ) -> x509.Certificate:
        public = self.certificate.public_key()
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(public)  # type: ignore[arg-type]
        builder = _builder(name, key, life).issuer_name(self.certificate.subject)
        for extension, critical in (
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (_usage(sign_certificates=False), True),
            (x509.ExtendedKeyUsage([purpose]), False),
            (x509.SubjectAlternativeName(names), False),
            (issuer, False),
        ):
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(self._key, hashes.SHA256())

    def signed(self, certificate: x509.Certificate) -> bool:
        try:
            certificate.verify_directly_issued_by(self.certificate)
        except Exception:  # noqa: BLE001 - of whatever kind: it is not ours
            return False
        return True


def _builder(
    subject: x509.Name, key: ec.EllipticCurvePrivateKey, life: dt.timedelta
) -> x509.CertificateBuilder:
    now = _now()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _server_certificate(
    shelf: _Shelf, authority: _Authority, names: tuple[str, ...], life: dt.timedelta
) -> dt.datetime:
    wanted = [_general_name(name) for name in names]
    if shelf.has_pair("server"):
        old = shelf.certificate("server.pem")
        left = old.not_valid_after_utc - _now()
        if (
            authority.signed(old)
            and set(_names_of(old)) == set(wanted)
            and left > min(dt.timedelta(days=_LEAST_DAYS_LEFT), life / 2)
        ):
            return old.not_valid_after_utc
    key = ec.generate_private_key(ec.SECP256R1())
    purpose = ExtendedKeyUsageOID.SERVER_AUTH
    made = authority.sign(names[0][:64], key, life, purpose, wanted)
    shelf.write_pair("server", key, made)
    return made.not_valid_after_utc


def _names_of(certificate: x509.Certificate) -> Sequence[x509.GeneralName]:
    extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return list(extension.value)


def _client_certificate(
    shelf: _Shelf, authority: _Authority, name: str, life: dt.timedelta
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    purpose = ExtendedKeyUsageOID.CLIENT_AUTH
    made = authority.sign(name[:64], key, life, purpose, [_general_name(name)])
    shelf.write_pair("client", key, made)


def _token(shelf: _Shelf, *, rotate: bool) -> None:
    old = shelf.read("token").split()[:1] if (shelf.folder / "token").exists() else []
    if old and not rotate:
        return
    new = secrets.token_urlsafe(_TOKEN_BYTES).encode("ascii")
    shelf.write("token", b"\n".join([new, *old]) + b"\n", private=True)

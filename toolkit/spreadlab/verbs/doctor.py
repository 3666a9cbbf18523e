"""Say whether a server is well, seen from here, and if not, why and what to do about it.

Checks name, port, TLS, token, health, version and the time of a round trip, in this order. Exit
codes: 0 it is well, 1 a check failed, 2 wrong arguments.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from spreadlab._validation import ensure_float
from spreadlab.errors import EngineUnavailableError, InvalidInputError

if TYPE_CHECKING:
    from spreadlab.rpc.doctor import Finding

HELP = "say what is wrong with a server"
EXAMPLE = "doctor localhost:50051"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `run`."""
    parser.add_argument(
        "server", help="HOST:PORT, grpc://HOST:PORT or grpcs://HOST:PORT; by TLS if there is a CA"
    )
    parser.add_argument("--ca", help="the server's ca.pem (else SPREADLAB_CA)")
    parser.add_argument("--token-file", help="a token (else SPREADLAB_TOKEN_FILE)")
    parser.add_argument("--client-cert", help="PEM file (else SPREADLAB_CLIENT_CERT)")
    parser.add_argument("--client-key", help="PEM file (else SPREADLAB_CLIENT_KEY)")
    parser.add_argument(
        "--timeout", type=float, default=5.0, help="seconds for each check (default %(default)s)"
    )
    parser.add_argument("--quiet", action="store_true", help="print what fails alone")


def run(options: argparse.Namespace) -> int:
    """Run the checks and print what they find."""
    try:
        from spreadlab.rpc import doctor
        from spreadlab.rpc.channel import Endpoint, find_credentials
    except ModuleNotFoundError as error:
        if str(error.name).startswith("spreadlab"):
            raise
        raise EngineUnavailableError(
            f"a server needs {error.name}: pip install 'spreadlab[server]'"
        ) from None

    seconds = ensure_float(options.timeout, "--timeout", low=0.0, high=600.0, low_open=True)
    credentials = find_credentials(
        token=None if options.token_file is None else _first_line(options.token_file),
        ca=options.ca,
        client_cert=options.client_cert,
        client_key=options.client_key,
    )
    address = options.server
    if "://" not in address:
        secure = bool(options.ca or os.environ.get("SPREADLAB_CA"))
        address = f"{'grpcs' if secure else 'grpc'}://{address}"
    findings = []
    for finding in doctor.examine(Endpoint.parse(address), credentials, seconds=seconds):
        findings.append(finding)
        if not (options.quiet and finding.ok):
            print(_line(finding))
    unasked = doctor.CHECKS[len(findings) :]
    if unasked and not options.quiet:
        print(f"not checked: {', '.join(unasked)}")
    return 0 if all(finding.ok for finding in findings) else 1


def _line(finding: Finding) -> str:
    line = f"{'ok  ' if finding.ok else 'FAIL'}  {finding.check}: {finding.text}"
    return f"{line}\n      {finding.next_step}" if finding.next_step else line


def _first_line(path: str) -> str:
    try:
        words = Path(path).expanduser().read_text("utf-8", "replace").split()
    except OSError as error:
        raise InvalidInputError(
            "--token-file", f"can't read {path} ({error.strerror})", "a readable file"
        ) from None
    if not words:
        raise InvalidInputError("--token-file", f"{path} is empty", "a token")
    return words[0]

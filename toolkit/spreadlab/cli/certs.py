"""Make what a server off this machine needs: an authority, a certificate and a token.

Run again, it keeps what is still good, so it may run before every start.
"""

from __future__ import annotations

import argparse

from spreadlab.errors import EngineUnavailableError

HELP = "make certificates and a token for a server"
EXAMPLE = "certs ./certs --name localhost"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `run`."""
    parser.add_argument("folder", help="folder for ca.pem, ca.key, server.pem, server.key, token")
    parser.add_argument(
        "--name",
        action="append",
        default=[],
        help="host name or address by which clients reach the server; may be given again",
    )
    parser.add_argument("--days", type=int, default=365, help="life (default %(default)s)")
    parser.add_argument("--client", help="also a client certificate, for this name")
    parser.add_argument("--clients-folder", help="second folder, for what clients need alone")
    parser.add_argument(
        "--rotate-token", action="store_true", help="new token; the old one stays valid beside it"
    )


def run(options: argparse.Namespace) -> int:
    """Write the files and say how to use them; no secret is printed."""
    try:
        from spreadlab.server.certificates import write_certificates
    except ModuleNotFoundError as error:
        raise EngineUnavailableError(
            f"certificates need {error.name}: pip install 'spreadlab[server]'"
        ) from None

    made = write_certificates(
        options.folder,
        options.name,
        days=options.days,
        client=options.client,
        clients_folder=options.clients_folder,
        rotate_token=options.rotate_token,
    )
    where = made.folder
    print(f"wrote {', '.join(made.written)}" if made.written else "kept everything", f"in {where}")
    print(f"good for {', '.join(made.names)} until {made.expires:%Y-%m-%d}")
    print(
        f"server: spreadlab serve --host 0.0.0.0 --tls-cert {where / 'server.pem'} "
        f"--tls-key {where / 'server.key'} --token-file {where / 'token'}"
    )
    place = where if options.clients_folder is None else options.clients_folder
    print(f"client: SPREADLAB_CA={place}/ca.pem SPREADLAB_TOKEN_FILE={place}/token")
    return 0

"""The built TypeScript of the views."""

from __future__ import annotations

from pathlib import Path

STATIC = Path(__file__).parent / "static"


def bundle(name: str) -> Path:
    """Return the path of a built file.

    Raises
    ------
    FileNotFoundError
        If it was never built; an installed wheel always has it.
    """
    path = STATIC / name
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is missing: the web part of spreadlab is not built; "
            "in a clone run `make install`, elsewhere reinstall spreadlab from its wheel"
        )
    return path

"""Where in a TOML text a section or a key stands."""

from __future__ import annotations

import re

_HEADER = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*(["']?)([^"'=\s]+)\1\s*=""")


def line_of(text: str, argument: str) -> int | None:
    """Return the line of ``section.key``, else that of its section, else None.

    Parameters
    ----------
    text : str
        The file.
    argument : str
        As an error names it: ``rule.lookback``, ``pair``, ``name``.
    """
    section, _, name = argument.rpartition(".")
    inside, header = "", None
    for number, line in enumerate(text.splitlines(), 1):
        found = _HEADER.match(line)
        if found:
            inside = found[1]
            if inside == (section or name):
                header = number
            continue
        key = _KEY.match(line)
        if key and inside == section and key[2] == name:
            return number
    return header

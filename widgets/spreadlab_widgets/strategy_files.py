"""A folder of strategies, in which nothing is replaced that nobody has seen."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from spreadlab.errors import InvalidInputError
from spreadlab.strategy.spec import load_strategy

if TYPE_CHECKING:
    from os import PathLike

    from spreadlab.strategy.spec import Strategy

_SUFFIX = ".toml"
_LONGEST = 100


class FileTakenError(InvalidInputError):
    """A file of that name is there already."""


class FileChangedError(InvalidInputError):
    """A file is no longer what it was when it was read."""


class StrategyFolder:
    """Strategies by name, each in a TOML file of that name.

    Parameters
    ----------
    path : path
        The folder; it is made when the first strategy is saved.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = Path(path)
        if self.path.exists() and not self.path.is_dir():
            raise InvalidInputError("folder", f"{self.path} is a file", "a folder")

    def names(self) -> list[str]:
        """Return the names of all files, in order."""
        if not self.path.is_dir():
            return []
        found = (file.stem for file in self.path.iterdir() if file.suffix == _SUFFIX)
        return sorted((name for name in found if not name.startswith(".")), key=str.casefold)

    def file(self, name: str) -> Path:
        """Return the file of a name.

        Raises
        ------
        InvalidInputError
            If no file can have that name.
        """
        name = name.strip().removesuffix(_SUFFIX)
        bad = not name or name.startswith(".") or len(name) > _LONGEST
        if bad or any(sign in '/\\:*?"<>|' or not sign.isprintable() for sign in name):
            raise InvalidInputError(
                "name",
                f"got {name!r}"[:80],
                f"the name of a file: up to {_LONGEST} signs, no dot at its start and no slash",
            )
        return self.path / f"{name}{_SUFFIX}"

    def read(self, name: str) -> tuple[Strategy, str]:
        """Return a strategy, and the digest of the file that it was read from."""
        file = self.file(name)
        before = self.digest(name)
        strategy = load_strategy(file)
        after = self.digest(name)
        if before is None or before != after:
            raise FileChangedError("path", f"{file} changed while it was read", "", "open it again")
        return strategy, after

    def digest(self, name: str) -> str | None:
        """Return what tells the file's content from any other; None without a file."""
        try:
            return hashlib.sha256(self.file(name).read_bytes()).hexdigest()
        except FileNotFoundError:
            return None

    def write(
        self, name: str, strategy: Strategy, *, known: str | None = None, replace: bool = False
    ) -> str:
        """Save a strategy and return the digest of its file.

        Parameters
        ----------
        name : str
            Of the file.
        strategy : Strategy
            What to save.
        known : str, optional
            Digest of the file that may be replaced: what was read or written last.
        replace : bool
            Whether any file may be replaced.

        Raises
        ------
        FileTakenError, FileChangedError
            If the file is there and is not the one that is known.
        """
        file, found = self.file(name), self.digest(name)
        self.path.mkdir(parents=True, exist_ok=True)
        if found is not None and not replace:
            if known is None:
                raise FileTakenError("name", f"{file.name} is there already", "a new name")
            if found != known:
                raise FileChangedError("name", f"{file.name} was changed on disk meanwhile")
        try:
            strategy.save(file, replace=replace or found is not None)
        except InvalidInputError:
            if replace or found is not None or not file.exists():
                raise
            raise FileTakenError("name", f"{file.name} came up meanwhile", "a new name") from None
        written = self.digest(name)
        if written is None:
            raise FileChangedError("name", f"{file.name} was deleted on disk meanwhile")
        return written

    def delete(self, name: str) -> None:
        """Delete a file; nothing happens if it is gone already."""
        self.file(name).unlink(missing_ok=True)

"""A folder that a scan writes as it goes: what is there is valid whenever it stops.

For every tile ``tile-000012.npz`` holds all its p-values and ``tile-000012.parquet`` the rows of
its listed pairs; each is written under a temporary name and renamed, the Parquet part last, so a
part that exists is whole. ``manifest.json`` names the request; ``pairs.parquet``, with the
adjusted columns, is there once every tile is. ``dfa-000123.npz`` hold the second look at the best.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._canonical import decode, encode
from spreadlab._version import __version__
from spreadlab.discovery.kernels import block
from spreadlab.errors import InvalidInputError
from spreadlab.task import Partial, task_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from spreadlab.discovery.result import DiscoveryResult
    from spreadlab.discovery.scan_spec import PairScanSpec
    from spreadlab.task import Inputs

FORMAT = 1
_FIELDS = {
    "statistic": block.STATISTIC,
    "lags": block.LAGS,
    "hedge_ratio": block.HEDGE_RATIO,
    "hedge_ratio_stderr": block.STDERR,
    "intercept": block.INTERCEPT,
    "half_life": block.HALF_LIFE,
    "hurst": block.HURST,
    "n_obs": block.N_OBS,
}
_BESIDE_ROWS = ("pvalues", "bins", "counts", "below", "leg_pvalue", "zero_share")
_IN_ROWS = ("kept", "pvalue", "reason", "swapped")


class ScanSink:
    """The folder of one scan.

    Parameters
    ----------
    folder : Path
        Where; made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def open(cls, folder: str | os.PathLike[str], spec: PairScanSpec, inputs: Inputs) -> ScanSink:
        """Return the sink of this request, new or begun before.

        Raises
        ------
        InvalidInputError
            If the folder holds the scan of another request, or something else.
        """
        sink = cls(Path(folder))
        identity = task_id(spec, inputs)
        manifest = sink.folder / "manifest.json"
        if manifest.exists():
            if sink.manifest()["task_id"] != identity:
                raise InvalidInputError(
                    "sink",
                    f"{folder} holds the scan of other prices or options",
                    "a new folder, or that of the same request",
                    "delete it or choose another",
                )
            return sink
        if sink.folder.exists() and any(sink.folder.iterdir()):
            raise InvalidInputError(
                "sink", f"{folder} is not empty and holds no scan", "a new or empty folder"
            )
        sink.folder.mkdir(parents=True, exist_ok=True)
        body = {
            "format": FORMAT,
            "version": __version__,
            "task_id": identity,
            "data_digest": inputs.digest,
            "spec": encode(spec).hex(),
            "symbols": list(inputs.labels["symbols"]),
            "n_obs": int(inputs["prices"].shape[0]),
        }
        text = json.dumps(body, indent=1)
        _write(manifest, lambda path: path.write_text(text, "utf-8"))
        return sink

    def manifest(self) -> dict[str, Any]:
        """Return what the manifest says.

        Raises
        ------
        InvalidInputError
            If it is missing or of an unknown format.
        """
        path = self.folder / "manifest.json"
        try:
            body = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            raise InvalidInputError(
                "folder", f"{self.folder} has no readable manifest.json", "the folder of a scan"
            ) from None
        if not isinstance(body, dict) or body.get("format") != FORMAT:
            raise InvalidInputError(
                "folder", f"manifest of format {body.get('format')!r}", f"format {FORMAT}"
            )
        return body

    @property
    def spec(self) -> PairScanSpec:
        """What was asked."""
        import spreadlab.discovery.scan_spec  # noqa: F401 - registers the type

        spec: PairScanSpec = decode(bytes.fromhex(self.manifest()["spec"]))
        return spec

    def write(self, partial: Partial) -> None:
        """Write one tile, unless it is there."""
        import pyarrow as pa
        from pyarrow import parquet

        stem = self.folder / f"tile-{partial.tile_id:06d}"
        part = stem.with_suffix(".parquet")
        if part.exists():
            return
        values = partial.values
        if partial.stage == 1:
            second = self.folder / f"dfa-{partial.tile_id:06d}.npz"
            _write(second, lambda path: _save(path, dict(values)))
            return
        rest = {name: values[name] for name in _BESIDE_ROWS if name in values}
        _write(stem.with_suffix(".npz"), lambda path: _save(path, rest))
        rows = {name: values["rows"][:, row] for name, row in _FIELDS.items()}
        columns = {**{name: values[name] for name in _IN_ROWS}, **rows}
        _write(part, lambda path: parquet.write_table(pa.table(columns), path))

    def partials(self) -> list[Partial]:
        """Return the tiles that are there."""
        from pyarrow import parquet

        found = []
        for part in sorted(self.folder.glob("tile-*.parquet")):
            table = parquet.read_table(part)
            values: dict[str, Any] = {
                name: table[name].to_numpy().astype(kind)
                for name, kind in zip(_IN_ROWS, (np.int64, float, np.int8, bool), strict=True)
            }
            rows = np.empty((table.num_rows, block.N_FIELDS))
            for name, row in _FIELDS.items():
                rows[:, row] = table[name].to_numpy()
            with np.load(part.with_suffix(".npz")) as rest:
                values |= {name: rest[name] for name in rest.files}
            found.append(Partial(int(part.stem[5:]), {**values, "rows": rows}))
        for part in sorted(self.folder.glob("dfa-*.npz")):
            with np.load(part) as second:
                values = {name: second[name] for name in second.files}
            found.append(Partial(int(part.stem[4:]), values, 1))
        return found

    def close(self, result: DiscoveryResult) -> None:
        """Write the listed pairs with their adjusted columns."""
        _write(self.folder / "pairs.parquet", result.to_parquet)


def _save(path: Path, arrays: dict[str, Any]) -> None:
    with path.open("wb") as file:
        np.savez(file, **arrays)


def _write(path: Path, write: Callable[[Path], Any]) -> None:
    """Write a file so that it is either whole or not there."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        write(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_scan(folder: str | os.PathLike[str]) -> DiscoveryResult:
    """Read the folder that ``discover_pairs(..., sink=folder)`` wrote, complete or not.

    Parameters
    ----------
    folder : str or path
        The folder.

    Returns
    -------
    DiscoveryResult
        Of all tests done so far; `DiscoveryResult.n_pending` counts those that are not. As long
        as some are, the adjusted p-values count only what is done and the verdict says so.

    Raises
    ------
    InvalidInputError
        If it is not such a folder.
    """
    from types import MappingProxyType

    from spreadlab.discovery.result import DiscoveryResult
    from spreadlab.discovery.scan_state import ScanState

    sink = ScanSink(Path(folder))
    manifest, spec = sink.manifest(), sink.spec
    symbols = tuple(manifest["symbols"])
    state = ScanState(len(symbols), spec)
    for partial in sink.partials():
        state.absorb(partial)
    provenance = {
        "data_digest": manifest["data_digest"],
        "spec": spec,
        "version": manifest["version"],
        "engine": str(folder),
    }
    return DiscoveryResult(
        **state.columns(),
        all_pvalues=state.pvalues,
        counts=state.counts,
        leg_pvalue=state.leg_pvalue,
        zero_share=state.zero_share,
        n_pending=state.n_pending,
        symbols=symbols,
        n_obs=int(manifest["n_obs"]),
        spec=spec,
        provenance=MappingProxyType(provenance),
    )

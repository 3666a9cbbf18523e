"""PairService: one pair, or a universe block by block, for clients of any language."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import numpy as np

from spreadlab._canonical import decode, digest_of
from spreadlab._version import __version__
from spreadlab.api_discovery import test_pair
from spreadlab.discovery.kernels import block as fields
from spreadlab.discovery.plan import scan_tiles, tile_pairs
from spreadlab.discovery.scan_spec import make_scan_request
from spreadlab.errors import InvalidInputError
from spreadlab.rpc.v1 import pair_pb2, pair_pb2_grpc
from spreadlab.server.messages import column, filled, given, inputs_of, panel_of, vector
from spreadlab.server.streams import stream_tiles

if TYPE_CHECKING:
    import grpc

    from spreadlab.discovery.scan_spec import PairScanSpec
    from spreadlab.engines.base import Engine
    from spreadlab.server.lab import Lab
    from spreadlab.task import Inputs, Tile

_TEST_OPTIONS = ("name", "transform", "lags", "trend", "alpha", "method")
_SCAN_OPTIONS = ("transform", "lags", "direction", "alpha", "align")


class PairService(pair_pb2_grpc.PairServiceServicer):
    """Tests of pairs."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    async def TestPair(  # noqa: N802
        self, request: pair_pb2.TestPairRequest, context: Any
    ) -> pair_pb2.TestPairResponse:
        """Test one pair."""

        def work(engine: Engine) -> Any:
            y, x = vector(request.y, "y"), vector(request.x, "x")
            return test_pair(y, x, engine=engine, **given(request, *_TEST_OPTIONS))

        result = await self._lab.call(context, work)
        return filled(pair_pb2.TestPairResponse(), result)  # type: ignore[no-any-return]

    async def DiscoverPairs(  # noqa: N802
        self, request: pair_pb2.DiscoverPairsRequest, context: Any
    ) -> None:
        """Stream the blocks that the caller lacks, then a summary."""
        lab = self._lab
        spec, inputs, tiles, scan_id = await lab.aside(self._planned, request, context)
        if request.HasField("scan_id") and request.scan_id != scan_id:
            raise InvalidInputError(
                "scan_id",
                f"{request.scan_id[:64]!r} is of another scan than {scan_id}",
                "that of the same prices, options and version",
                "leave scan_id and done away to start anew",
            )
        held = _held(request.done, tiles)
        missing = [tile for tile in tiles if tile.id not in held]
        by_id = {tile.id: tile for tile in missing}
        n_tests = listed = 0
        done = len(tiles) - len(missing)
        progress = pair_pb2.ScanProgress(scan_id=scan_id, blocks_done=done, blocks_total=len(tiles))
        await context.write(pair_pb2.DiscoverPairsResponse(progress=progress))
        stream = stream_tiles(lab, context, spec, inputs, missing)
        async with contextlib.aclosing(stream) as answers:
            async for tile_id, payload in answers:
                message, count = await lab.aside(_block, by_id[tile_id], payload)
                await context.write(pair_pb2.DiscoverPairsResponse(block=message))
                done, n_tests, listed = done + 1, n_tests + message.n_tests, listed + count
                progress.blocks_done = done
                await context.write(pair_pb2.DiscoverPairsResponse(progress=progress))
        summary = pair_pb2.ScanSummary(
            scan_id=scan_id, blocks_total=len(tiles), n_tests=n_tests, pairs_listed=listed
        )
        await context.write(pair_pb2.DiscoverPairsResponse(summary=summary))

    def _planned(
        self, request: pair_pb2.DiscoverPairsRequest, context: Any
    ) -> tuple[PairScanSpec, Inputs, list[Tile], str]:
        options = given(request, *_SCAN_OPTIONS)
        if (kind := request.WhichOneof("keep")) is not None:
            options["keep"] = getattr(request, kind)
        panel = panel_of(inputs_of(self._lab, request, context))
        spec, inputs = make_scan_request(panel, dfa=0, **options)
        self._lab.check_size(spec, inputs)
        tiles = scan_tiles(inputs["prices"].shape[1], spec.groups)
        named = {
            "digest": inputs.digest,
            "spec": spec,
            "version": __version__,
            "plan": [tile.id for tile in tiles],
        }
        return spec, inputs, tiles, digest_of(named)[:32]


def _held(ranges: Any, tiles: list[Tile]) -> set[int]:
    ids = {tile.id for tile in tiles}
    held: set[int] = set()
    for part in ranges:
        if not (part.first in ids and part.last in ids and part.first <= part.last):
            raise InvalidInputError(
                "done", f"blocks {part.first} to {part.last}", f"blocks of 0 to {max(ids)}"
            )
        held |= {number for number in ids if part.first <= number <= part.last}
    return held


def _block(tile: Tile, payload: bytes) -> tuple[pair_pb2.PairBlock, int]:
    values = decode(payload).values
    kept, swapped, rows = values["kept"], values["swapped"], values["rows"]
    i, j = (side[kept] for side in tile_pairs(tile))
    dependent, hedge = np.where(swapped, j, i), np.where(swapped, i, j)
    message = pair_pb2.PairBlock(
        id=tile.id,
        n_tests=int(np.count_nonzero(~np.isnan(values["pvalues"]))),
        dependent=column(dependent, "<i4"),
        hedge=column(hedge, "<i4"),
        statistic=column(rows[:, fields.STATISTIC]),
        pvalue=column(values["pvalue"]),
        hedge_ratio=column(rows[:, fields.HEDGE_RATIO]),
        intercept=column(rows[:, fields.INTERCEPT]),
        lags=column(np.nan_to_num(rows[:, fields.LAGS], nan=-1), "<i4"),
        half_life=column(rows[:, fields.HALF_LIFE]),
        hurst=column(rows[:, fields.HURST]),
    )
    return message, len(kept)


def register(server: grpc.aio.Server, lab: Lab) -> str:
    """Add the service to `server` and return its full name."""
    pair_pb2_grpc.add_PairServiceServicer_to_server(PairService(lab), server)  # type: ignore[no-untyped-call]
    return str(pair_pb2.DESCRIPTOR.services_by_name["PairService"].full_name)

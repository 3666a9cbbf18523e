"""BacktestService: trading on past prices, for clients of any language."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from spreadlab.api_backtest import backtest, sweep, walk_forward
from spreadlab.rpc.v1 import backtest_pb2, backtest_pb2_grpc
from spreadlab.server.messages import (
    column,
    costs_of,
    filled,
    given,
    inputs_of,
    pair_of,
    panel_of,
    rule_of,
)

if TYPE_CHECKING:
    import grpc

    from spreadlab.engines.base import Engine
    from spreadlab.server.lab import Lab
    from spreadlab.task import Progress

_WALK_OPTIONS = (
    "formation",
    "trading",
    "step",
    "purge",
    "max_pairs",
    "select",
    "lags",
    "direction",
    "alpha",
)


class BacktestService(backtest_pb2_grpc.BacktestServiceServicer):
    """Backtests, sweeps and walk-forwards."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def _prices(self, request: Any, context: Any) -> Any:
        return panel_of(inputs_of(self._lab, request.prices, context))

    async def Backtest(  # noqa: N802
        self, request: backtest_pb2.BacktestRequest, context: Any
    ) -> backtest_pb2.BacktestResponse:
        """Trade one pair by one rule."""

        def work(engine: Engine) -> Any:
            return backtest(
                self._prices(request, context),
                pair=pair_of(request.pair),
                policy=rule_of(request.rule),
                engine=engine,
                **costs_of(request.costs),
            )

        result = await self._lab.call(context, work)
        answer = backtest_pb2.BacktestResponse()
        return filled(answer, result, result.metrics)  # type: ignore[no-any-return]

    async def Sweep(  # noqa: N802
        self, request: backtest_pb2.SweepRequest, context: Any
    ) -> backtest_pb2.SweepResponse:
        """Trade one pair by a rule at every point of a grid."""

        def work(engine: Engine) -> Any:
            return sweep(
                self._prices(request, context),
                pair=pair_of(request.pair),
                rule=rule_of(request.rule),
                grid={axis.name: list(axis.values) for axis in request.grid},
                progress=False,
                engine=engine,
                **costs_of(request.costs),
            )

        result = await self._lab.call(context, work)
        answer = backtest_pb2.SweepResponse(grid=request.grid)
        for name in ("sharpe", "total_return", "max_drawdown", "n_trades"):
            setattr(answer, name, column(getattr(result, name)))
        return answer

    async def WalkForward(  # noqa: N802
        self, request: backtest_pb2.WalkForwardRequest, context: Any
    ) -> None:
        """Walk forward through a universe, saying how far it is."""
        loop = asyncio.get_running_loop()
        steps: asyncio.Queue[float | None] = asyncio.Queue()

        def report(progress: Progress) -> None:
            loop.call_soon_threadsafe(steps.put_nowait, progress.fraction)

        def work(engine: Engine) -> Any:
            options = given(request, *_WALK_OPTIONS)
            if request.HasField("rule"):
                options["rule"] = rule_of(request.rule)
            return walk_forward(
                self._prices(request, context),
                progress=report,
                engine=engine,
                **options,
                **costs_of(request.costs),
            )

        walk = asyncio.ensure_future(self._lab.call(context, work))
        walk.add_done_callback(lambda _: steps.put_nowait(None))
        try:
            while (fraction := await steps.get()) is not None:
                await context.write(backtest_pb2.WalkForwardResponse(fraction=fraction))
            result = await walk
        finally:
            walk.cancel()
        summary = filled(backtest_pb2.WalkForwardSummary(), result)
        await context.write(backtest_pb2.WalkForwardResponse(summary=summary))


def register(server: grpc.aio.Server, lab: Lab) -> str:
    """Add the service to `server` and return its full name."""
    backtest_pb2_grpc.add_BacktestServiceServicer_to_server(BacktestService(lab), server)  # type: ignore[no-untyped-call]
    return str(backtest_pb2.DESCRIPTOR.services_by_name["BacktestService"].full_name)

"""ModelService: the model of a spread and its optimal trading, for clients of any language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spreadlab.api_control import solve_hjb
from spreadlab.api_ou import estimate_ou
from spreadlab.ou.params import OUParams
from spreadlab.rpc.v1 import model_pb2, model_pb2_grpc
from spreadlab.server.messages import filled, given, vector

if TYPE_CHECKING:
    import grpc

    from spreadlab.engines.base import Engine
    from spreadlab.server.lab import Lab

_HJB_OPTIONS = ("fixed_cost", "risk_penalty", "horizon", "objective", "accounting", "method")


class ModelService(model_pb2_grpc.ModelServiceServicer):
    """Fits and policies."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    async def EstimateOu(  # noqa: N802
        self, request: model_pb2.EstimateOuRequest, context: Any
    ) -> model_pb2.EstimateOuResponse:
        """Fit a spread."""

        def work(engine: Engine) -> Any:
            spread = vector(request.spread, "spread")
            return estimate_ou(spread, engine=engine, **given(request, "dt", "method"))

        result = await self._lab.call(context, work)
        return filled(model_pb2.EstimateOuResponse(), result)  # type: ignore[no-any-return]

    async def SolveHjb(  # noqa: N802
        self, request: model_pb2.SolveHjbRequest, context: Any
    ) -> model_pb2.SolveHjbResponse:
        """Solve for the thresholds."""

        def work(engine: Engine) -> Any:
            return solve_hjb(
                OUParams(kappa=request.kappa, theta=request.theta, sigma=request.sigma),
                discount=request.discount,
                cost=request.cost,
                engine=engine,
                **given(request, *_HJB_OPTIONS),
            )

        result = await self._lab.call(context, work)
        answer = model_pb2.SolveHjbResponse()
        return filled(answer, result.thresholds, result)  # type: ignore[no-any-return]


def register(server: grpc.aio.Server, lab: Lab) -> str:
    """Add the service to `server` and return its full name."""
    model_pb2_grpc.add_ModelServiceServicer_to_server(ModelService(lab), server)  # type: ignore[no-untyped-call]
    return str(model_pb2.DESCRIPTOR.services_by_name["ModelService"].full_name)

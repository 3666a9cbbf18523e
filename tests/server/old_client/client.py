"""An unmodified client of the first design, in a process of its own: it knows nothing of ours.

Calls every rpc of the server at the address given and writes what came back as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import grpc
import numpy as np
import pair_discovery_pb2 as pb
import pair_discovery_pb2_grpc as rpc


def main():
    target, data, ca, token = sys.argv[1:5]
    prices = np.load(data)
    y, x = prices[:, 0], prices[:, 1]
    spread = np.log(y / x)
    metadata = (("authorization", f"Bearer {token}"),) if token else ()
    if ca:
        credentials = grpc.ssl_channel_credentials(Path(ca).read_bytes())
        channel = grpc.secure_channel(target, credentials)
    else:
        channel = grpc.insecure_channel(target)
    requests = {
        "TestPair": pb.PairTestRequest(symbol1="A", symbol2="B", prices1=y, prices2=x),
        "SolveHJB": pb.HJBRequest(kappa=3.0, theta=0.1, sigma=0.2),
        "EstimateOU": pb.OUEstimationRequest(spread=spread),
        "TestCointegration": pb.CointegrationRequest(y=np.log(y), x=np.log(x)),
        "CalculateHurst": pb.HurstRequest(series=spread, use_dfa=True),
        "BacktestStrategy": pb.BacktestRequest(spread=spread, lower_bound=-0.02, upper_bound=0.02),
    }
    symbols = [pb.SymbolData(symbol=f"S{i}", prices=column) for i, column in enumerate(prices.T)]
    universe = pb.BatchDiscoveryRequest(symbols=symbols)
    bad = {
        "TestPair": pb.PairTestRequest(prices1=[1, 2, 3], prices2=[2, 4, 6]),
        "SolveHJB": pb.HJBRequest(kappa=-1.0, sigma=0.2),
        "EstimateOU": pb.OUEstimationRequest(spread=np.arange(100.0) ** 2),
        "TestCointegration": pb.CointegrationRequest(y=[float("nan")] * 50, x=x[:50]),
        "CalculateHurst": pb.HurstRequest(series=[1.0] * 100),
        "BacktestStrategy": pb.BacktestRequest(spread=spread, lower_bound=1.0),
    }
    found = {"requests": {}, "answers": {}, "errors": {}}
    with channel:
        stub = rpc.PairDiscoveryServiceStub(channel)
        for name, request in requests.items():
            answer = getattr(stub, name)(request, metadata=metadata, timeout=120)
            found["requests"][name] = request.SerializeToString().hex()
            found["answers"][name] = answer.SerializeToString().hex()
            try:
                answer = getattr(stub, name)(bad[name], metadata=metadata, timeout=120)
                found["errors"][name] = ["answer", answer.error]
            except grpc.RpcError as error:
                found["errors"][name] = [error.code().name, error.details()]
        updates = stub.DiscoverPairs(universe, metadata=metadata, timeout=120)
        found["requests"]["DiscoverPairs"] = universe.SerializeToString().hex()
        found["answers"]["DiscoverPairs"] = [u.SerializeToString().hex() for u in updates]
        universe.symbols[1].prices[3] = -1.0
        try:
            list(stub.DiscoverPairs(universe, metadata=metadata, timeout=120))
        except grpc.RpcError as error:
            found["errors"]["DiscoverPairs"] = [error.code().name, error.details()]
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()

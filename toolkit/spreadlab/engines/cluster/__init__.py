"""The cluster engine: tiles on dask.distributed, when one machine is not enough.

Dask runs whatever its clients send, by design: whoever reaches a scheduler runs code on every
worker. Keep it on a private network or behind TLS, and let other people reach it through
``spreadlab serve --engine dask://...``, which takes requests and no code.
"""

from spreadlab.engines.cluster.address import open_cluster
from spreadlab.engines.cluster.engine import ClusterEngine

__all__ = ["ClusterEngine", "open_cluster"]

"""The vocabulary of the first design, `PairDiscoveryClient`, on top of the public functions."""

from spreadlab.client.pair_discovery import PairDiscoveryClient

__all__ = ["PairDiscoveryClient"]

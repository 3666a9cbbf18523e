"""The vocabulary of the first design, `PairDiscoveryClient`, on top of the public functions."""

"""Pair discovery: which pairs of a universe move together, and how sure that is."""

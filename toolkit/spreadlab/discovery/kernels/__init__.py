"""Loops of the pair tests: arrays and scalars in, arrays out."""

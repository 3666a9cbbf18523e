"""Stubs of the first design's contract; the server alone imports them.

Two files that define the same messages can't be loaded into one process, so a program that brings
stubs of its own for that contract must not load these.
"""

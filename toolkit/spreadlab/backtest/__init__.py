"""Backtests of two or more legs: decide at the close of t, fill at t + 1, every cost counted."""

"""Ornstein-Uhlenbeck models of a spread: simulation, exact fits and what is uncertain in them."""

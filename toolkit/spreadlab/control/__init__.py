"""Optimal trading of an Ornstein-Uhlenbeck spread."""

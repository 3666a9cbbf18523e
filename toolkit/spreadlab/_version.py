"""The one place that holds the version of spreadlab."""

__version__ = "0.1.0"

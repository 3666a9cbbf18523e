"""A strategy by name: pair, window, rule, costs, sizing and limits in one TOML file."""

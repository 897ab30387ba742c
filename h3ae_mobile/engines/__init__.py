"""Engines run one graph of a bundle; each file imports its own runtime, late."""

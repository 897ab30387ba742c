"""Engines run one graph of a bundle; each lives in a file of its own and imports its runtime there."""

"""H3AE Mobile: an on-device inference SDK for the H3AE causal video autoencoder."""

__version__ = "0.1.0"

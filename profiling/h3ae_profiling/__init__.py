"""Latency and memory of decoders on hosts, phones and tablets, and the gate of a release."""

"""Measuring on this machine: every contender in processes of its own, clip by clip in turns."""

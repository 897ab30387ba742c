"""Evaluation: metrics, the paper's protocol (Sec. 4), tables and plots."""

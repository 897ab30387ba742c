"""ExecuTorch: one program (`.pte`) whose methods share their weights."""

from h3ae_export.targets.executorch.target import ExecuTorchTarget

__all__ = ["ExecuTorchTarget"]

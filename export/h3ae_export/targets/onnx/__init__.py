"""ONNX: a directory of models that share one file of weights, for ONNX Runtime."""

from h3ae_export.targets.onnx.target import OnnxTarget

__all__ = ["OnnxTarget"]

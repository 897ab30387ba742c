"""Core ML: ML programs (`.mlpackage`) for iOS 17 and later."""

from h3ae_export.targets.coreml.target import CoreMLTarget

__all__ = ["CoreMLTarget"]

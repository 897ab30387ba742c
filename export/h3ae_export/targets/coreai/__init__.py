"""Core AI: assets (`.aimodel`) for iOS 27 and later, an experimental target."""

from h3ae_export.targets.coreai.target import CoreAITarget

__all__ = ["CoreAITarget"]

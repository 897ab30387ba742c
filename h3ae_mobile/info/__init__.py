"""What a model is made of and what it costs: the data behind `h3ae info`."""

from h3ae_mobile.info.describe import describe
from h3ae_mobile.info.published import published_parameters
from h3ae_mobile.info.record import (
    MemoryEstimate,
    ModelInfo,
    PublishedCount,
    StageInfo,
)
from h3ae_mobile.info.render import render

__all__ = [
    "MemoryEstimate",
    "ModelInfo",
    "PublishedCount",
    "StageInfo",
    "describe",
    "published_parameters",
    "render",
]

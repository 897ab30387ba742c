"""The facts about a model, as typed records that are JSON at once."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

MEBI = 2**20  # the "M" of the paper's tables


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class StageInfo(_Record):
    """One row of the network in the order of execution.

    Attributes
    ----------
    side : {"encoder", "decoder"}
        Half that it belongs to.
    kind : str
        The configuration's kind, or ``latent`` for the convolution to or from the latents.
    blocks : int
        Residual or attention blocks, fitted ones included.
    stride : tuple of int
        Down- or upsampling over (time, height, width).
    output : tuple of int
        (C, T, H, W) that it hands on.
    parameters, flops : int
        Of its own; a multiplication and its addition are 2 FLOPs.
    """

    side: Literal["encoder", "decoder"]
    kind: str
    width: int
    blocks: int
    stride: tuple[int, int, int]
    output: tuple[int, int, int, int]
    parameters: int
    flops: int


class MemoryEstimate(_Record):
    """Bytes while one mobile graph runs in fp32; in fp16 it is half.

    A bundle's manifest states the same for its own graphs (`StageMemory`).

    Attributes
    ----------
    graph : str
        Name in a bundle.
    frames : int
        Video frames of one call.
    weights, activations : int
        Constants of the graph, and the most that is alive at once besides, without the working
        space of any runtime.
    """

    graph: str
    frames: int
    weights: int
    activations: int


class PublishedCount(_Record):
    """A parameter count that the paper states, beside ours.

    Attributes
    ----------
    published, ours : float
        In units of 2^20 parameters.
    table : str
        Where the paper states it.
    what : str
        The row of that table.
    config : str
        Name of the preset or ablation that was counted.
    difference_percent : float
        Of ours from the published one.
    notes : str
        What the configuration chooses or fits where the paper leaves it open.
    """

    table: str
    what: str
    published: float
    ours: float
    difference_percent: float
    config: str
    notes: str = ""


class ModelInfo(_Record):
    """A model at one extent.

    Attributes
    ----------
    compression : tuple of int
        Over (time, height, width).
    latent : tuple of int
        (Z, T', H', W') of a clip.
    parameters, encoder_parameters, decoder_parameters : int
        Learned numbers: of both halves, and of each.
    flops, encoder_flops : int
        To decode the clip, and to encode it; a multiplication and its addition are 2 FLOPs.
    stages : tuple of StageInfo
        Encoder, then decoder.
    memory : tuple of MemoryEstimate
        The temporal stage of the clip and the frame stage.
    peak : int
        Bytes that decoding the clip with those two takes at most, as in the manifest of a bundle
        that decodes nothing else.
    published : tuple of PublishedCount
        All parameter counts of the paper.
    notes : str
        What the configuration chooses or fits where the paper leaves it open.
    """

    model: str
    frames: int
    height: int
    width: int
    compression: tuple[int, int, int]
    latent: tuple[int, int, int, int]
    parameters: int
    encoder_parameters: int
    decoder_parameters: int
    flops: int
    encoder_flops: int
    stages: tuple[StageInfo, ...]
    memory: tuple[MemoryEstimate, ...]
    peak: int
    published: tuple[PublishedCount, ...]
    notes: str = ""

"""What `h3ae-export` is asked for, in one record."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from h3ae_export.settings import TargetSettings
from h3ae_mobile.mobile.builder import Extent

Component = Literal["decoder", "encoder", "both", "i2v"]
Mode = Literal["clip", "stream", "both"]


@dataclass(frozen=True)
class ExportRequest:
    """One export.

    Attributes
    ----------
    model : str
        Name of a preset or path of a checkpoint.
    out : Path
        The bundle to write, `NAME.h3ae`.
    targets : tuple of str
        Names in `h3ae_export.targets.registry`.
    components : tuple of str
        Decoder, encoder, both, or the decoder that takes first-frame features, with its encoder.
    mode : {"clip", "stream", "both"}
        Whole clips of `extent.frames` in one call, a stream of latent frames, or both.
    extent : Extent
        Fixed sizes: what the bundle is for.
    sizes : tuple of (int, int)
        Further heights and widths, whose graphs share the files of `extent`.
    window : int
        Latent frames in sight of a stream's attention.
    settings : tuple of TargetSettings
        One for each precision asked for; the targets read what is theirs.
    clip : Path, optional
        Where the latents for parity and golden vectors come from; the synthetic clip by default.
    verify : bool
        Whether saved files are run and compared before they are published.
    replace : bool
        Whether a bundle of that name may be replaced.
    lenient : bool
        Whether targets whose packages are not installed are left out, as of `all`, not refused.
    seed : int
        Of the random weights of an untrained preset.
    """

    model: str
    out: Path
    targets: tuple[str, ...]
    components: tuple[Component, ...] = ("decoder",)
    mode: Mode = "clip"
    extent: Extent = field(default_factory=Extent)
    sizes: tuple[tuple[int, int], ...] = ()
    window: int = 7
    settings: tuple[TargetSettings, ...] = (TargetSettings(),)
    clip: Path | None = None
    verify: bool = True
    replace: bool = False
    lenient: bool = False
    seed: int = 0

    @property
    def extents(self) -> tuple[Extent, ...]:
        """All extents, the bundle's own first."""
        further = (replace(self.extent, height=h, width=w) for h, w in self.sizes)
        return (self.extent, *further)

    @property
    def decodes(self) -> bool:
        """Whether plain decoding is asked for."""
        return "decoder" in self.components or "both" in self.components

    @property
    def encodes(self) -> bool:
        """Whether encoding of clips is asked for."""
        return "encoder" in self.components or "both" in self.components

    @property
    def conditions(self) -> bool:
        """Whether decoding with a first frame is asked for (I2V)."""
        return "i2v" in self.components

    @property
    def clips(self) -> bool:
        """Whether whole clips are decoded in one call."""
        return self.mode in ("clip", "both")

    @property
    def streams(self) -> bool:
        """Whether latent frames are decoded one by one."""
        return self.mode in ("stream", "both")

"""What a stream of any length must give, for which a bundle holds no golden frames."""

from __future__ import annotations

from dataclasses import dataclass

from h3ae_export.parity import compare
from h3ae_export.reference import Array, decode, with_window
from h3ae_mobile.bundle import Manifest
from h3ae_mobile.bundle.model import Tolerance
from h3ae_mobile.checkpoint import load_model
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.models.autoencoder import VideoAutoencoder

TORCH = "the model in torch"


@dataclass(frozen=True)
class StreamResult:
    """A stream of the golden latents, played there and back until it is long enough.

    Attributes
    ----------
    latents, window, frames : int
        Latent frames that went in, those that the attention sees, and frames that came out.
    against : str, optional
        What it was held against: the model in torch, or another artifact; None if there was none,
        and the frames are known to be finite alone.
    psnr_db, seam_psnr_db, max_abs : float, optional
        Of the worst frame, of the worst frame at a seam of two steps, and of all.
    """

    latents: int
    window: int
    frames: int
    against: str | None = None
    psnr_db: float | None = None
    seam_psnr_db: float | None = None
    max_abs: float | None = None

    def __str__(self) -> str:
        within = "past" if self.latents > self.window else "WITHIN"
        return f"{self.latents} latent frames, {within} the window of {self.window}"


@dataclass(frozen=True)
class _Testimony:
    frames: Array
    source: str
    precision: str


class Witness:
    """Says what streams of one size must give: the model, else the first artifact that decoded.

    Parameters
    ----------
    manifest : Manifest
        Of the bundle at that size.
    model : VideoAutoencoder, optional
        The network that it was exported from.
    """

    def __init__(self, manifest: Manifest, model: VideoAutoencoder | None) -> None:
        self._golden = manifest.golden
        self._model = model
        self._known: dict[tuple[str, int], _Testimony] = {}

    def judge(
        self,
        way: str,
        key: str,
        precision: str,
        frames: Array,
        latents: Array,
        image: Array | None,
        *,
        window: int,
        step: int,
    ) -> tuple[StreamResult, str | None]:
        """Return what is known of a stream's frames, and what is wrong with them, if anything.

        Parameters
        ----------
        way, key, precision : str
            Which decode it is, what ran it, and how.
        frames, latents, image : ndarray
            What came out, and what went in.
        window, step : int
            Of the stream: latent frames in sight, and frames that a later step gives.
        """
        told = self._testimony(way, latents, image, window)
        if told is None:
            self._known[way, len(latents)] = _Testimony(frames, key, precision)
            return StreamResult(len(latents), window, len(frames)), None
        difference = compare(frames, told.frames)
        result = StreamResult(
            len(latents),
            window,
            len(frames),
            told.source,
            difference.worst_db,
            min(difference.psnr_db[1::step], default=None),
            difference.max_abs,
        )
        allowed = self._allowed(precision, told.precision)
        if allowed is None or (
            difference.worst_db >= allowed.psnr_db and difference.max_abs <= allowed.max_abs
        ):
            return result, None
        return result, (
            f"frame {difference.worst_frame} of {result} reaches {difference.worst_db:.1f} dB "
            f"against {told.source} and differs by up to {difference.max_abs:.2g}; "
            f"{allowed.psnr_db:g} dB and {allowed.max_abs:g} are allowed"
        )

    def _testimony(
        self, way: str, latents: Array, image: Array | None, window: int
    ) -> _Testimony | None:
        known = self._known.get((way, len(latents)))
        if known is None and self._model is not None:
            frames = decode(with_window(self._model, window), latents, image)
            known = self._known[way, len(latents)] = _Testimony(frames, TORCH, "fp32")
        return known

    def _allowed(self, *precisions: str) -> Tolerance | None:
        """Return the widest tolerance of those precisions."""
        stated = self._golden.tolerance if self._golden is not None else {}
        tolerances = [stated[one] for one in precisions if one in stated]
        return max(tolerances, key=lambda one: one.max_abs, default=None)


def find_model(manifest: Manifest, model: str | None) -> VideoAutoencoder | None:
    """Return the network that a bundle was exported from, told by its weights' hash.

    Parameters
    ----------
    model : str, optional
        Checkpoint or preset; by default the preset of the model's name, and None if that is none
        or has other weights.

    Raises
    ------
    H3AEError
        If `model` is given and is another, or cannot be read.
    """
    try:
        loaded = load_model(model or manifest.model.name)
        if loaded.sha256 == manifest.model.checkpoint_sha256:
            return loaded.model
    except H3AEError:
        if model is not None:
            raise
        return None
    if model is None:
        return None
    raise H3AEError(
        f"{model} is not what {manifest.name} was exported from",
        f"its checkpoint has the SHA-256 {manifest.model.checkpoint_sha256}",
    )

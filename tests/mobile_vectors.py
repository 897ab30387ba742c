"""What Python makes of a bundle, for the readers in Swift and Kotlin to be held against.

    python -m tests.mobile_vectors BUNDLE FOLDER

decodes the bundle's own golden latents with ONNX Runtime and writes into FOLDER, as safetensors of
float32:

================  ==========================================================================
``clip``          ``latents`` [T', Z, H', W'] and ``frames`` [T, 3, H, W] of one clip
``stream``        the same of a stream of 3 latent frames, 17 video frames at 8x
``long-stream``   of 33 latent frames, 257 video frames at 8x
``i2v``           of one clip with its first frame, ``image`` [1, 3, H, W]
``i2v-stream``    of 3 latent frames with that first frame
``encode``        ``video`` [T, 3, H, W], the clip's frames, and ``latents`` [T', Z, H', W']
``encode-image``  ``image`` and ``latents`` [1, Z, H', W'], and each first-frame feature by the name
                  of the decoder's input
================  ==========================================================================

What the bundle cannot do is left out. Streams repeat the golden latents. A folder that was made of
the same manifest is left as it is.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from h3ae_mobile.bundle import Bundle, GoldenVectors, load_golden
from h3ae_mobile.decoder import VideoDecoder
from h3ae_mobile.files import atomic_directory

Arrays = dict[str, NDArray[np.float32]]

STREAM_LATENTS = 3
LONG_LATENTS = 33
STAMP = "bundle.sha256"


def vectors(bundle: Bundle, decoder: VideoDecoder) -> Iterator[tuple[str, Arrays]]:
    """Yield the name and the tensors of every file."""
    schedule, golden = bundle.manifest.schedule, load_golden(bundle)
    clip: Arrays | None = None
    if schedule.clip is not None:
        clip = _decode(decoder, _latents(golden, schedule.clip.latents))
        yield "clip", clip
    if schedule.stream is not None:
        yield "stream", _decode(decoder, _latents(golden, STREAM_LATENTS))
        yield "long-stream", _decode(decoder, _latents(golden, LONG_LATENTS))
    if schedule.i2v is not None and golden.image is not None:
        if schedule.i2v.clip is not None:
            latents = _latents(golden, schedule.i2v.clip.latents)
            yield "i2v", _decode(decoder, latents, golden.image)
        if schedule.i2v.stream is not None:
            yield "i2v-stream", _decode(decoder, _latents(golden, STREAM_LATENTS), golden.image)
        encoded = decoder.encode_image(golden.image)
        image = {"image": golden.image, "latents": encoded.latents, **encoded.features}
        yield "encode-image", image
    if schedule.encode is not None and clip is not None:
        video = clip["frames"]
        yield "encode", {"video": video, "latents": decoder.encode(video)}


def _latents(golden: GoldenVectors, count: int) -> NDArray[np.float32]:
    """Return so many latent frames, the golden ones over and over."""
    return golden.latents[np.arange(count) % len(golden.latents)]


def _decode(
    decoder: VideoDecoder, latents: NDArray[np.float32], image: NDArray[np.float32] | None = None
) -> Arrays:
    frames = np.stack(list(decoder.frames(latents, image=image)))
    given = {} if image is None else {"image": image}
    return {"latents": latents, "frames": frames, **given}


def write(bundle: Bundle, folder: Path) -> None:
    """Write all files, and last of all what they were made of."""
    stamp = folder / STAMP
    if stamp.exists() and stamp.read_text() == bundle.sha256:
        return
    with (
        VideoDecoder.open(bundle, target="onnx") as decoder,
        atomic_directory(folder, replace=True) as temporary,
    ):
        for name, tensors in vectors(bundle, decoder):
            arrays = {key: np.ascontiguousarray(array) for key, array in tensors.items()}
            save_file(arrays, temporary / f"{name}.safetensors")
        (temporary / STAMP).write_text(bundle.sha256)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m tests.mobile_vectors BUNDLE FOLDER")
    write(Bundle.open(sys.argv[1]), Path(sys.argv[2]))

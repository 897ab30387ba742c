from __future__ import annotations

import json
import math
import struct
from pathlib import Path

import numpy as np
import pytest

from h3ae_mobile.bundle import Bundle, BundleError, GoldenVectors, Tolerance, compare, load_golden
from h3ae_mobile.bundle.golden import to_signed, write_tensor
from tests.bundle.tiny import golden_arrays


def golden(frames: np.ndarray, indices: tuple[int, ...]) -> GoldenVectors:
    return GoldenVectors(np.zeros((1, 1, 1, 1), np.float32), frames, indices)


def test_comes_back_as_it_was_written(tiny: Bundle) -> None:
    latents, frames = golden_arrays()
    loaded = load_golden(tiny)
    np.testing.assert_array_equal(loaded.latents, latents)
    np.testing.assert_allclose(loaded.frames, frames[[8]], atol=2.5e-4)
    assert loaded.frame_indices == (8,)
    assert loaded.image is None


def test_a_phone_reads_it_without_a_library(tiny: Bundle) -> None:
    assert tiny.manifest.golden is not None
    record = tiny.manifest.golden.frames
    data = tiny.path(record).read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    entry = json.loads(data[8 : 8 + length])[record.tensor]
    assert entry["dtype"] == "F16"
    assert entry["shape"] == list(record.shape)
    begin, end = entry["data_offsets"]
    values = np.frombuffer(data[8 + length :][begin:end], "<f2").reshape(record.shape)
    np.testing.assert_array_equal(values.astype(np.float32), load_golden(tiny).frames)


def test_the_reference_itself_is_within_the_rounding(tiny: Bundle) -> None:
    result = compare(golden_arrays()[1], load_golden(tiny))
    assert result.max_abs <= 2.5e-4
    assert result.within(Tolerance(max_abs=1e-3, psnr_db=60))


def test_equal_frames_are_200_db() -> None:
    frames = np.zeros((2, 3, 4, 4), np.float32)
    assert compare(frames, golden(frames, (0, 1))).psnr_db == 200


def test_psnr_is_that_of_the_worst_frame() -> None:
    frames = np.zeros((3, 3, 4, 4), np.float32)
    decoded = frames.copy()
    decoded[2] = 0.02
    result = compare(decoded, golden(frames[[0, 2]], (0, 2)))
    assert result.psnr_db == pytest.approx(20 * math.log10(2 / 0.02), abs=1e-3)
    assert result.max_abs == pytest.approx(0.02)
    assert compare(decoded, golden(frames[[0, 1]], (0, 1))).psnr_db == 200


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_broken_frames_are_never_within(bad: float) -> None:
    frames = np.zeros((1, 3, 4, 4), np.float32)
    decoded = frames.copy()
    decoded[0, 0, 0, 0] = bad
    result = compare(decoded, golden(frames, (0,)))
    assert not result.finite
    assert not result.within(Tolerance(max_abs=2, psnr_db=-200))


def test_bytes_map_to_both_ends_of_the_range() -> None:
    np.testing.assert_allclose(
        to_signed(np.array([0, 51, 255], np.uint8)), [-1, -0.6, 1], atol=1e-6
    )


@pytest.mark.parametrize("shape", [(8, 3, 32, 32), (9, 3, 32, 16), (9, 4, 32, 32), (9, 3)])
def test_refuses_clips_of_another_size(tiny: Bundle, shape: tuple[int, ...]) -> None:
    with pytest.raises(BundleError) as caught:
        compare(np.zeros(shape, np.float32), load_golden(tiny))
    assert caught.value.code == "golden.format"


def test_a_bundle_without_golden_vectors_says_so(tiny: Bundle) -> None:
    bare = Bundle(tiny.manifest.model_copy(update={"golden": None}), tiny.root)
    with pytest.raises(BundleError) as caught:
        load_golden(bare)
    assert caught.value.code == "golden.missing"


def safetensors(header: str, data: bytes = b"") -> bytes:
    return struct.pack("<Q", len(header)) + header.encode() + data


ENTRY = '{"frames":{"dtype":"%s","shape":[%d],"data_offsets":[0,%d]}}'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff" * 8,
        safetensors("{}"),
        safetensors("{}}"),
        safetensors(ENTRY % ("BF16", 1, 2), b"00"),
        safetensors(ENTRY % ("F8_E4M3", 1, 1), b"0"),
        safetensors(ENTRY % ("U8", 1, 1), b"0"),
        safetensors(ENTRY % ("U8", 9, 1), b"0"),
        safetensors(ENTRY % ("\x1b[2J", 9, 1), b"0"),
    ],
)
def test_refuses_files_that_are_not_what_the_manifest_says(tiny: Bundle, content: bytes) -> None:
    (tiny.root / "golden" / "frames.safetensors").write_bytes(content)
    with pytest.raises(BundleError) as caught:
        load_golden(tiny)
    assert caught.value.code == "golden.format"
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("dtype", ["float32", "float16", "uint8"])
def test_arrays_of_any_strides_are_stored_row_major(tmp_path: Path, dtype: str) -> None:
    array = np.arange(24).reshape(2, 3, 2, 2).astype(dtype).transpose(3, 2, 1, 0)
    record = write_tensor(tmp_path, "x", array)
    assert record.shape == array.shape
    data = (tmp_path / "x.safetensors").read_bytes()
    assert data.endswith(np.ascontiguousarray(array).tobytes())

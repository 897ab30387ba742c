"""Latents on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors import SafetensorError
from safetensors.numpy import save_file

from h3ae_mobile import latents as module
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.latents import LatentsInfo, load_latents, save_latents

INFO = LatentsInfo("h3ae-demo", 64, 96, 17, 24.0, "clip.mp4")


def test_round_trip(tmp_path: Path) -> None:
    latents = np.random.default_rng(0).normal(size=(3, 8, 2, 3)).astype(np.float16)
    path = tmp_path / "clip.safetensors"
    save_latents(path, latents, INFO)
    loaded, info = load_latents(path)
    assert info == INFO
    assert loaded.dtype == np.float32
    np.testing.assert_array_equal(loaded, latents.astype(np.float32))


def broken(path: Path, kind: str) -> None:
    good = path.with_name("good.safetensors")
    save_latents(good, np.zeros((1, 8, 2, 2), np.float16), INFO)
    data = good.read_bytes()
    if kind == "truncated":
        path.write_bytes(data[:-8])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "pickle":
        path.write_bytes(b"\x80\x04\x95" + b"." * 64)
    elif kind == "foreign":
        save_file({"latents": np.zeros((1, 8, 2, 2), np.float16)}, path)
    elif kind == "nan":
        save_latents(path, np.full((1, 8, 2, 2), np.nan, np.float16), INFO)
    elif kind == "rank":
        save_latents(path, np.zeros((8, 2, 2), np.float16), INFO)


@pytest.mark.parametrize("kind", ["truncated", "empty", "pickle", "foreign", "nan", "rank", "none"])
def test_what_is_no_latents_file_is_told_in_one_line(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "bad.safetensors"
    broken(path, kind)
    with pytest.raises(H3AEError) as failure:
        load_latents(path)
    assert "\n" not in str(failure.value)
    assert "bad.safetensors" in str(failure.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"model":"m","height":64,"width":64,"frames":9,"fps":"24"}', "fps"),
        ('{"model":"m","height":64,"width":64,"frames":"9","fps":24}', "frames"),
        ('{"model":"m","height":64,"width":64,"frames":9,"fps":NaN}', "fps"),
        ('{"model":"m","height":0,"width":64,"frames":9,"fps":24}', "height"),
        ("[" * 99_999, "recursion"),
    ],
)
def test_metadata_of_other_types_are_told_in_one_line(
    tmp_path: Path, text: str, reason: str
) -> None:
    path = tmp_path / "bad.safetensors"
    save_file({"latents": np.zeros((1, 8, 2, 2), np.float16)}, path, {module.KEY: text})
    with pytest.raises(H3AEError, match="is not a latents file") as failure:
        load_latents(path)
    assert "\n" not in str(failure.value)
    assert reason in str(failure.value)


def test_a_full_disk_is_told_in_one_line_and_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise SafetensorError("No space left on device")

    path = tmp_path / "clip.safetensors"
    path.write_bytes(b"old")
    monkeypatch.setattr(module, "save_file", full)
    with pytest.raises(H3AEError, match=r"cannot write .*No space left"):
        save_latents(path, np.zeros((1, 8, 2, 2), np.float16), INFO)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]

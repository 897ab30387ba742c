"""Folders of clips become folders of latents: resumed, shared, and whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from h3ae_mobile.evaluation.dataset import encode_dataset
from h3ae_mobile.evaluation.shard import Shard
from h3ae_mobile.frames import FrameLaw
from h3ae_mobile.latents import load_latents

from .conftest import HalfCodec


def run(folder: Path, out: Path, codec: HalfCodec, shard: Shard | None = None) -> dict[str, int]:
    paths = sorted(folder.rglob("*.mp4"))
    return encode_dataset(
        codec, "half", folder, paths, out, FrameLaw(8), size=(64, 64), shard=shard, timeout=5
    )


def test_every_clip_becomes_a_file_of_latents(folder: Path, tmp_path: Path) -> None:
    counts = run(folder, tmp_path, HalfCodec())
    assert counts == {"encoded": 3, "skipped": 0}
    latents, info = load_latents(tmp_path / "0.safetensors")
    assert latents.shape == (9, 3, 32, 32)
    assert (info.model, info.frames, info.source) == ("half", 9, "0.mp4")
    index = json.loads((tmp_path / "index.json").read_text())
    assert index["latents"] == ["0.safetensors", "1.safetensors", "2.safetensors"]


def test_resumes_and_shares(folder: Path, tmp_path: Path) -> None:
    first, second, third = HalfCodec(), HalfCodec(), HalfCodec()
    assert run(folder, tmp_path, first, Shard(1, 2)) == {}
    assert first.encoded == 1
    assert run(folder, tmp_path, second, Shard(0, 2)) == {"encoded": 3, "skipped": 0}
    assert second.encoded == 2
    run(folder, tmp_path, third)
    assert third.encoded == 0


def test_unreadable_clips_are_noted(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    (clips / "good.mp4").write_bytes((folder / "0.mp4").read_bytes())
    (clips / "bad.mp4").write_bytes(b"no video")
    assert run(clips, tmp_path / "out", HalfCodec()) == {"encoded": 1, "skipped": 1}
    assert "bad.mp4" in caplog.text
    assert "bad.mp4" in (tmp_path / "out" / "bad.skipped").read_text()

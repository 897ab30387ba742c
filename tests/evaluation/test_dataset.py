"""Folders of clips become folders of latents: resumed, shared, and whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from h3ae_mobile.evaluation.dataset import encode_dataset
from h3ae_mobile.evaluation.shard import Shard
from h3ae_mobile.frames import FrameLaw
from h3ae_mobile.latents import load_latents

from .conftest import HalfCodec


def run(
    folder: Path,
    out: Path,
    codec: HalfCodec,
    shard: Shard | None = None,
    identity: str = "half",
    **settings: Any,
) -> dict[str, int]:
    paths = sorted(path for path in folder.iterdir() if path.suffix in {".mp4", ".mkv"})
    settings = {"size": (64, 64), "shard": shard, "timeout": 5} | settings
    return encode_dataset(codec, "half", folder, paths, out, FrameLaw(8), identity, **settings)


def indexed(out: Path) -> list[str]:
    names: list[str] = json.loads((out / "index.json").read_text())["latents"]
    return names


def test_every_clip_becomes_a_file_of_latents(folder: Path, tmp_path: Path) -> None:
    counts = run(folder, tmp_path, HalfCodec())
    assert counts == {"encoded": 3, "skipped": 0}
    names = indexed(tmp_path)
    latents, info = load_latents(tmp_path / names[0])
    assert latents.shape == (9, 3, 32, 32)
    assert (info.model, info.frames, info.source) == ("half", 9, "0.mp4")
    assert [name.split("-")[0] for name in names] == ["0.mp4", "1.mp4", "2.mp4"]
    assert all(name.endswith(".safetensors") for name in names)


def test_resumes_and_shares(folder: Path, tmp_path: Path) -> None:
    first, second, third = HalfCodec(), HalfCodec(), HalfCodec()
    assert run(folder, tmp_path, first, Shard(1, 2)) == {}
    assert first.encoded == 1
    assert run(folder, tmp_path, second, Shard(0, 2)) == {"encoded": 3, "skipped": 0}
    assert second.encoded == 2
    run(folder, tmp_path, third)
    assert third.encoded == 0


def test_other_settings_and_other_clips_are_encoded_anew(folder: Path, tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    (clips / "a.mp4").write_bytes((folder / "0.mp4").read_bytes())
    codec, out = HalfCodec(), tmp_path / "out"
    run(clips, out, codec)
    first = indexed(out)
    run(clips, out, codec, size=(32, 32))
    assert load_latents(out / indexed(out)[0])[0].shape[2:] == (16, 16)
    run(clips, out, codec, frames=1)
    assert len(load_latents(out / indexed(out)[0])[0]) == 1
    run(clips, out, codec, identity="other weights")
    assert codec.encoded == 4
    run(clips, out, codec)
    assert (codec.encoded, indexed(out)) == (4, first)
    (clips / "a.mp4").write_bytes((folder / "1.mp4").read_bytes())
    run(clips, out, codec)
    assert codec.encoded == 5


def test_clips_that_differ_in_their_suffix_alone_both_count(folder: Path, tmp_path: Path) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    for suffix, source in ((".mp4", "0.mp4"), (".mkv", "1.mp4")):
        (clips / f"a{suffix}").write_bytes((folder / source).read_bytes())
    assert run(clips, tmp_path / "out", HalfCodec())["encoded"] == 2
    sources = [load_latents(tmp_path / "out" / n)[1].source for n in indexed(tmp_path / "out")]
    assert sources == ["a.mkv", "a.mp4"]


def test_unreadable_clips_are_noted(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    (clips / "good.mp4").write_bytes((folder / "0.mp4").read_bytes())
    (clips / "bad.mp4").write_bytes(b"no video")
    assert run(clips, tmp_path / "out", HalfCodec()) == {"encoded": 1, "skipped": 1}
    assert "bad.mp4" in caplog.text
    (note,) = (tmp_path / "out").glob("bad.mp4-*.skipped")
    assert "bad.mp4" in note.read_text()

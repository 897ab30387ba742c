"""The protocol: what is cut, how it is shared and resumed, and what is made of it."""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path

import numpy as np
import pytest

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.evaluation.protocol import Protocol, Row, evaluate, summarise
from h3ae_mobile.evaluation.report import plot, table, write_json
from h3ae_mobile.evaluation.shard import Shard
from h3ae_mobile.frames import FrameLaw
from h3ae_mobile.video import probe, synthetic_frames, write_clip

from .conftest import Array, HalfCodec

LAW = FrameLaw(8)
PROTOCOL = Protocol(frames=9, size=(64, 64))


def run(codec: HalfCodec, folder: Path, work: Path, shard: Shard | None = None) -> list[Row]:
    paths = sorted(folder.glob("*.mp4"))
    return evaluate(codec, paths, ["plain", "i2v"], PROTOCOL, LAW, work, "half", shard=shard)


def test_rows_are_per_clip_and_mode(codec: HalfCodec, folder: Path, tmp_path: Path) -> None:
    rows = run(codec, folder, tmp_path)
    assert [(r["clip"], r["mode"], r["frames"]) for r in rows] == [
        (f"{clip}.mp4", mode, frames)
        for mode in ("plain", "i2v")
        for clip, frames in ((0, 9), (1, 9), (2, 1))
    ]
    summary = summarise(rows)
    assert summary["plain"]["psnr_db"] == pytest.approx(
        np.mean([r["psnr_db"] for r in rows if r["mode"] == "plain"])
    )
    assert summary["i2v"]["psnr_db"] > summary["plain"]["psnr_db"]
    assert {"ssim", "vmaf"} <= summary["plain"].keys()


def test_image_mode_takes_first_frames(codec: HalfCodec, folder: Path, tmp_path: Path) -> None:
    rows = evaluate(codec, sorted(folder.glob("*.mp4")), ["image"], PROTOCOL, LAW, tmp_path, "half")
    assert [row["frames"] for row in rows] == [1, 1, 1]


def test_what_is_there_is_not_computed_again(
    codec: HalfCodec, folder: Path, tmp_path: Path
) -> None:
    first = run(codec, folder, tmp_path)
    next(iter(tmp_path.glob("1-*.json"))).unlink()
    again = HalfCodec()
    assert run(again, folder, tmp_path) == first
    assert again.encoded == 1


def test_two_processes_merge_to_what_one_gives(folder: Path, tmp_path: Path) -> None:
    alone = run(HalfCodec(), folder, tmp_path / "alone")
    codecs = [HalfCodec(), HalfCodec()]
    merged: list[list[Row]] = [[], []]

    def work(rank: int) -> None:
        merged[rank] = run(codecs[rank], folder, tmp_path / "shared", Shard(rank, 2))

    threads = [threading.Thread(target=work, args=(rank,)) for rank in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert merged[0] == alone
    assert [codec.encoded for codec in codecs] == [3, 3]


def test_a_process_that_never_comes_is_one_line(
    codec: HalfCodec, folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(H3AEError, match="3 of 6 results of other processes did not come"):
        evaluate(
            codec, sorted(folder.glob("*.mp4")), ["plain", "i2v"], PROTOCOL, LAW, tmp_path, "half",
            shard=Shard(0, 2), timeout=0.1,
        )  # fmt: skip


def test_damaged_clips_are_reported_and_left_out(
    codec: HalfCodec, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"no video")
    paths = [folder / "0.mp4", bad]
    with caplog.at_level(logging.WARNING):
        rows = evaluate(codec, paths, ["plain"], PROTOCOL, LAW, tmp_path / "rows", "half")
    assert [row["clip"] for row in rows] == ["0.mp4"]
    assert "bad.mp4" in caplog.text
    with pytest.raises(H3AEError, match="none of 1 clips"):
        evaluate(codec, [bad], ["plain"], PROTOCOL, LAW, tmp_path / "rows", "half")


class OneLength(HalfCodec):
    """Refuses clips of another length, as an exported bundle does."""

    def encode(self, video: Array) -> Array:
        if len(video) != 9:
            raise H3AEError(f"the bundle takes 9 frames, not {len(video)}")
        return super().encode(video)


def test_clips_that_the_codec_refuses_are_reported_and_left_out(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = run(OneLength(), folder, tmp_path)
    assert [row["clip"] for row in rows] == ["0.mp4", "1.mp4"] * 2
    assert "2.mp4 is left out: the bundle takes 9 frames, not 1" in caplog.text


def test_a_dangling_link_is_reported_and_left_out(
    codec: HalfCodec, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gone = tmp_path / "gone.mp4"
    gone.symlink_to(tmp_path / "nowhere.mp4")
    rows = evaluate(codec, [folder / "0.mp4", gone], ["plain"], PROTOCOL, LAW, tmp_path, "half")
    assert [row["clip"] for row in rows] == ["0.mp4"]
    assert "gone.mp4 is left out" in caplog.text


def test_a_short_clip_without_a_declared_length_is_scored(codec: HalfCodec, tmp_path: Path) -> None:
    path = tmp_path / "short.mkv"
    write_clip(path, synthetic_frames(7, 64, 64, seed=0), 24)
    assert probe(path).frames is None
    rows = evaluate(codec, [path], ["plain"], PROTOCOL, FrameLaw(2), tmp_path / "rows", "half")
    assert [row["frames"] for row in rows] == [7]


def test_the_report(codec: HalfCodec, folder: Path, tmp_path: Path) -> None:
    rows = run(codec, folder, tmp_path / "rows")
    summary = summarise(rows)
    document = write_json(rows, summary, {"decoder": "half"}, tmp_path / "results.json")
    assert json.loads((tmp_path / "results.json").read_text()) == document
    assert {"psnr_db", "ssim", "vmaf", "frames", "output", "decoder", "summary", "clips"} == set(
        document
    )
    assert table(rows, summary).row_count == 8
    plot(rows, tmp_path / "psnr.png")
    assert (tmp_path / "psnr.png").stat().st_size > 1000

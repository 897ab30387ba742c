"""The `h3ae` command as a user calls it: its outputs, its exit code, its one line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from h3ae_export import cli as export_cli
from h3ae_mobile import cli, commandline
from h3ae_mobile.checkpoint import load_model, save_checkpoint
from h3ae_mobile.codec import TorchCodec
from h3ae_mobile.commands import options, reconstruct
from h3ae_mobile.config import get_config
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.evaluation import metrics
from h3ae_mobile.info.published import shell
from h3ae_mobile.latents import LatentsInfo, save_latents
from h3ae_mobile.mobile.builder import Extent, GraphBuilder, MobileGraph
from h3ae_mobile.mobile.options import MobileOptions
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from h3ae_mobile.models.init import random_init
from h3ae_mobile.video import synthetic_clip, write_clip, write_image
from tests.bundle.tiny import write_tiny
from tests.command import Run, lost_help, runner

H3AE = str(Path(sys.executable).with_name("h3ae"))
SMALL = ("--size", "64x64", "--frames", "9")


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [H3AE, *arguments], cwd=cwd, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture
def h3ae(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Run:
    """`h3ae` in this process, in an empty folder: many calls need not load torch each."""
    monkeypatch.chdir(tmp_path)
    return runner("h3ae", cli.main, capsys, monkeypatch)


def test_help_teaches(tmp_path: Path) -> None:
    result = run("--help", cwd=tmp_path)
    assert result.returncode == 0
    for command in ("encode", "decode", "reconstruct"):
        assert command in result.stdout


def test_no_help_loses_words_to_markup(h3ae: Run) -> None:
    assert not lost_help(cli.app)
    assert not lost_help(export_cli.app)
    assert "(default: CLIP.safetensors here)" in " ".join(h3ae("encode", "--help").out.split())


def test_progress_is_text_whatever_brackets_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    commandline.follow('left out: pip install "h3ae-mobile[coreai]"')
    assert '"h3ae-mobile[coreai]"' in capsys.readouterr().err


def test_no_command_is_a_mistake(tmp_path: Path) -> None:
    assert run(cwd=tmp_path).returncode == 2


def test_reconstruct_writes_video_sheet_and_scores(tmp_path: Path) -> None:
    result = run("reconstruct", "synthetic", *SMALL, "--out", "out", "--json", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["frames"] == 9
    assert (tmp_path / report["output"]).stat().st_size > 1000
    assert (tmp_path / report["sheet"]).read_bytes().startswith(b"\x89PNG")
    assert 0 < report["psnr_db"] < 60
    assert -1 <= report["ssim"] <= 1


def test_encode_then_decode(tmp_path: Path) -> None:
    made = run("reconstruct", "synthetic", *SMALL, "--out", ".", "--json", cwd=tmp_path)
    clip = json.loads(made.stdout)["output"]
    encoded = run("encode", clip, *SMALL, "--out", "clip.safetensors", "--json", cwd=tmp_path)
    assert json.loads(encoded.stdout)["shape"] == [2, 128, 2, 2]
    decoded = run("decode", "clip.safetensors", "--out", "clip.mp4", "--json", cwd=tmp_path)
    report = json.loads(decoded.stdout)
    assert report["frames"] == 9
    assert report["first_frame_seconds"] <= report["seconds"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("encode", "nowhere.mp4"), "nowhere.mp4"),
        (("reconstruct", "synthetic", "--frames", "10", "--size", "64x64"), "1 + 8k"),
        (("reconstruct", "synthetic", "--size", "70x64"), "divisible by 32"),
        (("reconstruct", "synthetic", "--size", "big"), "HxW"),
        (("reconstruct", "synthetic", "--model", "h3-demo"), "h3ae-demo"),
        (("reconstruct", "synthetic", "--frames", "many"), "--frames"),
        (("decode", "nowhere.safetensors"), "nowhere.safetensors"),
        (("decode", "text.safetensors"), "not a latents file"),
        (("encode", "text.mp4"), "text.mp4"),
        (("reconstruct", "synthetic", *SMALL, "--target", "onnx"), "give a --bundle"),
        (("reconstruct", "synthetic", "--bundle", "nowhere.h3ae"), "nowhere.h3ae"),
        (("reconstruct", "synthetic", "--threads", "0"), "--threads"),
        (("reconstruct", "synthetic", "--seed", "99999999999999999999"), "--seed"),
        (("info", "--frames", "1000001"), "--frames"),
        (("info", "--size", "16384x16384"), "choose a smaller --size"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    h3ae: Run, tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    (tmp_path / "text.safetensors").write_text("not safetensors")
    (tmp_path / "text.mp4").write_text("not a video")
    before = sorted(tmp_path.iterdir())
    result = h3ae(*arguments)
    assert result.code != 0
    errors = [line for line in result.err.splitlines() if line.startswith("error:")]
    assert len(errors) == 1
    assert says in errors[0]
    assert "Traceback" not in result.err
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("encode", "clip.mp4", "--out", "link.mp4"),
        ("encode", "clip.mp4", "--out", "../here/clip.mp4"),
        ("encode", "other.mp4", "--model", "clip.mp4", "--out", "clip.mp4"),
        ("decode", "clip.mp4", "--out", "clip.mp4"),
        ("decode", "other.safetensors", "--image", "clip.mp4", "--out", "clip.mp4"),
        ("reconstruct", "clip.mp4"),
    ],
)
def test_no_input_is_overwritten(
    h3ae: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    (here / "clip.mp4").write_bytes(b"mine")
    (here / "link.mp4").symlink_to("clip.mp4")
    (here / "clip-reconstruction.mp4").symlink_to("clip.mp4")
    told = h3ae(*arguments)
    assert told.code == 1
    assert "is an input and would be overwritten (choose another --out)" in " ".join(
        told.err.split()
    )
    assert (here / "clip.mp4").read_bytes() == b"mine"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    write_image(path, synthetic_clip(1, 64, 64).frames[0])
    return path


def other_weights(path: Path) -> Path:
    """Write a checkpoint of the demo's name and shapes, with weights of its own."""
    model = VideoAutoencoder(get_config("h3ae-demo"))
    random_init(model, 1)
    save_checkpoint(path, model)
    return path


def test_info_takes_what_model_takes_and_prints_its_notes_as_text(
    h3ae: Run, tmp_path: Path
) -> None:
    config = get_config("h3ae-demo").model_copy(update={"notes": "a [/x] b \x1b[2J c"})
    save_checkpoint(tmp_path / "mine", VideoAutoencoder(config))
    told = h3ae("info", "mine", "--size", "64x64", "--frames", "9")
    assert told.code == 0, told.err
    assert "h3ae-demo: a [/x] b \\x1b[2J c" in told.out


def test_an_error_holds_no_control_characters(h3ae: Run) -> None:
    assert "\\x1b[2J.mp4" in h3ae("encode", "\x1b[2J.mp4").err


def test_latents_are_decoded_with_the_weights_that_encoded_them(
    h3ae: Run, tmp_path: Path, picture: Path
) -> None:
    mine = other_weights(tmp_path / "mine.safetensors")
    assert h3ae("encode", picture, "--model", mine, "--out", "l.safetensors").code == 0
    told = h3ae("decode", "l.safetensors", "--out", "l.mp4")
    assert told.code == 1
    assert "other weights than those of h3ae-demo" in told.err
    assert "give --model the checkpoint that encoded it" in told.err
    assert not (tmp_path / "l.mp4").exists()
    assert h3ae("decode", "l.safetensors", "--model", mine, "--out", "l.mp4").code == 0


def test_latents_that_do_not_tell_their_weights_are_decoded_with_a_warning(
    h3ae: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    about = LatentsInfo("h3ae-demo", 64, 64, 1, 24.0)
    save_latents(tmp_path / "l.safetensors", np.zeros((1, 128, 2, 2), np.float32), about)
    assert h3ae("decode", "l.safetensors").code == 0
    assert "does not tell which weights encoded it" in caplog.text


def test_latents_of_another_shape_are_refused_in_one_line(h3ae: Run, tmp_path: Path) -> None:
    about = LatentsInfo("h3ae-8x32x32", 64, 64, 1, 24.0)
    save_latents(tmp_path / "l.safetensors", np.zeros((1, 256, 2, 2), np.float32), about)
    told = h3ae("decode", "l.safetensors", "--model", "h3ae-demo")
    assert told.code == 1
    assert "error: latents of 256 channels do not fit h3ae-demo, which has 128" in told.err


def test_a_bundle_without_encoder_wants_the_weights_it_was_exported_from() -> None:
    loaded = load_model("h3ae-demo")
    codec = TorchCodec(loaded)
    options.torch_encoder("h3ae-demo", 0, options.Opened(codec, "demo.h3ae", loaded.sha256))
    with pytest.raises(H3AEError, match="give --model the checkpoint that was exported"):
        options.torch_encoder("h3ae-demo", 0, options.Opened(codec, "demo.h3ae", "0" * 64))


CONFIG = get_config("h3ae-demo")


@pytest.mark.parametrize(
    ("frames", "pad", "total"), [(17, True, 17), (10, True, 17), (None, True, 17), (None, False, 9)]
)
def test_a_short_clip_is_padded_where_asked(
    tmp_path: Path, frames: int | None, pad: bool, total: int
) -> None:
    path = tmp_path / "clip.mp4"
    write_clip(path, synthetic_clip(12, 64, 64).frames, 24)
    video, own = options.read_valid_clip(path, CONFIG, "64x64", frames, "crop", pad=pad)
    assert (len(video), own) == (total, min(frames or 12, 12) if pad else 9)
    assert (video.frames[own:] == video.frames[own - 1]).all()


def test_a_short_clip_is_refused_where_no_padding_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write_clip(path, synthetic_clip(12, 64, 64).frames, 24)
    with pytest.raises(H3AEError, match="12 of the 17 frames asked for"):
        options.read_valid_clip(path, CONFIG, "64x64", 17, "crop", pad=False)


def test_a_synthetic_clip_is_padded_and_scored_on_its_own_frames(h3ae: Run) -> None:
    told = h3ae("reconstruct", "--size", "64x64", "--frames", "6", "--pad", "--json")
    assert told.json["frames"] == 6


def test_a_bundle_without_a_valid_configuration_is_one_line(h3ae: Run, tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    write_tiny(tmp_path / "tiny.h3ae", tmp_path / "sources")
    told = h3ae("reconstruct", "--bundle", "tiny.h3ae")
    assert told.code == 1
    assert "error: tiny carries no valid configuration: stages: " in told.err


def test_a_bundle_is_reconstructed_at_its_own_size_and_length(
    h3ae: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = []

    def draw(*extent: int) -> None:
        drawn.append(extent)
        raise H3AEError("drawn")

    (tmp_path / "sources").mkdir()
    write_tiny(tmp_path / "tiny.h3ae", tmp_path / "sources")
    monkeypatch.setattr(options, "config_of", lambda manifest: CONFIG)
    monkeypatch.setattr(reconstruct, "synthetic_clip", draw)
    h3ae("reconstruct", "--bundle", "tiny.h3ae")
    h3ae("reconstruct", "--bundle", "tiny.h3ae", "--size", "64x96", "--frames", "17")
    assert drawn == [(9, 32, 32), (17, 64, 96)]


@pytest.mark.parametrize(
    ("extent", "window", "graph"),
    [
        (Extent(64, 64, 9, 70_000), 7, GraphBuilder.decoder_frame),
        (Extent(64, 64, 9), 70_000, GraphBuilder.decoder_next),
    ],
)
def test_an_extent_beyond_the_format_is_refused(
    extent: Extent, window: int, graph: Callable[[GraphBuilder], MobileGraph]
) -> None:
    builder = GraphBuilder(shell(CONFIG), extent, MobileOptions(window=window))
    with pytest.raises(H3AEError, match="more than a graph can take"):
        graph(builder)


def test_a_missing_package_is_named_before_the_work(
    h3ae: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "find_spec", lambda name: None)
    result = h3ae("reconstruct", "nowhere.mp4")
    assert result.code == 1
    assert "h3ae-mobile[evaluate]" in result.err
    assert not list(tmp_path.iterdir())


def wait_until_ready(pid: int) -> None:
    """Wait until the command has taken over SIGTERM, the first thing that it does."""
    for _ in range(600):
        status = Path(f"/proc/{pid}/status").read_text()
        caught = int(status.partition("SigCgt:")[2].split()[0], 16)
        if caught & 1 << (signal.SIGTERM - 1):
            return
        time.sleep(0.1)
    pytest.fail("the command does not start")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's /proc")
def test_an_interrupt_leaves_no_half_written_file(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [H3AE, "reconstruct", "synthetic", "--size", "256x256", "--frames", "33", "--out", "out"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    wait_until_ready(process.pid)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "interrupted" in errors
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_help_does_not_wait_for_torch() -> None:
    program = "import sys, h3ae_mobile.cli; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

"""Schedules, memory of a stream, cancellation and refusals of the host decoder."""

from __future__ import annotations

from threading import Event

import numpy as np
import pytest

from h3ae_mobile.bundle import Schedule
from h3ae_mobile.decoder import DecodeCancelledError, VideoDecoder
from h3ae_mobile.errors import H3AEError
from tests.decoder.tiny_decoder import (
    EXTENT,
    WINDOW,
    Bench,
    batch,
    graphs,
    latents,
    reference,
    video,
)
from tests.export.apple import small_model

CLIP_LATENTS = 3
TOLERANCE = 1e-4


def close(found: list[np.ndarray], wanted: np.ndarray) -> bool:
    return len(found) == len(wanted) and np.abs(np.stack(found) - wanted).max() < TOLERANCE


def test_a_clip_is_one_temporal_call_and_the_frame_stage() -> None:
    bench, z = Bench(), latents(CLIP_LATENTS)
    assert close(list(bench.decoder.frames(z)), reference(z))
    assert bench.diary == ["decoder_temporal", *["decoder_frame"] * 3]


def test_any_other_number_of_latents_is_a_stream() -> None:
    bench, z = Bench(), latents(2)
    frames = list(bench.decoder.frames(z))
    assert close(frames, reference(z))
    assert [frame.shape for frame in frames] == [(3, EXTENT.height, EXTENT.width)] * 5
    assert bench.diary == [
        "reset decoder_next",
        "decoder_first",
        "decoder_frame",
        "decoder_next",
        "decoder_frame",
    ]


def test_a_stream_equals_the_clip_within_the_window() -> None:
    z = latents(WINDOW)
    schedule = graphs()[1]
    clip = list(Bench(Schedule(clip=schedule.clip)).decoder.frames(z))
    stream = list(Bench(Schedule(stream=schedule.stream)).decoder.frames(z))
    assert close(stream, np.stack(clip))


def test_streams_begin_anew() -> None:
    bench, one, other = Bench(), latents(2), latents(2, seed=5)
    first = list(bench.decoder.frames(one))
    list(bench.decoder.frames(other))
    assert close(list(bench.decoder.frames(one)), np.stack(first))


@pytest.mark.parametrize("count", [CLIP_LATENTS, 2])
def test_a_first_frame_conditions_clips_and_streams(count: int) -> None:
    bench, z, image = Bench(), latents(count), video(1)
    plain, wanted = reference(z), reference(z, image)
    assert np.abs(plain - wanted).max() > 100 * TOLERANCE
    assert close(list(bench.decoder.frames(z, image=image)), wanted)
    encoded = bench.decoder.encode_image(image)
    assert close(list(bench.decoder.frames(z, features=encoded.features)), wanted)


def test_encoders_give_normalised_latents() -> None:
    bench, model, pixels = Bench(), small_model(), video(EXTENT.frames)
    wanted = model.normalise(model.encode(batch(pixels)).mode())[0].transpose(0, 1).numpy()
    assert np.abs(bench.decoder.encode(pixels) - wanted).max() < TOLERANCE
    image = bench.decoder.encode_image(pixels[:1])
    assert np.abs(image.latents - wanted[:1]).max() < TOLERANCE


def test_progress_is_told_before_every_frame() -> None:
    told: list[tuple[int, int]] = []
    frames = Bench().decoder.frames(latents(2), progress=lambda *step: told.append(step))
    for count, _ in enumerate(frames, start=1):
        assert told[-1] == (count, 5)


def test_nothing_happens_before_a_frame_is_asked_for() -> None:
    bench = Bench()
    frames = bench.decoder.frames(latents(4))
    assert bench.diary == []
    next(frames)
    assert bench.diary.count("decoder_next") == 0


def test_cancelling_stops_before_the_next_call() -> None:
    bench, cancel = Bench(), Event()
    frames = bench.decoder.frames(latents(4), cancel=cancel)
    next(frames)
    cancel.set()
    calls = len(bench.diary)
    with pytest.raises(DecodeCancelledError, match="cancelled"):
        next(frames)
    assert len(bench.diary) == calls
    assert len(list(bench.decoder.frames(latents(2)))) == 5


def test_closing_the_iterator_stops_the_work() -> None:
    bench = Bench()
    frames = bench.decoder.frames(latents(4))
    next(frames)
    frames.close()  # type: ignore[attr-defined]  # generators have it, iterators need not
    calls = len(bench.diary)
    assert list(frames) == []
    assert len(bench.diary) == calls


def test_a_new_decode_ends_an_unfinished_one() -> None:
    bench = Bench()
    older = bench.decoder.frames(latents(4))
    next(older)
    bench.decoder.frames(latents(4))
    with pytest.raises(H3AEError, match="another decode has begun"):
        next(older)


def test_a_closed_decoder_refuses() -> None:
    bench = Bench()
    with bench.decoder as decoder:
        running = decoder.frames(latents(4))
        next(running)
    assert sorted(line for line in bench.diary if line.startswith("close")) == [
        "close decoder_first",
        "close decoder_frame",
        "close decoder_next",
    ]
    with pytest.raises(H3AEError, match="closed"):
        next(running)
    for use in (decoder.frames, decoder.encode, decoder.encode_image):
        with pytest.raises(H3AEError, match="closed"):
            use(latents(2))
    decoder.close()


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (latents(0), "no latents"),
        (np.float32(1.0), "no latents"),
        (latents(2)[:, :, 1:], r"latents of shape \[2, 3, 3, 8\] do not fit, \[2, 3, 4, 8\]"),
        (latents(2)[None], "do not fit"),
        (np.full_like(latents(2), np.nan), "not finite"),
        (np.full(latents(2).shape, "a"), "no numbers"),
    ],
)
def test_latents_that_do_not_fit_are_refused_at_once(values: np.ndarray, reason: str) -> None:
    with pytest.raises(H3AEError, match=reason):
        Bench().decoder.frames(values)


def test_what_a_bundle_does_not_hold_is_refused_at_once() -> None:
    schedule = graphs()[1]
    clip = Bench(Schedule(clip=schedule.clip)).decoder
    with pytest.raises(H3AEError, match="decodes clips of 3"):
        clip.frames(latents(2))
    with pytest.raises(H3AEError, match="first frame"):
        clip.frames(latents(3), image=video(1))
    with pytest.raises(H3AEError, match="no encoder"):
        clip.encode(video(9))
    with pytest.raises(H3AEError, match="first frame"):
        clip.encode_image(video(1))
    conditioned = Bench(Schedule(i2v=schedule.i2v)).decoder
    with pytest.raises(H3AEError, match="give it the first frame"):
        conditioned.frames(latents(3))


def test_videos_and_features_that_do_not_fit_are_refused() -> None:
    decoder = Bench().decoder
    with pytest.raises(H3AEError, match="video of shape"):
        decoder.encode(video(5))
    with pytest.raises(H3AEError, match="image of shape"):
        decoder.frames(latents(2), image=video(2))
    features = decoder.encode_image(video(1)).features
    with pytest.raises(H3AEError, match="not both"):
        decoder.frames(latents(2), image=video(1), features=features)
    with pytest.raises(H3AEError, match="'feature_0' of the first frame is missing"):
        decoder.frames(latents(2), features={k: v for k, v in features.items() if k[-1] != "0"})


def test_frames_that_are_not_finite_are_named() -> None:
    bench = Bench()
    module = graphs()[0]["decoder_frame"]

    class Overflowing:
        """Gives infinities from the second call on."""

        calls = 0

        def run(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
            self.calls += 1
            shape = module.spec.outputs[0].shape
            return {"frames": np.full(shape, 0.0 if self.calls == 1 else np.inf, np.float32)}

    opened = bench.decoder._open_session
    broken = Overflowing()
    bench.decoder._open_session = lambda name: (
        broken if name == "decoder_frame" else opened(name)  # type: ignore[assignment,return-value]
    )
    frames = bench.decoder.frames(latents(CLIP_LATENTS))
    for _ in range(EXTENT.frames_per_call):
        next(frames)
    with pytest.raises(H3AEError, match=r"frame 4 .* not finite .*fp32"):
        next(frames)


def test_threads_must_be_positive() -> None:
    with pytest.raises(H3AEError, match="0 threads"):
        VideoDecoder.open("nowhere.h3ae", threads=0)

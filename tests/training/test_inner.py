"""The inner stages alone: what their loss means in pixels, and what stands still."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from h3ae_mobile.checkpoint import load_checkpoint
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from h3ae_mobile.training.config import ObjectiveConfig, parse_config
from h3ae_mobile.training.inner import InnerObjective
from h3ae_mobile.training.pca import pca_init
from h3ae_mobile.training.trainer import Trainer

from .conftest import TINY, smooth_video

OUTER, FRAMES, SIZE = 2, 9, 32
LATENT = (1, TINY.latent_channels, 3, 4, 4)


@pytest.fixture
def linear() -> VideoAutoencoder:
    """A network at its principal-component start, in float64."""
    model = VideoAutoencoder(TINY.model_copy(update={"conditioning": "gated"})).double()
    pca_init(model, [smooth_video(FRAMES, SIZE, seed=i).double() for i in range(24)])
    return model


def calibrated(model: VideoAutoencoder, **config: Any) -> InnerObjective:
    objective = InnerObjective(model, ObjectiveConfig(**config), OUTER).double()
    objective.calibrate([smooth_video(FRAMES, SIZE, seed=50 + i).double() for i in range(8)])
    return objective


def test_features_and_pixels_differ_by_what_the_outer_stages_lose(
    linear: VideoAutoencoder,
) -> None:
    objective = calibrated(linear, reconstruction="l2")
    video = smooth_video(FRAMES, SIZE, seed=99).double()
    noise = torch.zeros(LATENT, dtype=torch.float64)
    loss = objective(video, noise, torch.tensor([False]))["l2"]
    with torch.no_grad():
        whole = linear.decode(linear.encode(video).mode())
        outer = objective._outwards(objective.features(video))
    # Orthogonal projections: the error of the whole is that of the outer and that of the inner.
    wanted = (whole - video).square().mean() - (outer - video).square().mean()
    # The first frame is one of two in its patches and counts half; channels' worth is an estimate.
    assert loss.item() == pytest.approx(wanted.item(), rel=0.15)


def test_the_worth_of_channels_is_their_scale(linear: VideoAutoencoder) -> None:
    worth = calibrated(linear).worth
    # The outer encoder divides orthonormal coefficients by the scale that the decoder restores.
    stage = linear.encoder.stages[0][0].conv.weight[:, :, 1:3, 1:3].flatten(1)
    model = VideoAutoencoder(linear.config).double()
    model.load_state_dict(linear.state_dict())
    one = InnerObjective(model, ObjectiveConfig(), 1).double()
    one.calibrate([smooth_video(FRAMES, SIZE, seed=i).double() for i in range(4)])
    used = slice(0, 12)  # three colours of 2 x 2 pixels
    torch.testing.assert_close(one.worth[used], 1 / stage[used].square().sum(1), rtol=0.1, atol=0)
    assert (worth[: TINY.stages[1].width] >= 0).all()


def test_outer_stages_stand_still(settings: dict[str, Any], tmp_path: Path) -> None:
    settings |= {"start": "pca", "frozen_stages": OUTER, "objective": {"reconstruction": "log"}}
    settings["schedule"] = {"steps": 3}
    settings["data"]["shapes"] = [{"frames": 5, "size": 16, "batch": 2}]
    trainer = Trainer(parse_config(settings, "test"), tmp_path / "run")
    before = {name: p.detach().clone() for name, p in trainer.model.named_parameters()}
    after = dict(load_checkpoint(trainer.run()).model.named_parameters())
    sides = (("encoder.stages.0.", "encoder.stages.1."), ("decoder.stages.1.", "decoder.stages.2."))
    frozen = {name for name in before if name.startswith(sides[0] + sides[1])}
    for name in frozen:
        assert torch.equal(before[name], after[name]), name
    moved = [name for name in before if not torch.equal(before[name], after[name])]
    assert "encoder.to_moments.conv.weight" in moved
    assert any(name.startswith("decoder.stages.0.") for name in moved)


def test_a_resumed_run_keeps_the_worth(settings: dict[str, Any], tmp_path: Path) -> None:
    settings |= {"start": "pca", "frozen_stages": 1, "objective": {"reconstruction": "l2"}}
    settings["schedule"] = {"steps": 2}
    first = Trainer(parse_config(settings, "test"), tmp_path / "run")
    first.run()
    settings["schedule"] = {"steps": 4}
    second = Trainer(parse_config(settings, "test"), tmp_path / "run")
    assert isinstance(first.objective, InnerObjective)
    assert torch.equal(first.objective.worth, second.objective.worth)
    second.run()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"frozen_stages": 3}, "leaves none of the 3 stages"),
        ({"frozen_stages": 1}, 'set objective.reconstruction to "l2" or "log"'),
        (
            {"frozen_stages": 1, "objective": {"reconstruction": "l2", "dwt": 1.0}},
            "leave out dwt",
        ),
    ],
)
def test_what_needs_pixels_is_refused(
    settings: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(H3AEError, match=message):
        parse_config(settings | changes, "test")

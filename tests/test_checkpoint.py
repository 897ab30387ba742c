"""Checkpoints come back as they were, and bad ones are refused in one line."""

from __future__ import annotations

import json
import logging
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from h3ae_mobile import checkpoint
from h3ae_mobile.checkpoint import (
    CONFIG_KEY,
    PROVENANCE_KEY,
    list_models,
    load_checkpoint,
    load_model,
    save_checkpoint,
)
from h3ae_mobile.config import PRESETS
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from tests.models.tiny import config, model
from tests.test_files import tiny_disk  # noqa: F401  (a fixture)


@pytest.fixture(scope="module")
def network() -> VideoAutoencoder:
    return model().float()


@pytest.fixture
def saved(tmp_path: Path, network: VideoAutoencoder) -> Path:
    path = tmp_path / "model.safetensors"
    save_checkpoint(path, network)
    return path


def rewrite(path: Path, *, metadata: dict[str, str] | None = None, **tensors: Any) -> Path:
    """Write the file again with other metadata or tensors; None removes a tensor."""
    whole = load_file(path) | tensors
    kept = {name: tensor for name, tensor in whole.items() if tensor is not None}
    save_file(
        kept, path, {CONFIG_KEY: config().model_dump_json()} if metadata is None else metadata
    )
    return path


def refused(path: Path) -> str:
    """The one line with which a file is refused."""
    with pytest.raises(H3AEError) as caught:
        load_checkpoint(path)
    line = str(caught.value)
    assert "\n" not in line
    assert str(path) in line
    assert len(line) < 600
    return line


def test_float32_comes_back_bit_for_bit(saved: Path, network: VideoAutoencoder) -> None:
    loaded = load_checkpoint(saved)
    assert loaded.model.config == network.config
    assert loaded.trained
    assert loaded.source == str(saved)
    assert not loaded.model.training
    for name, tensor in network.state_dict().items():
        assert torch.equal(loaded.model.state_dict()[name], tensor)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_comes_back_as_float32(
    tmp_path: Path, network: VideoAutoencoder, dtype: torch.dtype
) -> None:
    path = tmp_path / "half.safetensors"
    save_checkpoint(path, network, dtype=dtype)
    state = load_checkpoint(path).model.state_dict()
    for name, tensor in network.state_dict().items():
        assert state[name].dtype == torch.float32
        assert torch.equal(state[name], tensor.to(dtype).float())


def test_half_precision_halves_the_file(
    tmp_path: Path, saved: Path, network: VideoAutoencoder
) -> None:
    path = tmp_path / "half.safetensors"
    save_checkpoint(path, network, dtype=torch.float16)
    assert path.stat().st_size < 0.7 * saved.stat().st_size


def test_statistics_and_provenance_come_back(tmp_path: Path, network: VideoAutoencoder) -> None:
    path = tmp_path / "model.safetensors"
    provenance = {"steps": 1823, "psnr_db": 28.1, "data": ["a", "b"]}
    save_checkpoint(path, network, provenance=provenance)
    loaded = load_checkpoint(path)
    assert loaded.provenance == provenance
    assert torch.equal(loaded.model.latent_mean, network.latent_mean)
    assert torch.equal(loaded.model.latent_std, network.latent_std)


def test_the_loaded_network_computes_the_same(saved: Path, network: VideoAutoencoder) -> None:
    video = torch.randn(1, 3, 9, 32, 32)
    loaded = load_checkpoint(saved).model
    with torch.no_grad():
        assert torch.equal(loaded.encode(video).mean, network.encode(video).mean)


def test_saving_replaces_the_old_file_and_leaves_nothing_else(
    saved: Path, network: VideoAutoencoder
) -> None:
    save_checkpoint(saved, network, dtype=torch.float16)
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "there is no checkpoint" in refused(tmp_path / "none.safetensors")


def test_a_directory_is_no_checkpoint(tmp_path: Path) -> None:
    assert "there is no checkpoint" in refused(tmp_path)


@pytest.mark.parametrize("kept", [0, 4, 8, 100, 0.5, 0.99])
def test_a_truncated_file_is_refused(saved: Path, kept: float) -> None:
    content = saved.read_bytes()
    saved.write_bytes(content[: int(kept * len(content)) if isinstance(kept, float) else kept])
    assert "not a readable safetensors file" in refused(saved)


@pytest.mark.parametrize(
    "content", [b"not a checkpoint at all", bytes(4096), b"\xff" * 4096, b"PK\x03\x04" * 100]
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    assert "not a readable safetensors file" in refused(path)


def test_no_pickle_is_ever_loaded(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "sprung",)

    path = tmp_path / "model.safetensors"
    path.write_bytes(pickle.dumps(Trap()))
    assert "not a readable safetensors file" in refused(path)
    torch.save({"a": Trap()}, path)
    assert "not a readable safetensors file" in refused(path)
    assert not (tmp_path / "sprung").exists()


def test_a_file_without_a_configuration_is_refused(saved: Path) -> None:
    assert "does not carry an H3AE configuration" in refused(rewrite(saved, metadata={}))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "null",
        "{}",
        '{"name": 3}',
        '{"name":"x","stages":[],"z":1}',
        "[" * 9999,
    ],
)
def test_an_impossible_configuration_is_refused(saved: Path, text: str) -> None:
    rewrite(saved, metadata={CONFIG_KEY: text})
    assert "carries a configuration that is not valid" in refused(saved)


def test_an_absurd_configuration_is_refused_at_once(saved: Path) -> None:
    fields = json.loads(config().model_dump_json())
    fields["stages"] = [fields["stages"][-1] | {"width": 8192, "blocks": 64}] * 12
    rewrite(saved, metadata={CONFIG_KEY: json.dumps(fields)})
    assert "does not fit its configuration" in refused(saved)


@pytest.mark.parametrize("text", ["no json", "[1]", "3", "null", "[" * 9999])
def test_unreadable_provenance_is_refused(saved: Path, text: str) -> None:
    rewrite(saved, metadata={CONFIG_KEY: config().model_dump_json(), PROVENANCE_KEY: text})
    assert "provenance" in refused(saved)


def test_a_licence_that_no_bundle_holds_is_refused(
    tmp_path: Path, network: VideoAutoencoder
) -> None:
    path = tmp_path / "model.safetensors"
    save_checkpoint(path, network, provenance={"licence": "x" * 1001})
    assert "a licence of more than 1000 characters" in refused(path)


def test_a_wrong_tensor_is_named(saved: Path) -> None:
    line = refused(rewrite(saved, latent_mean=torch.zeros(7)))
    assert "'latent_mean' is (7,), wanted (3,)" in line


def test_a_missing_tensor_is_named(saved: Path) -> None:
    assert "'latent_std' is missing, wanted (3,)" in refused(rewrite(saved, latent_std=None))


def test_a_tensor_too_many_is_named(saved: Path) -> None:
    assert "'extra' is (2,), wanted none" in refused(rewrite(saved, extra=torch.zeros(2)))


def test_the_first_wrong_tensor_by_name_is_reported(saved: Path) -> None:
    extra = {f"x{index}": torch.zeros(1) for index in range(50)}
    assert "'x0'" in refused(rewrite(saved, **extra))


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_refused(saved: Path, bad: float) -> None:
    line = refused(rewrite(saved, latent_mean=torch.tensor([0.0, bad, 0.0])))
    assert "not finite in tensor 'latent_mean'" in line


@pytest.mark.parametrize("bad", [0.0, -1.0])
def test_deviations_that_are_not_positive_are_refused(saved: Path, bad: float) -> None:
    line = refused(rewrite(saved, latent_std=torch.tensor([1.0, bad, 1.0])))
    assert "'latent_std'" in line


def test_a_full_disk_keeps_the_old_checkpoint(
    tiny_disk: Path,  # noqa: F811
    network: VideoAutoencoder,
) -> None:
    path = tiny_disk / "model.safetensors"
    path.write_bytes(b"old")
    with pytest.raises(H3AEError, match="cannot write") as caught:
        save_checkpoint(path, network)
    assert "No space left" in str(caught.value)
    assert path.read_bytes() == b"old"
    assert [each.name for each in tiny_disk.iterdir()] == [path.name]


def test_an_interrupt_keeps_the_old_checkpoint(
    saved: Path, network: VideoAutoencoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.read_bytes()

    def interrupted(tensors: object, path: Path, metadata: object) -> None:
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "save_file", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_checkpoint(saved, network)
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_models_are_loaded_by_path_or_name(saved: Path) -> None:
    assert load_model(saved).source == str(saved)
    assert load_model(str(saved)).trained
    assert list_models() == list(PRESETS)


def test_a_path_that_does_not_exist_is_no_model_name(tmp_path: Path) -> None:
    with pytest.raises(H3AEError, match="there is no checkpoint"):
        load_model(tmp_path / "none.safetensors")


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(H3AEError, match="no model 'h3-8x32x32'") as caught:
        load_model("h3-8x32x32")
    assert "h3ae-8x32x32" in str(caught.value)
    assert ".safetensors" in str(caught.value)


def test_weights_that_are_not_public_are_random_and_said_to_be(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PRESETS, "tiny", config())
    with caplog.at_level(logging.WARNING):
        one, same, other = (load_model("tiny", seed=seed) for seed in (1, 1, 2))
    assert not one.trained
    assert "random" in caplog.text
    weights = [loaded.model.decoder.from_latent.conv.weight for loaded in (one, same, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])

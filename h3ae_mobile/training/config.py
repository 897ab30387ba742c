"""Typed configuration of a training run, read from TOML."""

from __future__ import annotations

import difflib
import os
import sys
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from h3ae_mobile.config import PRESETS, AutoencoderConfig
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.training.precision import Precision
from h3ae_mobile.training.reconstruction import Reconstruction

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover
    import tomli as tomllib


class _Strict(BaseModel):
    # Infinities say nothing useful, and the JSON inside a run's state cannot hold them.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Beta = Annotated[float, Field(ge=0, lt=1)]


def default_cache() -> Path:
    """Folder of decoded frames: $H3AE_CACHE, or the user's cache directory."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("H3AE_CACHE") or Path(base) / "h3ae-mobile")


class SourceConfig(_Strict):
    """A folder of video files or of photographs, and how often samples come from it."""

    path: Path
    kind: Literal["clips", "photos"] = "clips"
    weight: float = Field(default=1.0, gt=0)


class BatchShape(_Strict):
    """A batch of `batch` clips a process, `frames` long and `size` square.

    It takes part in the span [start, end) of the run (fractions) with probability proportional
    to `weight` among those that do.
    """

    frames: int = Field(ge=1)
    size: int = Field(ge=1)
    batch: int = Field(ge=1)
    weight: float = Field(default=1.0, gt=0)
    start: float = Field(default=0.0, ge=0, lt=1)
    end: float = Field(default=1.0, gt=0, le=1)


class DataConfig(_Strict):
    """Where the clips come from and how they are cut.

    Attributes
    ----------
    short_side : int
        Cached frames are scaled down to this shorter side; none is scaled up.
    scale : tuple of float
        Range of the random factor by which a crop is scaled down.
    max_pace : int
        A clip plays at 1, 2, ... up to this many times its speed.
    pan, zoom : float
        Photographs: standard deviation of the pan in pixels a frame, of the log zoom a frame.
    """

    sources: tuple[SourceConfig, ...] = Field(min_length=1)
    shapes: tuple[BatchShape, ...] = Field(min_length=1)
    cache: Path = Field(default_factory=default_cache)
    short_side: int = Field(default=512, ge=16)
    scale: tuple[float, float] = (1.0, 2.0)
    flip: float = Field(default=0.5, ge=0, le=1)
    reverse: float = Field(default=0.0, ge=0, le=1)
    max_pace: int = Field(default=1, ge=1, le=8)
    pan: float = Field(default=1.0, ge=0)
    zoom: float = Field(default=0.003, ge=0)
    workers: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _spans_cover_the_run(self) -> DataConfig:
        reached = 0.0
        for shape in sorted(self.shapes, key=lambda shape: shape.start):
            if shape.start >= shape.end:
                raise ValueError(
                    f"a batch shape cannot take part from {shape.start} to {shape.end}"
                )
            if shape.start > reached:
                break
            reached = max(reached, shape.end)
        if reached < 1:
            raise ValueError(
                f"no batch shape takes part in the run after {reached}: "
                "the spans [start, end) of data.shapes must cover 0 to 1"
            )
        return self


class ObjectiveConfig(_Strict):
    """Weights of the losses (Eq. 2, Eq. 3, Tab. 5, Tab. 10); a weight of 0 leaves one out.

    Attributes
    ----------
    reconstruction : {"l1", "l2", "log"}
        L1 as in the paper, the mean square, or its logarithm a sample (see `reconstruction`).
    kl : float
        Lambda of Eq. 2, on the KL divergence averaged over latent elements.
    omni : float
        Probability p of Eq. 1 that a sample is decoded with its first frame's features.
    latent_consistency, pixel_consistency : float
        Weights in the last phase (`ScheduleConfig.final`); Eq. 3 is averaged over elements.
    lpips_weights : path
        TorchScript-free safetensors of LPIPS; needed where `lpips` > 0.
    """

    reconstruction: Reconstruction = "l1"
    kl: float = Field(default=1e-6, ge=0)
    omni: float = Field(default=0.5, ge=0, le=1)
    latent_consistency: float = Field(default=0.0, ge=0)
    pixel_consistency: float = Field(default=0.0, ge=0)
    lpips: float = Field(default=0.0, ge=0)
    lpips_weights: Path | None = None
    gan: float = Field(default=0.0, ge=0)
    dwt: float = Field(default=0.0, ge=0)


class OptimiserConfig(_Strict):
    """AdamW of Sec. 4, or Muon for the weight matrices with AdamW for all else."""

    name: Literal["adamw", "muon"] = "adamw"
    learning_rate: float = Field(default=1e-4, gt=0)
    matrix_learning_rate: float = Field(default=1e-3, gt=0)
    betas: tuple[Beta, Beta] = (0.9, 0.999)
    weight_decay: float = Field(default=0.0, ge=0)
    clip: float = Field(default=1.0, gt=0)
    ema: float = Field(default=0.999, ge=0, lt=1)


class ScheduleConfig(_Strict):
    """Warm-up, a constant or cosine plateau, and the last phase of Sec. 4.

    Attributes
    ----------
    final : float
        Fraction of the run that is the last phase: lower rate and consistency losses.
    final_rate : float
        Factor on the learning rate there (the paper: 1e-5 after 1e-4), or at its end.
    final_shape : {"step", "linear"}
        Whether the rate falls at once, as in the paper, or linearly over the last phase.
    """

    steps: int = Field(ge=1)
    warmup: int = Field(default=0, ge=0)
    shape: Literal["constant", "cosine"] = "constant"
    floor: float = Field(default=0.1, ge=0, le=1)
    final: float = Field(default=0.125, ge=0, lt=1)
    final_rate: float = Field(default=0.1, gt=0, le=1)
    final_shape: Literal["step", "linear"] = "step"


class TrainConfig(_Strict):
    """Everything that determines a run.

    Attributes
    ----------
    model : str or AutoencoderConfig
        A preset's name, or a configuration written out.
    start : {"random", "pca"}, path or name
        Random weights, the linear principal-component start, or a checkpoint to fine-tune; those
        in the package go by the name of their model.
    frozen_stages : int
        Outer stages on each side that stand still while the inner ones learn to code their
        features (see `inner`).
    precision : {"no", "bf16", "auto"}
        float32, mixed, or mixed where the machine computes in bfloat16 (see `precision`).
    accumulate : int
        Batches a step, one after the other.
    """

    model: AutoencoderConfig
    data: DataConfig
    schedule: ScheduleConfig
    objective: ObjectiveConfig = ObjectiveConfig()
    optimiser: OptimiserConfig = OptimiserConfig()
    start: Literal["random", "pca"] | Path = "random"
    frozen_stages: int = Field(default=0, ge=0)
    seed: int = Field(default=0, ge=0)
    precision: Precision = "no"
    accumulate: int = Field(default=1, ge=1)
    activation_checkpointing: bool = False
    compile: bool = False
    threads: int | None = Field(default=None, ge=1)
    save_every: int = Field(default=500, ge=1)
    evaluate_every: int = Field(default=0, ge=0)
    evaluate_on: Path | None = None
    log_every: int = Field(default=10, ge=1)

    @field_validator("model", mode="before")
    @classmethod
    def _named_model(cls, model: Any) -> Any:
        if not isinstance(model, str):
            return model
        if model not in PRESETS:
            raise ValueError(
                f"there is no model {model!r}; choose one of {', '.join(PRESETS)}, "
                "or write a network out in the table [model]"
            )
        return PRESETS[model]

    @model_validator(mode="after")
    def _shapes_fit(self) -> TrainConfig:
        time, space = self.model.compression[:2]
        for shape in self.data.shapes:
            if (shape.frames - 1) % time or shape.size % space:
                raise ValueError(
                    f"a batch shape of {shape.frames} frames of {shape.size} does not fit "
                    f"{self.model.name}: frames are 1 + {time}k, sizes multiples of {space}"
                )
        return self

    @model_validator(mode="after")
    def _frozen_stages_leave_some(self) -> TrainConfig:
        objective = self.objective
        if self.frozen_stages >= len(self.model.stages):
            raise ValueError(
                f"frozen_stages = {self.frozen_stages} leaves none of the "
                f"{len(self.model.stages)} stages of {self.model.name} to train"
            )
        on_pixels = ("latent_consistency", "pixel_consistency", "lpips", "gan", "dwt")
        wrong = [name for name in on_pixels if getattr(objective, name)]
        if self.frozen_stages and (wrong or objective.reconstruction == "l1"):
            raise ValueError(
                "with frozen_stages the loss is taken on features: set objective.reconstruction "
                f'to "l2" or "log"{" and leave out " + ", ".join(wrong) if wrong else ""}'
            )
        return self


def load_config(path: Path) -> dict[str, Any]:
    """Read the tables of a TOML file.

    Raises
    ------
    H3AEError
        If the file is missing or no TOML.
    """
    if not path.is_file():
        raise H3AEError(
            f"there is no configuration {path}",
            f"give a TOML file or one of the presets {', '.join(list_presets())}",
        )
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise H3AEError(f"{path} is not valid TOML: {error}") from None


def parse_config(data: dict[str, Any], origin: str) -> TrainConfig:
    """Check a configuration; `origin` names it in errors.

    Raises
    ------
    H3AEError
        One line that names the first field at fault; a misspelt one comes with near matches.
    """
    try:
        return TrainConfig.model_validate(data)
    except ValidationError as error:
        raise H3AEError(f"{origin}: {_explain(error)}") from None


def list_presets() -> list[str]:
    """Names of the configurations inside the package."""
    folder = files("h3ae_mobile.training") / "presets"
    return sorted(
        entry.name.removesuffix(".toml")
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    )


def load_preset(name: str) -> dict[str, Any]:
    """Read the tables of a configuration inside the package."""
    file = files("h3ae_mobile.training") / "presets" / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _explain(error: ValidationError) -> str:
    # A misspelt field is often a required one, which is then missing too: the former says more.
    first = min(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")
    where = ".".join(str(part) for part in first["loc"]) or "the configuration"
    more = f" (and {len(error.errors()) - 1} more)" if len(error.errors()) > 1 else ""
    if first["type"] != "extra_forbidden":
        return f"{where}: {first['msg'].removeprefix('Value error, ')}{more}"
    known = _fields_at(TrainConfig, first["loc"][:-1])
    near = difflib.get_close_matches(str(first["loc"][-1]), known, n=2)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(known)}"
    return f"{where} is no known field; {hint}{more}"


def _fields_at(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """Return the field names of the model that `path` leads to."""
    for part in path:
        if isinstance(part, int):
            continue
        annotation = model.model_fields[part].annotation
        candidates = [annotation, *getattr(annotation, "__args__", ())]
        nested = [c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)]
        if nested:
            model = nested[0]
    return list(model.model_fields)

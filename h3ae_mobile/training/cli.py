"""`h3ae train`: train or fine-tune an autoencoder from a configuration file or a preset."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from h3ae_mobile import commandline as cl
from h3ae_mobile.errors import MissingExtraError
from h3ae_mobile.training.config import list_presets, load_config, load_preset, parse_config

log = logging.getLogger(__name__)


def train(
    config: Annotated[str, typer.Argument(help="A TOML file, or a preset's name.")],
    out: Annotated[
        Path, typer.Option("--out", help="Folder of the run; resumed if it holds one.")
    ] = Path("runs/train"),
    clips: Annotated[
        Path | None,
        typer.Option("--clips", help="Folder of video files, instead of the configured one."),
    ] = None,
    photos: Annotated[
        Path | None,
        typer.Option("--photos", help="Folder of photographs, instead of the configured one."),
    ] = None,
    held_out: Annotated[
        Path | None, typer.Option("--held-out", help="Folder of clips to score during the run.")
    ] = None,
    steps: Annotated[int | None, typer.Option("--steps", min=1, help="Length of the run.")] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Instead of the configured one.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start anew, not resume.")] = False,
    as_json: cl.Json = False,
) -> None:
    """Train or fine-tune an autoencoder; the same command resumes after a kill.

    Presets: demo, demo-finetune, smoke, evidence, h3ae-4x16x16, h3ae-8x32x32, h3ae-8x64x64.
    Several GPUs or nodes: start it with `accelerate launch -m h3ae_mobile.cli train ...`.
    """
    data = read_config_data(config)
    if config in list_presets() and (clips or photos):
        leave_out_absent(data["data"]["sources"], {"clips": clips, "photos": photos})
    override(data, clips=clips, photos=photos, held_out=held_out, steps=steps, seed=seed)
    parsed = parse_config(data, config)
    if find_spec("accelerate") is None:
        raise MissingExtraError("accelerate", "train", "training")
    from h3ae_mobile.training.progress import Progress
    from h3ae_mobile.training.trainer import Trainer

    trainer = Trainer(parsed, out, fresh=fresh)
    main = trainer.accelerator.is_main_process
    with Progress(parsed.schedule.steps, trainer.done, visible=main) as progress:
        path = trainer.run(progress)
    if not main:
        return
    if as_json:
        cl.print_json({"output": path, "steps": trainer.done, **trainer.last_scores()})
    else:
        cl.say(f"{path}")


def read_config_data(name: str) -> dict[str, Any]:
    """Return the tables of a preset or of a file."""
    if name in list_presets():
        return load_preset(name)
    return load_config(Path(name))


def leave_out_absent(sources: list[dict[str, Any]], given: dict[str, Path | None]) -> None:
    """Do without a preset's own folder of a kind that was not given, where there is none."""
    for source in list(sources):
        kind, folder = source["kind"], source["path"]
        if given[kind] is None and not Path(folder).is_dir():
            sources.remove(source)
            log.warning("training without %s: no --%s, and no folder %s", kind, kind, folder)


def override(
    data: dict[str, Any],
    *,
    clips: Path | None,
    photos: Path | None,
    held_out: Path | None,
    steps: int | None,
    seed: int | None,
) -> None:
    """Let command-line options replace what the file says, in place."""
    given = {"clips": clips, "photos": photos}
    section = data.setdefault("data", {})
    sources = section.setdefault("sources", [])
    for kind, folder in given.items():
        if folder is not None:
            weight = sum(s.get("weight", 1.0) for s in sources if s.get("kind", "clips") == kind)
            sources[:] = [s for s in sources if s.get("kind", "clips") != kind]
            sources.append({"path": str(folder), "kind": kind, "weight": weight or 1.0})
    if held_out is not None:
        data["evaluate_on"] = str(held_out)
    if steps is not None:
        data.setdefault("schedule", {})["steps"] = steps
    if seed is not None:
        data["seed"] = seed

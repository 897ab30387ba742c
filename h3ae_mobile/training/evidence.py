"""The paper's comparisons on a reduced model: same data, seed and budget, one change each.

    python -m h3ae_mobile.training.evidence --clips FOLDER --photos FOLDER --held-out FOLDER

Every run is a folder of its own that resumes, every finished one a row that is not computed
again. `results.json` and `table.md` are rewritten after each.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any

import typer

from h3ae_mobile import commandline as cl
from h3ae_mobile.checkpoint import load_checkpoint
from h3ae_mobile.codec import TorchCodec
from h3ae_mobile.evaluation.fingerprint import fingerprint, identify
from h3ae_mobile.evaluation.protocol import Protocol, evaluate, summarise
from h3ae_mobile.evaluation.shard import Shard
from h3ae_mobile.files import atomic_file
from h3ae_mobile.frames import FrameLaw
from h3ae_mobile.training.cache import list_media
from h3ae_mobile.training.cli import override
from h3ae_mobile.training.config import load_preset, parse_config
from h3ae_mobile.training.progress import Progress
from h3ae_mobile.training.trainer import Trainer

Row = dict[str, Any]

BASE, RANDOM = "base", "random"
# What a variant changes in the preset: a path in its tables, and the value there.
VARIANTS: dict[str, dict[tuple[str | int, ...], Any]] = {
    BASE: {},
    "plain": {("objective", "omni"): 0.0},
    "consistency": {("objective", "latent_consistency"): 1e-3},
    "no-attention": {("model", "stages", -1, "kind"): "spatiotemporal"},
    RANDOM: {("start",): "random"},
    "interpolation": {("model", "upsample"): "interpolation", ("start",): "random"},
}
# Interpolation has no principal-component start, so it is held against a random one.
REFERENCE = {name: RANDOM if name == "interpolation" else BASE for name in VARIANTS}
MEANING = {
    BASE: "omni (p = 0.5), attention, pixel shuffle, no consistency loss",
    "plain": "first frame never seen (p = 0)",
    "consistency": "latent consistency loss (Eq. 3) in the last quarter",
    "no-attention": "convolutions at the bottleneck",
    RANDOM: "the base from random weights",
    "interpolation": "random start, nearest interpolation in place of pixel shuffle",
}
SIZE, FRAMES = 256, 17
SCORES = ("psnr_db", "psnr_i2v_db", "ssim", "ssim_i2v")


def variant_tables(name: str, base: dict[str, Any]) -> dict[str, Any]:
    """Return the preset's tables with a variant's changes."""
    tables = copy.deepcopy(base)
    for (*path, last), value in VARIANTS[name].items():
        table: Any = tables
        for part in path:
            table = table[part]
        table[last] = value
    return tables


def run_variant(name: str, tables: dict[str, Any], held_out: Path, out: Path) -> Row:
    """Train and score one variant in the folder `out`, or return what it gave before.

    What it gave counts for the same configuration, clips and protocol alone.
    """
    config = parse_config(variant_tables(name, tables), f"variant {name}")
    paths = list_media(held_out, "clips")
    identity = fingerprint(config.model_dump(mode="json"), *map(identify, paths), SIZE, FRAMES)
    finished = out / f"row-{identity}.json"
    if finished.is_file():
        row: Row = json.loads(finished.read_text())
        return row
    trainer = Trainer(config, out)
    with Progress(config.schedule.steps, trainer.done) as progress:
        checkpoint = trainer.run(progress)
    loaded = load_checkpoint(checkpoint)
    law = FrameLaw(config.model.compression[0])
    rows = evaluate(
        TorchCodec(loaded), paths, ["plain", "i2v"],
        Protocol(FRAMES, (SIZE, SIZE), "resize"), law, out / "rows", identity,
        shard=Shard(),
    )  # fmt: skip
    means = summarise(rows)
    row = {
        "variant": name,
        "seed": config.seed,
        "steps": config.schedule.steps,
        "parameters": sum(parameter.numel() for parameter in loaded.model.parameters()),
        "psnr_db": means["plain"]["psnr_db"],
        "psnr_i2v_db": means["i2v"]["psnr_db"],
        "ssim": means["plain"]["ssim"],
        "ssim_i2v": means["i2v"]["ssim"],
    }
    with atomic_file(finished) as temporary:
        temporary.write_text(json.dumps(row, indent=2) + "\n")
    return row


def table(rows: Sequence[Row]) -> str:
    """Return Markdown: means over seeds, and in brackets the difference to the reference.

    Only seeds of which the reference has a row count, so that every difference is one of pairs;
    after it stand the least and the greatest of any seed.
    """
    lines = [
        "| variant | parameters | seeds | PSNR / dB | I2V PSNR / dB | SSIM | I2V SSIM |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name in VARIANTS:
        bases = {row["seed"]: row for row in rows if row["variant"] == REFERENCE[name]}
        group = [row for row in rows if row["variant"] == name and row["seed"] in bases]
        if not group:
            continue
        cells = [f"{name}: {MEANING[name]}", f"{group[0]['parameters']:,}", str(len(group))]
        for score in SCORES:
            digits = 2 if score.startswith("psnr") else 4
            mean = fmean(row[score] for row in group)
            changes = [row[score] - bases[row["seed"]][score] for row in group]
            shown = [f"{x:+.{digits}f}" for x in (fmean(changes), min(changes), max(changes))]
            seeds = f"; {shown[1]} to {shown[2]}" if len(group) > 1 else ""
            change = "" if name == BASE else f" ({shown[0]}{seeds})"
            cells.append(f"{mean:.{digits}f}{change}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


app = typer.Typer(add_completion=False)


@app.command()
def compare(
    clips: Annotated[Path, typer.Option("--clips", help="Folder of training clips.")],
    photos: Annotated[Path, typer.Option("--photos", help="Folder of training photographs.")],
    held_out: Annotated[Path, typer.Option("--held-out", help="Folder of clips to score.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of runs; resumed.")] = Path(
        "runs/evidence"
    ),
    steps: Annotated[int | None, typer.Option("--steps", min=1, help="Of every run.")] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Runs of every variant.")] = 1,
    threads: Annotated[int | None, typer.Option("--threads", min=1)] = None,
    as_json: cl.Json = False,
) -> None:
    """Train every variant with every seed, score it on held-out clips, write one table."""
    rows = []
    for seed in range(seeds):
        for name in VARIANTS:
            tables = load_preset("evidence")
            override(tables, clips=clips, photos=photos, held_out=None, steps=steps, seed=seed)
            tables["threads"] = threads
            folder = out / f"{name}-{seed}-{tables['schedule']['steps']}"
            rows.append(run_variant(name, tables, held_out, folder))
            for file, text in (
                ("results.json", json.dumps(rows, indent=2) + "\n"),
                ("table.md", table(rows)),
            ):
                with atomic_file(out / file) as temporary:
                    temporary.write_text(text)
    if as_json:
        cl.print_json({"output": out / "results.json", "rows": rows})
    else:
        cl.say(table(rows))


if __name__ == "__main__":
    cl.run(app)

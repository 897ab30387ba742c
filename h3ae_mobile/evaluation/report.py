"""Evaluation results as a table, a plot and JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from h3ae_mobile.errors import MissingExtraError
from h3ae_mobile.evaluation.protocol import FEATURES, Row, score_names
from h3ae_mobile.files import atomic_file

TITLES = {
    "psnr_db": "PSNR / dB", "ssim": "SSIM", "vmaf": "VMAF", "lpips": "LPIPS",
    "flolpips": "FloLPIPS", "rfvd": "rFVD",
}  # fmt: skip
DIGITS = {"psnr_db": 2, "vmaf": 1, "rfvd": 1}


def table(rows: Sequence[Row], summary: dict[str, Row]) -> Table:
    """Return one line a clip and mode, and the means."""
    names = [*score_names(rows), *(["rfvd"] if any("rfvd" in s for s in summary.values()) else [])]
    result = Table()
    for heading in ("clip", "mode", "frames"):
        result.add_column(heading)
    for name in names:
        result.add_column(TITLES.get(name, name), justify="right")
    for mode, mean in summary.items():
        for row in (row for row in rows if row["mode"] == mode):
            about = (row["clip"], mode, str(row["frames"]))
            result.add_row(*about, *(_shown(row, name) for name in names))
        about = (f"mean of {mean['clips']}", mode, str(mean["frames"]))
        result.add_row(*about, *(_shown(mean, n) for n in names), style="bold", end_section=True)
    return result


def write_json(rows: Sequence[Row], summary: dict[str, Row], about: Row, path: Path) -> Row:
    """Write and return everything; at the top stand the scores of the first mode."""
    document: dict[str, Any] = {
        **about,
        **{name: value for name, value in next(iter(summary.values())).items() if name != "clips"},
        "summary": summary,
        "clips": [{k: v for k, v in row.items() if k not in FEATURES} for row in rows],
        "output": str(path),
    }
    with atomic_file(path) as temporary:
        temporary.write_text(json.dumps(document, indent=2) + "\n")
    return document


def plot(rows: Sequence[Row], path: Path) -> None:
    """Draw the PSNR of every clip, one bar a mode."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("matplotlib", "evaluate", "the plot") from None
    clips = list(dict.fromkeys(row["clip"] for row in rows))
    modes = list(dict.fromkeys(row["mode"] for row in rows))
    figure = Figure(figsize=(max(5.0, 0.5 * len(clips) * len(modes)), 4), layout="constrained")
    axes = figure.subplots()
    width = 0.8 / len(modes)
    for number, mode in enumerate(modes):
        scores = {row["clip"]: row["psnr_db"] for row in rows if row["mode"] == mode}
        places = [clips.index(clip) + width * (number - (len(modes) - 1) / 2) for clip in scores]
        axes.bar(places, list(scores.values()), width, label=mode)
    axes.set_xticks(range(len(clips)), [Path(clip).stem for clip in clips], rotation=60, ha="right")
    axes.set_ylabel("PSNR / dB")
    axes.legend()
    with atomic_file(path) as temporary:
        figure.savefig(temporary, dpi=120)


def _shown(row: Row, name: str) -> str:
    value = row.get(name)
    return "" if value is None else f"{value:.{DIGITS.get(name, 4)}f}"

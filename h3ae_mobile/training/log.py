"""The run's diary: one CSV row a logged step, and a plot of it."""

from __future__ import annotations

import csv
from pathlib import Path

from h3ae_mobile.errors import MissingExtraError
from h3ae_mobile.files import atomic_file
from h3ae_mobile.training.reconstruction import RECONSTRUCTIONS

Row = dict[str, float]


class RunLog:
    """Appends rows to ``metrics.csv``.

    A run resumed at the step `done` first drops the rows beyond it; a new one drops all.
    """

    def __init__(self, path: Path, done: int | None) -> None:
        self.path = path
        self.rows = [] if done is None else [row for row in read_rows(path) if row["step"] <= done]
        self._columns = list(dict.fromkeys(name for row in self.rows for name in row))
        if self.rows:
            self._rewrite()
        else:
            path.unlink(missing_ok=True)

    def add(self, row: Row) -> None:
        """Write one row through to the disk."""
        self.rows.append(row)
        fresh = [name for name in row if name not in self._columns]
        if fresh:
            self._columns += fresh
            self._rewrite()
            return
        with self.path.open("a", newline="") as file:
            csv.DictWriter(file, self._columns).writerow(row)

    def _rewrite(self) -> None:
        with atomic_file(self.path) as temporary, temporary.open("w", newline="") as file:
            writer = csv.DictWriter(file, self._columns)
            writer.writeheader()
            writer.writerows(self.rows)


def read_rows(path: Path) -> list[Row]:
    """Read ``metrics.csv``; a row that a kill cut short is left out."""
    if not path.is_file():
        return []
    rows = []
    with path.open(newline="") as file:
        for raw in csv.DictReader(file):
            try:
                rows.append({name: float(value) for name, value in raw.items() if value})
            except (TypeError, ValueError):
                continue
    return [row for row in rows if "step" in row]


def plot(rows: list[Row], path: Path) -> None:
    """Draw the reconstruction loss and, where measured, the held-out PSNR over the steps."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("matplotlib", "train", "the loss plot") from None
    figure = Figure(figsize=(9, 4.5), layout="constrained")
    left = figure.subplots()
    for kind in RECONSTRUCTIONS:
        points = [(row["step"], row[kind]) for row in rows if kind in row]
        if points:
            steps, losses = zip(*points, strict=True)
            left.plot(steps, losses, lw=0.5, alpha=0.4, color="tab:blue")
            left.plot(steps, _smooth(losses), color="tab:blue", label=kind)
    left.set(xlabel="step", ylabel="reconstruction loss (smoothed)")
    right = left.twinx()
    for name, style in (("psnr_db", "o-"), ("psnr_i2v_db", "s--")):
        scores = [(row["step"], row[name]) for row in rows if name in row]
        if scores:
            right.plot(*zip(*scores, strict=True), style, ms=3, color="tab:orange", label=name)
    right.set_ylabel("held-out PSNR / dB")
    handles = [*left.get_legend_handles_labels()[0], *right.get_legend_handles_labels()[0]]
    if handles:
        left.legend(handles=handles, loc="best")
    with atomic_file(path) as temporary:
        figure.savefig(temporary, dpi=120)


def _smooth(values: tuple[float, ...], weight: float = 0.95) -> list[float]:
    smoothed, mean, norm = [], 0.0, 0.0
    for value in values:
        mean, norm = weight * mean + (1 - weight) * value, weight * norm + 1 - weight
        smoothed.append(mean / norm)
    return smoothed

"""Re-checks a bundle anywhere: format, hashes, and the golden frames in every engine at hand."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from h3ae_mobile.bundle import (
    Bundle,
    BundleError,
    GoldenResult,
    compare,
    load_golden,
    unpack,
)
from h3ae_mobile.decoder import VideoDecoder
from h3ae_mobile.errors import H3AEError

Progress = Callable[[str], None]


@dataclass
class Verification:
    """Outcome of `verify_bundle`.

    Attributes
    ----------
    name : str
        Of the bundle.
    files : int
        Whose hashes agree.
    results : dict
        Target and precision to the comparison with the golden frames.
    not_run : dict
        Target and precision to the reason why nothing here runs it.
    failures : list of str
        One line each.
    """

    name: str
    files: int
    results: dict[str, GoldenResult] = field(default_factory=dict)
    not_run: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            "bundle": self.name,
            "files": self.files,
            "golden": {
                key: {"max_abs": one.max_abs, "psnr_db": one.psnr_db}
                for key, one in self.results.items()
            },
            "not_run": self.not_run,
            "failures": self.failures,
        }

    def table(self) -> Table:
        """Return a table of what was run."""
        table = Table(title=f"{self.name}: {self.files} files intact", title_justify="left")
        table.add_column("artifact")
        table.add_column("golden dB", justify="right")
        table.add_column("max abs", justify="right")
        for key, one in self.results.items():
            table.add_row(key, f"{one.psnr_db:.1f}", f"{one.max_abs:.1e}")
        for key, reason in self.not_run.items():
            table.add_row(key, "not run", reason)
        return table


def verify_bundle(path: Path, progress: Progress) -> Verification:
    """Verify a bundle directory, or a packed one after unpacking it to a temporary folder.

    Raises
    ------
    BundleError
        If the format or a hash is wrong: one line that says what.
    """
    if path.is_file():
        with tempfile.TemporaryDirectory() as folder:
            return verify_bundle(unpack(path, Path(folder)).root, progress)
    progress("reading manifest and hashes")
    bundle = Bundle.open(path, verify="full")
    manifest = bundle.manifest
    files = {artifact.file for artifact in manifest.artifacts}
    files |= {tensor.file for tensor in manifest.golden_files}
    result = Verification(manifest.name, len(files))
    if not manifest.golden_files:
        result.not_run["all"] = "the bundle holds no golden vectors"
        return result
    _decode_golden(bundle, "", result, progress)
    for size in manifest.sizes:
        _decode_golden(
            bundle.at(size.height, size.width), f", {size.height} x {size.width}", result, progress
        )
    return result


def _decode_golden(bundle: Bundle, label: str, result: Verification, progress: Progress) -> None:
    """Decode the golden latents of one size with everything here that can."""
    manifest = bundle.manifest
    if manifest.golden is None:
        return
    golden = load_golden(bundle)
    for target, backend, precision in dict.fromkeys(
        (one.target, one.backend, one.precision) for one in manifest.artifacts
    ):
        key = f"{target} ({backend}) {precision}{label}"
        progress(f"decoding the golden latents with {key}")
        try:
            with VideoDecoder.open(
                bundle, target=target, backend=backend, precision=precision
            ) as decoder:
                frames = np.stack(list(decoder.frames(golden.latents)))
        except BundleError:
            raise
        except H3AEError as error:
            result.not_run[key] = str(error)
            continue
        outcome = compare(frames, golden)
        result.results[key] = outcome
        tolerance = manifest.golden.tolerance.get(precision)
        if tolerance is not None and not outcome.within(tolerance):
            result.failures.append(
                f"{key}: golden frames reach {outcome.psnr_db:.1f} dB and differ by up to "
                f"{outcome.max_abs:.2g}; {tolerance.psnr_db:g} dB and {tolerance.max_abs:g} "
                "are allowed"
            )

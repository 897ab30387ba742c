"""Fixtures for every test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def clips() -> Path:
    """The folder of real clips, which are not part of the project."""
    named = os.environ.get("H3AE_CLIPS")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "clips"
    if not folder.is_dir():
        pytest.skip(f"no real clips: {folder} is missing, set H3AE_CLIPS to a folder of mp4 files")
    return folder

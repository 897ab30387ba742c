"""Fixtures of the export tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from h3ae_export import cli
from h3ae_mobile.checkpoint import save_checkpoint
from tests.command import Run, runner
from tests.export import apple


@pytest.fixture
def export(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`h3ae-export`, called with arguments."""
    return runner("h3ae-export", cli.main, capsys, monkeypatch)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint whose model is exported in seconds; 4x8x8."""
    path = tmp_path_factory.mktemp("checkpoint") / "small.safetensors"
    save_checkpoint(path, apple.small_model())
    return path

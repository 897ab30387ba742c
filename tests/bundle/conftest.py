from __future__ import annotations

from pathlib import Path

import pytest

from h3ae_mobile.bundle import Bundle
from tests.bundle.tiny import write_tiny


@pytest.fixture
def tiny(tmp_path: Path) -> Bundle:
    """A whole, valid bundle."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return write_tiny(tmp_path / "tiny.h3ae", scratch)

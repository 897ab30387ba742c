from __future__ import annotations

import pytest

from h3ae_profiling import cli
from tests.command import Run, runner


@pytest.fixture
def profile(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`h3ae-profile`, called with arguments."""
    return runner("h3ae-profile", cli.main, capsys, monkeypatch)

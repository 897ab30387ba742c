from __future__ import annotations

import pytest

from tests.profiling.command import Run, runner


@pytest.fixture
def profile(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`h3ae-profile`, called with arguments."""
    return runner(capsys, monkeypatch)

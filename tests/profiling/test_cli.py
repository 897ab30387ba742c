"""The command line as a whole."""

from __future__ import annotations

import subprocess
import sys

import pytest

from h3ae_profiling import cli
from tests.command import Run, lost_help

COMMANDS = ("host", "android", "ios", "check", "compare", "predict", "report")


def test_no_command_prints_the_help(profile: Run) -> None:
    told = profile()
    assert told.code == 2
    for command in COMMANDS:
        assert command in told.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(profile: Run, command: str) -> None:
    told = profile(command, "--help")
    assert told.code == 0
    assert "--json" in told.out


def test_no_help_loses_words_to_markup() -> None:
    assert not lost_help(cli.app)


def test_the_help_names_defaults(profile: Run) -> None:
    told = " ".join(profile("host", "--help").out.split())
    assert "[BUNDLE:]TARGET[/PRECISION]" in told
    assert "(default: the best)" in told


def test_a_gate_waits_for_no_toolchain() -> None:
    code = (
        "import sys, h3ae_profiling.cli\n"
        "heavy = {'torch', 'psutil', 'jinja2', 'executorch', 'onnxruntime'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

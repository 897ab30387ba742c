"""The command line as a whole."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer
from rich.text import Text

from h3ae_profiling import cli
from tests.command import Run

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
    """What stands in square brackets would be a style, and vanish."""
    for name, command in typer.main.get_command(cli.app).commands.items():  # type: ignore[attr-defined]
        for parameter in command.params:
            text = getattr(parameter, "help", None) or ""
            shown = Text.from_markup(text).plain
            assert shown == text, f"{name} {parameter.opts}: {text}"
            assert " ." not in text


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

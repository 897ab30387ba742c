"""Run a command line in this process, as a shell would see it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import typer
from rich.text import Text


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Outcome]


def runner(
    name: str,
    main: Callable[[], object],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Return what runs `main` under the name `name`, with arguments."""
    monkeypatch.setenv("COLUMNS", "160")

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr("sys.argv", [name, *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        captured = capsys.readouterr()
        return Outcome(int(caught.value.code or 0), captured.out, captured.err)

    return run


def lost_help(app: typer.Typer) -> dict[str, str]:
    """Return the help texts of options that lose words in square brackets, taken for styles."""
    root: Any = typer.main.get_command(app)
    return {
        f"{command.name} {parameter.opts[0]}": parameter.help
        for command in (root, *getattr(root, "commands", {}).values())
        for parameter in command.params
        if (text := getattr(parameter, "help", None)) and Text.from_markup(text).plain != text
    }

"""What the three command lines share: flags, errors on one line, JSON on stdout."""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Annotated, Any, NoReturn, get_args

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.markup import escape
from typer.exceptions import Abort, Exit, TyperException

from h3ae_mobile.config import DEFAULT_MODEL
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.text import printable

USAGE = 2
INTERRUPTED = 130
_INTERRUPTED_LINE = "interrupted; nothing half-written is left"
DEBUG_VARIABLE = "H3AE_DEBUG"
_interrupted = Event()
MOST_FRAMES = 65_536  # what a bundle's format can tell
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

# Results go to stdout; whatever a person follows while waiting goes to stderr.
# Tables in a log keep their columns: there, the width of a terminal is nobody's.
_LOG_WIDTH = 160
out = Console(width=None if sys.stdout.isatty() else _LOG_WIDTH)
err = Console(stderr=True, width=None if sys.stderr.isatty() else _LOG_WIDTH)

Model = Annotated[
    str,
    typer.Option(
        "--model", help="A preset (see `h3ae info`) or the path of a .safetensors checkpoint."
    ),
]
Size = Annotated[
    str, typer.Option("--size", metavar="HxW", help="Height and width of the video, as 512x512.")
]
Frames = Annotated[
    int,
    typer.Option(
        "--frames", min=1, max=MOST_FRAMES, help="Frames of a clip: 1 + 8k (1 + 4k for 4x16x16)."
    ),
]
Seed = Annotated[
    int, typer.Option("--seed", min=0, max=2**32 - 1, help="Seed of everything random.")
]
Json = Annotated[
    bool, typer.Option("--json", help="Print the result as one JSON object on stdout.")
]

DEFAULT = DEFAULT_MODEL


def parse_size(text: str) -> tuple[int, int]:
    """Read `HxW`.

    Raises
    ------
    H3AEError
        If it is something else.
    """
    match = re.fullmatch(r"(\d{1,5})[xX](\d{1,5})", text.strip())
    if match is None:
        raise H3AEError(f"--size {text!r} is not HxW", "for instance --size 512x512")
    return int(match[1]), int(match[2])


def choose(flag: str, values: list[str], literal: Any) -> tuple[Any, ...]:
    """Check repeated values of a flag against a Literal; repetitions count once.

    Raises
    ------
    H3AEError
        If a value is none of them.
    """
    known = get_args(literal)
    for value in values:
        if value not in known:
            raise H3AEError(f"{flag} {value!r} is not known", f"choose of {', '.join(known)}")
    return tuple(dict.fromkeys(values))


def require_command(context: typer.Context) -> None:
    """Print the help and leave, where no subcommand was given."""
    if context.invoked_subcommand is None:
        say(context.get_help())
        raise Exit(USAGE)


def say(line: str) -> None:
    """Print a line of the result as it is: no colours, no wrapping of paths."""
    out.print(line, highlight=False, markup=False, soft_wrap=True)


def follow(line: str) -> None:
    """Tell on stderr what begins now, or stop here if an interrupt was lost on the way.

    Converters catch every exception in places, `KeyboardInterrupt` among them.
    """
    if _interrupted.is_set():
        raise KeyboardInterrupt
    err.print(printable(line), highlight=False, markup=False)


def print_json(result: dict[str, Any]) -> None:
    """Write one JSON object to stdout; numbers that JSON does not know become null."""
    sys.stdout.write(json.dumps(_finite(result), indent=2, default=_plain) + "\n")


def run(app: typer.Typer) -> NoReturn:
    """Run a command line: every failure is one line on stderr and a non-zero exit code."""
    logging.basicConfig(
        level=logging.WARNING,
        format="%(message)s",
        handlers=[RichHandler(console=err, show_time=False, show_path=False, markup=False)],
    )
    if not sys.warnoptions and not os.environ.get(DEBUG_VARIABLE):
        # Converters warn of their own innards, which a user can do nothing about.
        warnings.simplefilter("ignore")
    # A terminated export must clean up like an interrupted one.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    sys.exit(_guarded(lambda: app(standalone_mode=False)))


def _guarded(command: Callable[[], Any]) -> int:
    try:
        code = command()
        if code == INTERRUPTED:  # what typer makes of KeyboardInterrupt
            return _fail(_INTERRUPTED_LINE, INTERRUPTED)
        return code if isinstance(code, int) else 0
    except H3AEError as error:
        return _fail(str(error), error.exit_code)
    except TyperException as error:
        context = getattr(error, "ctx", None)
        command_path = Path(sys.argv[0]).name if context is None else context.command_path
        return _fail(f"{error.format_message()} (see `{command_path} --help`)", USAGE)
    except (KeyboardInterrupt, Abort):
        return _fail(_INTERRUPTED_LINE, INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output went away, as `head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if os.environ.get(DEBUG_VARIABLE):
            raise
        return _fail(_storage_line(error), 1)
    except Exception as error:
        if os.environ.get(DEBUG_VARIABLE):
            raise
        first = str(error).strip().splitlines() or [""]
        return _fail(
            f"unexpected {type(error).__name__}: {first[0]} "
            f"(set {DEBUG_VARIABLE}=1 for the traceback)",
            1,
        )


def _storage_line(error: OSError) -> str:
    """Say which file the system refused, and what helps where that is known."""
    place = f"{error.filename}: " if error.filename else ""
    advice = " (free some space, or choose another --out)" if error.errno in _FULL else ""
    return f"{place}{error.strerror or error}{advice}"


def _fail(message: str, code: int) -> int:
    line = printable(" ".join(message.split()))
    err.print(f"[bold red]error:[/] {escape(line)}", highlight=False, soft_wrap=True)
    return code


def _interrupt(number: int, frame: object) -> NoReturn:
    _interrupted.set()
    raise KeyboardInterrupt


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        return None
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} is not JSON")

"""The JSON Schema of the report; ``python -m h3ae_profiling.report.schema`` writes it anew.

It states every field, type and bound. What holds between fields is in the models' validators and
in `h3ae_profiling.report.rules`.
"""

from __future__ import annotations

from pathlib import Path

from h3ae_mobile.bundle.schema import schema_text
from h3ae_mobile.files import atomic_file
from h3ae_profiling.report.report import MAJOR, Report

SCHEMA_FILE = Path(__file__).with_name("report.schema.json")


def schema_json() -> str:
    """Return the schema as the file's text."""
    return schema_text(Report, f"urn:h3ae:profile-report:{MAJOR}")


def main() -> None:
    """Write the schema beside this module."""
    with atomic_file(SCHEMA_FILE) as temporary:
        temporary.write_text(schema_json(), encoding="utf-8")


if __name__ == "__main__":
    main()

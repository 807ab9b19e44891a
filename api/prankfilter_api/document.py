"""Write the generated documents of the HTTP door, or check them: ``python -m prankfilter_api.document``.

``api/openapi.json`` is the whole contract; in ``api/README.md`` the tables between the marks are generated.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

from prankfilter.privacy.fields import FIELDS, Field
from prankfilter_api.app import create_app
from prankfilter_api.problems import PROBLEMS

HOUSE = Path(__file__).parents[1]
"""The folder ``api/`` of a checkout; an installed package has none."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write, or with ``--check`` compare; returns the exit code."""
    check = list(sys.argv[1:] if arguments is None else arguments) == ["--check"]
    stale = [path for path, text in documents() if path.read_text(encoding="utf-8") != text]
    for path, text in documents():
        if path in stale and not check:
            path.write_text(text, encoding="utf-8")
    for path in stale:
        sys.stderr.write(f"{path} {'is stale; run: make docs' if check else 'written'}\n")
    return int(check and bool(stale))


def documents() -> list[tuple[Path, str]]:
    """Every generated document as it should be."""
    readme = HOUSE / "README.md"
    text = readme.read_text(encoding="utf-8")
    for mark, table in (("fields", field_table()), ("problems", problem_table())):
        text = between_marks(text, mark, table)
    return [(HOUSE / "openapi.json", openapi_text()), (readme, text)]


def openapi_text() -> str:
    """The OpenAPI document, one member a line, so that a change is seen line by line."""
    return json.dumps(create_app(_never_built).openapi(), indent=1, ensure_ascii=False) + "\n"


def _never_built() -> NoReturn:
    raise RuntimeError("an application that is only described is never started")


def field_table() -> str:
    """The call record's fields as a table."""
    return _table(
        ("Field", "JSON", "Meaning"), ((f"`{row.name}`", _kind(row), row.meaning) for row in FIELDS)
    )


def _kind(field: Field) -> str:
    schema = field.reader.schema
    if "enum" in schema:
        return ", ".join(f"`{word}`" for word in schema["enum"])
    kind = str(schema.get("format", schema["type"]))
    if "minimum" in schema:
        return f"{kind}, {schema['minimum']} to {schema['maximum']}"
    return kind


def problem_table() -> str:
    """The types of problems as a table."""
    rows = sorted(PROBLEMS, key=lambda row: (row.status, row.slug))
    return _table(("Status", "Type", "Title"), ((str(row.status), f"`{row.uri}`", row.title) for row in rows))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def between_marks(text: str, mark: str, table: str) -> str:
    """Replace what stands between two comments."""
    start, end = f"<!-- {mark}: generated -->\n", f"\n<!-- end of {mark} -->"
    head, found, rest = text.partition(start)
    _, closed, tail = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"api/README.md has no place for the table {mark}")
    return f"{head}{start}{table}{end}{tail}"


if __name__ == "__main__":
    sys.exit(main())

"""Keep the catalogs whole: ``python -m prankfilter_api.console.catalog [--check]``.

Messages are found in the calls of ``words("…")`` in the code and the templates of both packages, and in the
tables of names and sentences. Without ``--check`` new ones are added to each catalog, those that nobody says
any more are taken out, and it is compiled; what is still to be translated is listed. With it anything that
is not in order is a fault: untranslated, fuzzy, unused or missing messages, other places for values than in
the source, and a compiled catalog that is not of these words.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import string
import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

import prankfilter
import prankfilter_api
from prankfilter.features.table import FEATURES
from prankfilter.language import names
from prankfilter.language.words import LANGUAGES, SOURCE
from prankfilter.privacy.accounts import ROLE_NAMES_ID
from prankfilter.reports.messages import messages as report_messages
from prankfilter.routing.guards import GUARDS
from prankfilter_api.console.desk_words import CARES, PHASES
from prankfilter_api.console.menu import MENU
from prankfilter_api.console.models_view import MEASURES
from prankfilter_api.console.notices import NOTICES
from prankfilter_api.console.refused import REFUSALS
from prankfilter_api.console.tonight import DRIFTS, STEPS

FOLDER = Path(prankfilter.__file__).parent / "language"
SOURCES = (Path(prankfilter.__file__).parent, Path(prankfilter_api.__file__).parent)
COUNTED = "count"
"""A message with this place in it has a plural."""

METHODS = {".py": "python", ".html": "jinja2.ext:babel_extract"}
KEYWORDS = {"words": None}
SAYING = b"words"
"""Files without it say nothing, and need not be taken apart."""

_NO_DATE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def messages() -> set[str]:
    """All that is ever said, in the source language."""
    tables = chain.from_iterable(table.values() for _, table in names.TABLES)
    return {
        *_called(),
        *tables,
        *names.POLICIES.values(),
        *names.TRAIL.values(),
        *(feature.says for feature in FEATURES),
        *ROLE_NAMES_ID.values(),
        *NOTICES.values(),
        *CARES.values(),
        *PHASES.values(),
        *MEASURES.values(),
        *(said for step in STEPS.values() for said in step if said),
        *DRIFTS.values(),
        *(row.says for row in GUARDS),
        *report_messages(),
        *(entry.name for entry in MENU),
        *chain.from_iterable((row.title, row.remedy) for row in REFUSALS.values()),
    }


def _called() -> Iterator[str]:
    for root in SOURCES:
        for path in sorted(root.rglob("*")):
            if path.suffix in METHODS and SAYING in (text := path.read_bytes()):
                found = extract(METHODS[path.suffix], io.BytesIO(text), keywords=KEYWORDS)
                yield from (said for _, said, *_ in found if isinstance(said, str))


def read(language: str) -> Catalog:
    """Read a catalog as translators have left it."""
    with _po(language).open("rb") as file:
        return read_po(file, locale=language)


def faults(catalog: Catalog, wanted: set[str]) -> list[str]:
    """Say what is wrong with a catalog."""
    held = {_source(message): message for message in catalog if message.id}
    found = [f"not in the catalog: {said!r}" for said in sorted(wanted - held.keys())]
    found += [f"said nowhere any more: {said!r}" for said in sorted(held.keys() - wanted)]
    for said, message in held.items():
        translations = _translations(message)
        if not all(translations):
            found.append(f"not translated: {said!r}")
        elif message.fuzzy:
            found.append(f"fuzzy: {said!r}")
        elif any(_places(one) - _places(said) for one in translations):
            found.append(f"other places for values: {said!r}")
        elif isinstance(message.id, str) is (COUNTED in _places(said)):
            found.append(f"singular and plural: {said!r}")
    return found


def compiled(catalog: Catalog) -> bytes:
    """Compile a catalog; the same words make the same bytes."""
    file = io.BytesIO()
    catalog.creation_date = catalog.revision_date = _NO_DATE
    write_mo(file, catalog)
    return file.getvalue()


def is_compiled(language: str) -> bool:
    """Whether the compiled catalog says what its source says."""
    with _mo(language).open("rb") as file:
        return _spoken(read_mo(file)) == _spoken(read(language))


def _spoken(catalog: Catalog) -> dict[str, tuple[str, ...]]:
    return {_source(message): _translations(message) for message in catalog if message.id}


def _translations(message: Message) -> tuple[str, ...]:
    """All forms of a translation."""
    said = message.string or ""
    return (said,) if isinstance(said, str) else tuple(said)


def update(language: str, wanted: set[str]) -> Catalog:
    """Add what is new to a catalog, take out what is gone, and write both its forms."""
    old = read(language) if _po(language).exists() else Catalog(locale=language)
    new = Catalog(locale=language, fuzzy=False, header_comment=f"# The console and the reports: {language}.")
    held = {_source(message): message for message in old if message.id}
    for said in sorted(wanted):
        plural = COUNTED in _places(said)
        before = held.get(said)
        kept = before.string if before and isinstance(before.id, str) is not plural else None
        new.add((said, said) if plural else said, kept or (("", "") if plural else ""))
    with _po(language).open("wb") as file:
        write_po(file, new, omit_header=False, no_location=True, width=0)
    _drop_dates(_po(language))
    _mo(language).write_bytes(compiled(read(language)))
    return new


def _drop_dates(path: Path) -> None:
    """Without the time and the tool in its head a file changes only where its words do."""
    changing = ('"POT-Creation-Date', '"PO-Revision-Date', '"Generated-By', '"Last-Translator', '"Project-Id')
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith(changing)), encoding="utf-8")


def _source(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _places(said: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(said) if name}


def _po(language: str) -> Path:
    return FOLDER / f"{language}.po"


def _mo(language: str) -> Path:
    return FOLDER / f"{language}.mo"


def main(arguments: Sequence[str] | None = None) -> int:
    """Update, or check; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; 1 where something is not whole")
    check = parser.parse_args(arguments).check
    wanted, found = messages(), []
    for language in (one for one in LANGUAGES if one != SOURCE):
        catalog = read(language) if check else update(language, wanted)
        found += [f"{language}: {fault}" for fault in faults(catalog, wanted)]
        if check and not is_compiled(language):
            found.append(f"{language}: compiled from other words; run this without --check")
    sys.stdout.write("".join(f"{fault}\n" for fault in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

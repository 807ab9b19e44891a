"""What every page of the console must be, as functions on its text: what is added to `PAGES` is held to it.

`PAGES` says who may open what. A route of the console that is not in it fails the tests.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import prankfilter_api

from prankfilter.privacy.accounts import Role

TEMPLATES = Path(prankfilter_api.__file__).parent / "console" / "templates"

ON_SHIFT = frozenset({Role.CALL_TAKER, Role.SHIFT_LEAD, Role.SUPERVISOR})
LEADING = frozenset({Role.SHIFT_LEAD, Role.SUPERVISOR})
JUDGES = frozenset({Role.SUPERVISOR})
LISTENERS = frozenset({Role.SUPERVISOR, Role.AUDITOR})
ALL = frozenset(Role)

PAGES: dict[tuple[str, str], frozenset[Role] | None] = {
    # None: whoever asks, signed in or not.
    ("GET", "/console"): None,
    ("GET", "/console/login"): None,
    ("POST", "/console/login"): None,
    ("POST", "/console/language"): None,
    ("GET", "/console/assets/{name}"): None,
    ("GET", "/console/{address:path}"): None,
    ("POST", "/console/{address:path}"): None,
    ("POST", "/console/logout"): ALL,
    ("GET", "/console/"): ALL,
    ("GET", "/console/password"): ALL,
    ("POST", "/console/password"): ALL,
    ("GET", "/console/desk"): ON_SHIFT,
    ("GET", "/console/desk/new"): ON_SHIFT,
    ("GET", "/console/desk/call"): ON_SHIFT,
    ("POST", "/console/desk/centre"): ON_SHIFT,
    ("POST", "/console/desk/outcome"): ON_SHIFT,
    ("POST", "/console/desk/call-back"): ON_SHIFT,
    ("POST", "/console/desk/call-back/result"): ON_SHIFT,
    ("POST", "/console/switch/off"): ON_SHIFT,
    ("POST", "/console/switch/on"): frozenset({Role.SUPERVISOR}),
    ("GET", "/console/flags"): LEADING,
    ("POST", "/console/flags/next"): JUDGES,
    ("POST", "/console/flags/{call_id:path}/release"): JUDGES,
    ("POST", "/console/flags/{call_id:path}/claim"): JUDGES,
    ("GET", "/console/calls/{call_id:path}"): LEADING | {Role.AUDITOR},
    ("GET", "/console/calls/{call_id:path}/audio"): LISTENERS,
    ("GET", "/console/calls/{call_id:path}/outline.svg"): LISTENERS,
    ("GET", "/console/calls/{call_id:path}/spectrogram.png"): LISTENERS,
    ("GET", "/console/calls/{call_id:path}/quiet.json"): LISTENERS,
    ("POST", "/console/calls/{call_id:path}/verdict"): JUDGES,
    ("POST", "/console/calls/{call_id:path}/undo"): JUDGES,
    ("POST", "/console/calls/{call_id:path}/clear"): JUDGES,
    ("POST", "/console/calls/{call_id:path}/incident"): JUDGES,
    ("GET", "/console/callers"): LEADING | {Role.AUDITOR},
    ("GET", "/console/surges"): LEADING | {Role.AUDITOR},
    ("GET", "/console/incidents"): LEADING | {Role.AUDITOR},
    ("GET", "/console/callbacks"): ON_SHIFT,
    ("GET", "/console/reports"): LEADING | {Role.AUDITOR},
    ("GET", "/console/reports/file"): LEADING | {Role.AUDITOR},
    ("POST", "/console/reports/outing"): JUDGES,
    ("GET", "/console/models"): ALL - {Role.CALL_TAKER},
    ("GET", "/console/models/{model_id}"): ALL - {Role.CALL_TAKER},
    ("POST", "/console/models/{model_id}/promote"): frozenset({Role.DATA_STAFF}),
    ("POST", "/console/models/rollback"): frozenset({Role.DATA_STAFF}),
    ("GET", "/console/accounts"): frozenset({Role.ADMINISTRATOR}),
    ("POST", "/console/accounts"): frozenset({Role.ADMINISTRATOR}),
    ("POST", "/console/accounts/{name}/password"): frozenset({Role.ADMINISTRATOR}),
    ("POST", "/console/accounts/{name}/end"): frozenset({Role.ADMINISTRATOR}),
}

VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
SAID_IN = ("alt", "aria-label", "placeholder", "title")
"""Attributes whose text people read."""


@dataclass
class Html(HTMLParser):
    """Reads a page and remembers what is wrong with it."""

    faults: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    wanted_ids: set[str] = field(default_factory=set)
    addresses: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)
    forms: list[dict[str, str | None]] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def __hash__(self) -> int:
        return id(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if len(given) != len(attrs):
            self.faults.append(f"an attribute of <{tag}> twice")
        self.faults += [f"inline {name} on <{tag}>" for name in given if name == "style" or name[:2] == "on"]
        if (name := given.get("id")) is not None:
            if name in self.ids:
                self.faults.append(f"id {name} twice")
            self.ids.add(name)
        for name in ("for", "aria-describedby", "aria-labelledby"):
            self.wanted_ids.update((given.get(name) or "").split())
        self.addresses += [value for name in ("href", "src", "action") if (value := given.get(name))]
        self.texts += [value for name in SAID_IN if (value := given.get(name))]
        if tag == "form":
            self.forms.append(given)
        if tag[0] == "h" and tag[1:].isdigit():
            self.headings.append(int(tag[1:]))
        if tag == "script" and "src" not in given:
            self.faults.append("inline script")
        if tag == "style":
            self.faults.append("inline style")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing that is open")

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())

    def close(self) -> None:
        super().close()
        self.faults += [f"<{tag}> is left open" for tag in self._open]
        self.faults += [f"nothing has the id {name}" for name in self.wanted_ids - self.ids]
        if self.headings[:1] != [1] or self.headings.count(1) != 1:
            self.faults.append("not one <h1> first")
        if any(after > before + 1 for before, after in zip(self.headings, self.headings[1:], strict=False)):
            self.faults.append("a heading of a level is left out")


def read(page: str) -> Html:
    """Read a whole page."""
    html = Html()
    html.feed(page)
    html.close()
    return html


def faults_of(page: str) -> list[str]:
    """What is wrong with a page, whoever sees it."""
    html = read(page)
    outside = [one for one in html.addresses if not one.startswith(("/", "#", "data:", "?"))]
    return html.faults + [f"leads elsewhere: {one}" for one in outside]

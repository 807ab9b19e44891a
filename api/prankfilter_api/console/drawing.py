"""Templates to pages, by Jinja (extra ``console``). Imported when the first page is asked for."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined

from prankfilter.language import names
from prankfilter.language.words import LANGUAGE_NAMES
from prankfilter.privacy.accounts import ROLE_NAMES_ID
from prankfilter_api.console.assets import Assets


class Drawing:
    """All templates."""

    def __init__(self, assets: Assets) -> None:
        self._templates = Environment(
            loader=PackageLoader("prankfilter_api.console"),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(
            anchor=anchor,
            asset=assets.address,
            query=query,
            names=names,
            role_names=ROLE_NAMES_ID,
            language_names=LANGUAGE_NAMES,
        )

    def draw(self, template: str, **context: Any) -> str:
        """Draw one page; a name in it that nobody gave is a fault, not a gap."""
        return self._templates.get_template(template).render(context)


def anchor(call_id: str) -> str:
    """A name for a call's place on a page: an id may hold any character."""
    return "c" + sha256(call_id.encode()).hexdigest()[:12]


def query(**values: str) -> str:
    """The part of an address after the question mark."""
    return urlencode(values)

"""Templates to pages, by Jinja (extra ``console``). Imported when the first page is asked for."""

from __future__ import annotations

from typing import Any

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
            asset=assets.address, names=names, role_names=ROLE_NAMES_ID, language_names=LANGUAGE_NAMES
        )

    def draw(self, template: str, **context: Any) -> str:
        """Draw one page; a name in it that nobody gave is a fault, not a gap."""
        return self._templates.get_template(template).render(context)

"""The off switch as pages show it (SAFETY rule 10)."""

from __future__ import annotations

from dataclasses import dataclass

from prankfilter.store.figures import Figures
from prankfilter.store.instants import microseconds
from prankfilter_api.console.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """A centre that is switched off."""

    centre_id: str
    """Empty: every centre."""
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """How the switch stands."""

    has_effect: bool
    """Whether the service's policy could advise anybody to greet a caller at all."""
    off: tuple[Turned, ...]
    """All centres that somebody switched off."""

    @property
    def is_on(self) -> bool:
        """Whether callers may be greeted somewhere."""
        return self.has_effect and not any(not one.centre_id for one in self.off)


def switch_of(site: Site) -> Switch:
    """Read it: the last turn of each centre counts."""
    last: dict[str, Turned | None] = {}
    for _, off, by, reason, centre_id in Figures(site.store).switches(microseconds(site.now()) + 1):
        last[centre_id] = Turned(centre_id=centre_id, by=by, reason=reason) if off else None
    return Switch(
        has_effect=site.screener.policy.may_verify, off=tuple(one for one in last.values() if one is not None)
    )

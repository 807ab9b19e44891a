"""What the door itself refuses, beside the engine's refusals (`prankfilter.errors`).

DoorRefusal
├── UnknownAddress     no such page or route
├── WrongMethod        the address is right, the method is not
├── BodyTooLarge       more bytes than the route takes
├── BodyTooSlow        the body did not arrive in time
├── WrongMediaType     the body's media type is not the one the route reads
├── InvalidBody        a JSON object with missing, wrong or unknown members
└── NotReady           the service is starting, draining, or has no verified model
"""

from __future__ import annotations

from collections.abc import Sequence

from prankfilter.errors import BadKey


class DoorRefusal(Exception):
    """Any refusal of the door itself."""


class UnknownAddress(DoorRefusal):
    """No route has this address."""


class WrongMethod(DoorRefusal):
    """The address exists, but not with this method."""

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(f"Allowed here: {', '.join(allowed)}.")
        self.allowed = tuple(allowed)


class BodyTooLarge(DoorRefusal):
    """The body has more bytes than the route takes."""


class BodyTooSlow(DoorRefusal):
    """The body did not arrive in time."""


class WrongMediaType(DoorRefusal):
    """The body's media type is not the one the route reads."""


class InvalidBody(DoorRefusal):
    """The body is a JSON object, but not the one the route takes."""

    def __init__(self, errors: Sequence[tuple[str, str]]) -> None:
        super().__init__(f"{len(errors)} of its members cannot be used.")
        self.errors = tuple(errors)
        """Pairs of a JSON pointer and what is wrong there; never the value itself."""


class NotReady(DoorRefusal):
    """The service should get no calls right now."""


class ScopeMissing(BadKey):
    """The key is known, but not for this."""

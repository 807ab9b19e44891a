"""Policies are data: one row each, and every sentence about a policy is derived from its row.

SAFETY.md lays down what no policy may do; a row that does it cannot be made (`Policy.__post_init__`), so a
wrong row stops the import. A certificate names the digest of its policy and is void for any other.
"""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import asdict, dataclass
from types import MappingProxyType

from prankfilter.features.memory import VERIFY_PAUSE_MIN
from prankfilter.vocabulary import CERTIFIED_STRATA, Guard, Moment, Stratum

FACTS = (
    Guard.NEVER_SCREENED,
    Guard.SECOND_CHILD_CALL,
    Guard.REPEAT_BURST,
    Guard.RECENT_GENUINE,
    Guard.CALL_BACK,
    Guard.SURGE,
    Guard.TEXT_TELEPHONE,
    Guard.DTMF,
    Guard.CALL_PROGRESS,
    Guard.BABY_CRY,
    Guard.TOO_LITTLE_AUDIO,
    Guard.DEADLINE,
    Guard.OVERLOAD,
    Guard.STORE_UNAVAILABLE,
)
"""Guards that speak of the call or of the service; every policy names them all."""

CHECKS = (Guard.SWITCHED_OFF, Guard.NO_CERTIFICATE, Guard.SINGLE_GROUP, Guard.AUDIT_SAMPLE)
"""Guards that speak of ``verify``; every policy that may verify names them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a centre lets a score do.

    Attributes
    ----------
    name : str
        What routers and supervisors call it.
    may_verify : bool
        Whether any call may be advised ``verify`` at all.
    needs_queue : bool
        Whether ``verify`` needs a known number of waiting calls of at least one.
    flag_from : float
        Prank score in (0, 1] from which a call is flagged for a supervisor. Four in five by default: a
        supervisor who looks at a flag should find a prank far more often than not.
    verified_strata, verified_moments : tuple
        Where ``verify`` may be advised; never in the strata silent, child and no_number, never at ``ring``.
    genuine_days : float
        Days for which a confirmed genuine call protects its number.
    rest_minutes : float
        Never two ``verify`` to one number within this time.
    guards : tuple of Guard
        The guards that overrule the score, in the order in which a decision lists them.
    """

    name: str
    may_verify: bool
    needs_queue: bool = False
    flag_from: float = 0.8
    verified_strata: tuple[Stratum, ...] = ()
    verified_moments: tuple[Moment, ...] = ()
    genuine_days: float = 90.0
    rest_minutes: float = VERIFY_PAUSE_MIN
    guards: tuple[Guard, ...] = FACTS

    def __post_init__(self) -> None:
        """Refuse a row that would weaken a rule of SAFETY.md."""
        broken = [rule for rule, kept in self._rules().items() if not kept]
        if broken:
            raise ValueError(f"policy {self.name!r} breaks SAFETY.md: {'; '.join(broken)}")

    def _rules(self) -> dict[str, bool]:
        return {
            "verify only in certified strata (rule 5)": set(self.verified_strata) <= set(CERTIFIED_STRATA),
            "no verify at the moment ring (rule 5)": Moment.RING not in self.verified_moments,
            "what never verifies names no stratum or moment": self.may_verify
            or not (self.verified_strata or self.verified_moments or self.needs_queue),
            "a genuine call protects its number (rule 11)": self.genuine_days > 0,
            "never twice in 30 minutes (rule 3)": self.rest_minutes >= VERIFY_PAUSE_MIN,
            "flags from a score in (0, 1]": 0 < self.flag_from <= 1,
            "no guard twice": len(set(self.guards)) == len(self.guards),
            "no guard left out (rule 7)": set(self.guards) >= self._needed_guards(),
        }

    def _needed_guards(self) -> set[Guard]:
        needed = set(FACTS)
        if self.may_verify:
            needed |= set(CHECKS)
        if self.needs_queue:
            needed.add(Guard.NO_QUEUE)
        return needed


_OBSERVE = Policy(name="observe", may_verify=False)
_QUEUE = Policy(
    name="queue",
    may_verify=True,
    needs_queue=True,
    verified_strata=CERTIFIED_STRATA,
    verified_moments=(Moment.AUDIO,),
    guards=(*FACTS, Guard.NO_QUEUE, *CHECKS),
)
_ALWAYS = Policy(
    name="always",
    may_verify=True,
    verified_strata=CERTIFIED_STRATA,
    verified_moments=(Moment.AUDIO,),
    guards=(*FACTS, *CHECKS),
)

POLICIES = MappingProxyType({policy.name: policy for policy in (_OBSERVE, _QUEUE, _ALWAYS)})
"""The shipped policies by name; `observe` is what a centre gets that chose none."""

DEFAULT_POLICY = _OBSERVE.name


RULES_VERSION = 2
"""Rises when guards, strata or `decide` change what may be verified: older certificates are void then."""


@functools.lru_cache(maxsize=64)
def policy_digest(policy: Policy) -> str:
    """Name the policy's data and the rules it is read by: 64 hex digits that change with any of them."""
    data = {name: float(value) if type(value) is int else value for name, value in asdict(policy).items()}
    canonical = json.dumps({"rules": RULES_VERSION, "policy": data}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()

"""How long until the first certificate: alone, and in a pool of ten centres alike."""

from __future__ import annotations

from dataclasses import dataclass

from prankfilter_training.proof.bounds import callers_needed
from prankfilter_training.proof.pooling import OWN_CALLERS_NEEDED

FIRST_USE_DELTA = 0.0125
"""0.05, halved for the first use of calls, halved again for two strata."""

ALPHAS = (0.05, 0.02, 0.01, 0.005, 0.002, 0.001)
MONTHS_THAT_COUNT = 24
POOL = 10


@dataclass(frozen=True, slots=True)
class Centre:
    """A centre that published its figures (research, domain section 5)."""

    name: str
    genuine_a_month: float


CENTRES = (
    Centre("Semarang 2025", 1094),
    Centre("Kendari, first week 2025", 95),
    Centre("Cirebon 2020-21", 57),
    Centre("Pekalongan", 17),
    Centre("Probolinggo", 10.5),
    Centre("Batu", 10),
    Centre("Purworejo", 1.3),
)


def months_until(alpha: float, callers_a_month: float) -> float | None:
    """Months of calls that a stratum needs with nobody above its threshold; None above two years."""
    months = callers_needed(alpha, FIRST_USE_DELTA) / callers_a_month
    return months if months <= MONTHS_THAT_COUNT else None


def smallest_alpha(callers: float) -> float:
    """The smallest share that so many callers can bound, with none of them above the threshold."""
    return float(1 - FIRST_USE_DELTA ** (1 / callers))


def pool_months(alpha: float, callers_a_month: float) -> float | None:
    """Months for a pool of ten, each of whom needs 59 callers of its own before it may use the threshold."""
    together = months_until(alpha, POOL * callers_a_month)
    own = OWN_CALLERS_NEEDED / callers_a_month
    if together is None or own > MONTHS_THAT_COUNT:
        return None
    return max(together, own)


def shown(months: float | None) -> str:
    """Months for a table."""
    return "never" if months is None else f"{months:.1f}"

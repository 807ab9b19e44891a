"""What a policy says of itself, in one sentence, derived from its row and held word for word by a test."""

from __future__ import annotations

from prankfilter.features.memory import PRANK_DAYS_NEEDED, PRANKS_NEEDED
from prankfilter.routing.policies import Policy
from prankfilter.vocabulary import STRATUM_NAMES_ID


def describe(policy: Policy, language: str = "en") -> str:
    """Say in one sentence what the policy lets a score do; ``language`` is ``en`` or ``id``."""
    return {"en": _english, "id": _indonesian}[language](policy)


def _english(policy: Policy) -> str:
    flags = f"a call is flagged for a supervisor from a prank score of {_percent(policy.flag_from)} on."
    if not policy.may_verify:
        return f"{policy.name}: no call is ever advised verify; {flags}"
    queue = (
        "only while at least one call is known to wait" if policy.needs_queue else "whether or not calls wait"
    )
    strata = " and ".join(policy.verified_strata)
    pranks = f"{PRANKS_NEEDED} confirmed pranks from its number on {PRANK_DAYS_NEEDED} days"
    return (
        f"{policy.name}: a call may be advised verify {queue}, "
        f"only on the caller's own sound before the answer, only in the groups {strata}, "
        f"only after {pranks} with no confirmed genuine call in {policy.genuine_days:g} days, "
        f"not twice to one number in {policy.rest_minutes:g} minutes, "
        f"and only under a certificate that is valid for it; {flags}"
    )


def _indonesian(policy: Policy) -> str:
    flags = f"panggilan ditandai perlu ditinjau mulai skor prank {_percent(policy.flag_from)}."
    if not policy.may_verify:
        return f"{policy.name}: tidak ada panggilan yang mendapat sapaan otomatis; {flags}"
    queue = (
        "hanya selagi diketahui ada panggilan lain yang menunggu"
        if policy.needs_queue
        else "baik ada antrean maupun tidak"
    )
    strata = " dan ".join(STRATUM_NAMES_ID[stratum] for stratum in policy.verified_strata)
    pranks = f"{PRANKS_NEEDED} prank terkonfirmasi dari nomornya pada {PRANK_DAYS_NEEDED} hari"
    return (
        f"{policy.name}: panggilan dapat mendapat sapaan otomatis {queue}, "
        f"hanya berdasarkan suara penelepon sebelum dijawab, hanya untuk kelompok {strata}, "
        f"hanya setelah {pranks} tanpa panggilan darurat nyata dalam {policy.genuine_days:g} hari, "
        f"tidak dua kali untuk satu nomor dalam {policy.rest_minutes:g} menit, "
        f"dan hanya dengan bukti batas risiko yang berlaku untuknya; {flags}"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.6g} %"

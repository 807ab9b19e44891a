"""Guards overrule the score by name: one row, one small predicate, one sentence each (SAFETY rule 7).

A guard either *raises* a call to ``priority`` or *lifts* a ``verify`` back to ``normal``. None can ever bring
a ``verify`` about, so a guard that fails to hold leaves the call no worse than the score alone would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from prankfilter.routing import predicates
from prankfilter.routing.case import Case
from prankfilter.vocabulary import Guard


class Effect(StrEnum):
    """What a guard does to the advice."""

    RAISE = "raise"
    """The call gets ``priority`` if a place is free, and never less than ``normal``."""
    LIFT = "lift"
    """A ``verify`` becomes ``normal``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardRow:
    """One row: what it is called, when it holds, what it does, how it is said.

    Attributes
    ----------
    only_if_overruling : bool
        Listed in a decision only where it took away a ``verify`` that nothing else had taken away. All other
        guards are listed wherever they hold, for they tell facts of the call or of the service.
    says : str
        For people at centres, in Indonesian.
    """

    name: Guard
    holds: Callable[[Case], bool]
    effect: Effect
    meaning: str
    says: str
    only_if_overruling: bool = False


GUARDS: tuple[GuardRow, ...] = (
    GuardRow(
        name=Guard.NEVER_SCREENED,
        holds=predicates.never_screened,
        effect=Effect.LIFT,
        meaning="Call-back, responder, eCall, panic, text, sign-language and test calls are never scored.",
        says="Jenis panggilan ini tidak pernah dinilai.",
    ),
    GuardRow(
        name=Guard.SECOND_CHILD_CALL,
        holds=predicates.second_child_call,
        effect=Effect.RAISE,
        meaning="A second call within minutes that may be a child's, whatever the first was labelled.",
        says="Panggilan kedua dalam beberapa menit yang mungkin dari anak.",
    ),
    GuardRow(
        name=Guard.REPEAT_BURST,
        holds=predicates.repeat_burst,
        effect=Effect.RAISE,
        meaning="Several calls within minutes from a number without confirmed pranks.",
        says="Beberapa panggilan dalam beberapa menit dari nomor tanpa prank terkonfirmasi.",
    ),
    GuardRow(
        name=Guard.RECENT_GENUINE,
        holds=predicates.recent_genuine,
        effect=Effect.LIFT,
        meaning="A recent call from the number was a real emergency.",
        says="Nomor ini belum lama melaporkan darurat nyata.",
    ),
    GuardRow(
        name=Guard.CALL_BACK,
        holds=predicates.call_back,
        effect=Effect.LIFT,
        meaning="The centre has just called this number, so this may be the answer to it.",
        says="Nomor ini baru saja dipanggil balik oleh pusat layanan.",
    ),
    GuardRow(
        name=Guard.SURGE,
        holds=predicates.surge,
        effect=Effect.LIFT,
        meaning="Far more calls than usual come from this area.",
        says="Lonjakan panggilan dari wilayah ini.",
    ),
    GuardRow(
        name=Guard.TEXT_TELEPHONE,
        holds=predicates.text_telephone,
        effect=Effect.LIFT,
        meaning="Tones of a text telephone: a deaf caller may be writing.",
        says="Terdengar nada telepon teks; penelepon mungkin tuli.",
    ),
    GuardRow(
        name=Guard.DTMF,
        holds=predicates.dtmf,
        effect=Effect.LIFT,
        meaning="Tones of pressed keys: a caller who cannot speak may be answering.",
        says="Terdengar nada tombol; penelepon mungkin tidak bisa bicara.",
    ),
    GuardRow(
        name=Guard.CALL_PROGRESS,
        holds=predicates.call_progress,
        effect=Effect.LIFT,
        meaning="A ring, busy or dial tone: more than the caller's own voice is on the line.",
        says="Terdengar nada sambung atau nada sibuk pada saluran.",
    ),
    GuardRow(
        name=Guard.BABY_CRY,
        holds=predicates.baby_cry,
        effect=Effect.LIFT,
        meaning="A baby cries near the caller, who is not to be kept waiting.",
        says="Terdengar tangis bayi di dekat penelepon.",
    ),
    GuardRow(
        name=Guard.TOO_LITTLE_AUDIO,
        holds=predicates.too_little_audio,
        effect=Effect.LIFT,
        meaning="The sound is too short, or (almost) nobody speaks in it.",
        says="Suara terlalu pendek atau hampir tidak ada yang berbicara.",
    ),
    GuardRow(
        name=Guard.DEADLINE,
        holds=predicates.deadline,
        effect=Effect.LIFT,
        meaning="Not everything that was sent could be looked at in time.",
        says="Batas waktu terlewati sebelum semuanya dinilai.",
    ),
    GuardRow(
        name=Guard.OVERLOAD,
        holds=predicates.overload,
        effect=Effect.LIFT,
        meaning="The service had more work than it can do.",
        says="Layanan sedang kelebihan beban.",
    ),
    GuardRow(
        name=Guard.STORE_UNAVAILABLE,
        holds=predicates.store_unavailable,
        effect=Effect.LIFT,
        meaning="The store did not answer, so caller and area are unknown.",
        says="Penyimpanan tidak menjawab; riwayat tidak diketahui.",
    ),
    GuardRow(
        name=Guard.NO_QUEUE,
        holds=predicates.no_queue,
        effect=Effect.LIFT,
        meaning="No call is known to wait, so a free call taker gets this one at once.",
        says="Tidak diketahui ada panggilan lain yang menunggu.",
    ),
    GuardRow(
        name=Guard.SWITCHED_OFF,
        holds=predicates.switched_off,
        effect=Effect.LIFT,
        meaning="Somebody on shift has set the centre to observe.",
        says="Pusat layanan disetel ke mode pengamatan.",
    ),
    GuardRow(
        name=Guard.NO_CERTIFICATE,
        holds=predicates.no_certificate,
        effect=Effect.LIFT,
        meaning="No certificate is valid for this model, policy, group and way of capturing sound.",
        says="Tidak ada bukti batas risiko yang berlaku untuk panggilan ini.",
    ),
    GuardRow(
        name=Guard.SINGLE_GROUP,
        holds=predicates.single_group,
        effect=Effect.LIFT,
        meaning="The sound alone made the difference, and sound alone condemns nobody.",
        says="Hanya suara yang menentukan; suara saja tidak cukup.",
        only_if_overruling=True,
    ),
    GuardRow(
        name=Guard.AUDIT_SAMPLE,
        holds=predicates.audit_sample,
        effect=Effect.LIFT,
        meaning="Drawn at random into the audit sample, which is treated as normal.",
        says="Terpilih acak sebagai sampel audit dan diperlakukan biasa.",
        only_if_overruling=True,
    ),
)

ROWS = {row.name: row for row in GUARDS}


def standing_guards(case: Case) -> tuple[Guard, ...]:
    """Name the guards that hold whatever the score says, in the order of the policy."""
    return tuple(row.name for row in _rows(case) if not row.only_if_overruling and row.holds(case))


def last_guard(case: Case) -> tuple[Guard, ...]:
    """Name the first guard, if any, that takes away a ``verify`` which nothing else has taken away."""
    return next(((row.name,) for row in _rows(case) if row.only_if_overruling and row.holds(case)), ())


def raises(guards: Iterable[Guard]) -> bool:
    """Whether any of the guards raises a call to ``priority``."""
    return any(ROWS[guard].effect is Effect.RAISE for guard in guards)


def _rows(case: Case) -> Iterable[GuardRow]:
    return (ROWS[guard] for guard in case.policy.guards)

"""The card of a model, written from figures: Indonesian first, English below."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from prankfilter.classifier.model import Model
from prankfilter_training.evaluation.slices import CUTS
from prankfilter_training.evaluation.words import figure, leading, leading_id, number_id, share

Values = Mapping[str, Any]

CARD = """\
# Model {model_id}

## Bahasa Indonesia

{data_id}

**{leading_id}**

- **Untuk apa:** memberi skor pada panggilan ke pusat 112 sebelum dijawab, agar supervisor dapat memeriksa
  yang ditandai. Selama belum ada bukti batas risiko, tidak ada yang berubah bagi penelepon.
- **Bukan untuk apa:** memblokir, menolak, menghukum, mengumumkan, atau menilai penelepon; menilai
  petugas; pusat layanan, jaringan, atau bahasa lain tanpa pengukuran baru. Skor adalah saran, bukan
  tuduhan.
- **Siapa yang terdampak:** penelepon darurat (paling lama tertunda 20 detik bila disapa), anak-anak,
  orang yang tidak dapat berbicara, orang tuli, penelepon tanpa kartu SIM, dan semua yang berbagi satu
  nomor.
- **Tanpa sertifikat:** panggilan anak, tanpa suara, dan tanpa nomor tidak pernah disapa otomatis;
  kelompok itu terlalu jarang untuk dibuktikan. Penelepon berulang dan penelepon lain hanya dengan
  sertifikat yang berlaku.
- **Batas:** tidak ada rekaman anak Indonesia dan tidak ada suara panggilan darurat nyata; penaksir suara
  anak belajar dari rekaman bahasa Inggris. Nada, tempo, dan jeda berkaitan dengan usia. Label bisa
  keliru.
- **Cara dibuat:** log {source}, {calls_id} panggilan (SHA-256 `{log_digest}`); {features} ciri, telinga
  `{ears}`; resep di bawah.

Angka di bawah diukur pada panggilan yang lebih baru daripada yang dipelajari, tanpa penelepon yang sama
di kedua sisi, dengan selang 95 %{units_id}; n adalah banyaknya panggilan.

## English

{data_en}

**{leading_en}**

- **What it is for:** scoring calls to a 112 centre before they are answered, so that supervisors can look
  at what is flagged. Until there is a certificate, nothing changes for callers.
- **What it must not be used for:** blocking, rejecting, punishing, publishing or rating callers; rating
  call takers; another centre, network or language without measuring anew. A score is advice, not an
  accusation.
- **Who is affected:** callers in need (delayed by 20 s at most where verified), children, people who
  cannot speak, deaf people, callers without a SIM card, and everybody who shares a number.
- **Without a certificate:** calls of children, silent calls and calls without a number are never
  verified; there are too few of them for a proof. Repeat callers and other callers only with a valid
  certificate.
- **Limits:** no Indonesian child speech and no sound of real emergency calls was at hand; the child-voice
  head learned from English recordings. Pitch, pace and pauses are proxies of age. Labels may be wrong.
- **How it was made:** log {source}, {calls} calls (SHA-256 `{log_digest}`); {features} features, ears
  `{ears}`; recipe {recipe}.

Held-out calls, later than what was learned from, no caller on both sides; 95 % intervals{units_en}; n is
the number of calls.

### By moment

{moments}

### By slice, at {main}

One threshold for all, which 1 % of all genuine calls exceed. To be hit delays nobody yet: `verify` also
needs a certificate and three confirmed pranks.{simulated}

{slices}

### By what the call was

Flagged for a supervisor at any look; silent, accidental and information calls are no pranks.{simulated}

{kinds}
"""

SIMULATED_ID = (
    "Data: **panggilan simulasi**. Angka di bawah menunjukkan bahwa perangkat lunak bekerja, bukan seberapa "
    "tepat\nia pada panggilan nyata."
)
REAL_ID = "Data: panggilan nyata yang diberi label oleh pusat; label bisa keliru."


def model_card(model: Model, evaluation: Values, *, source: str, calls: int) -> str:
    """Write the card of a model.

    Parameters
    ----------
    model : Model
    evaluation : Mapping
        As `evaluation.evaluate.evaluation` gives it.
    source : str
        What the log is called; the user's own words, so they are escaped.
    calls : int
        How many calls the log holds.
    """
    simulated = evaluation["basis"] == "simulated"
    recipe = {name: part for name, part in model.manifest.recipe.items() if name != "log"}
    return CARD.format(
        model_id=model.model_id,
        data_id=SIMULATED_ID if simulated else REAL_ID,
        data_en=evaluation["notice"],
        leading_id=leading_id(evaluation),
        leading_en=leading(evaluation),
        source=escaped(source),
        calls=f"{calls:,}",
        calls_id=number_id(calls),
        log_digest=model.manifest.recipe.get("log", "unknown"),
        features=len(model.features),
        ears=model.ears_digest,
        recipe=_in_one_line(recipe),
        units_id=" atas penelepon atau penutur, yang lebih lebar" if simulated else " atas penelepon",
        units_en=" over callers or speakers, whichever are wider" if simulated else " over callers",
        main=evaluation["main_look"],
        simulated=" SIMULATED calls." if simulated else "",
        moments=_moments(evaluation),
        slices=_slices(evaluation),
        kinds=_kinds(evaluation),
    )


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, on one line and in one cell of a table.

    Examples
    --------
    >>> print(escaped("a|b [c](d) <e>"))
    a\\|b \\[c\\]\\(d\\) \\<e\\>
    """
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~&-])", r"\\\1", " ".join(text.split()))


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _moments(of: Values) -> str:
    head = (
        "Moment",
        "calls (pranks, genuine)",
        "PR-AUC",
        "Brier",
        "pranks found at 1 % of genuine",
        "at 0.1 %",
    )
    return table(
        head,
        [
            (
                name,
                f"{at['calls']:,} ({at['pranks']:,}, {at['genuine']:,})",
                figure(at["pr_auc"]),
                figure(at["brier"]),
                share(at["prank_recall_at_1.0%_of_genuine"]),
                share(at["prank_recall_at_0.1%_of_genuine"]),
            )
            for name, at in of["looks"].items()
        ],
    )


def _slices(of: Values) -> str:
    head = ("Piece", "calls (pranks, genuine)", "genuine hit", "pranks found", "PR-AUC")
    return table(
        head,
        [
            (
                f"{cut.title} · {cut.title_id}: {escaped(piece)}",
                f"{row['calls']:,} ({row['pranks']:,}, {row['genuine']:,})",
                share(row["genuine_hit_at_1.0%_overall"]),
                share(row["prank_recall_at_1.0%_overall"]),
                figure(row["pr_auc"]),
            )
            for cut in CUTS
            for piece, row in of["slices"][of["main_look"]][cut.name].items()
        ],
    )


def _kinds(of: Values) -> str:
    return table(
        ("The call was", "calls", "flagged"),
        [
            (name.replace("_", " "), f"{row['calls']:,}", share(row["flagged"]))
            for name, row in of["advice"].items()
        ],
    )


def _in_one_line(recipe: Values) -> str:
    flat: dict[str, Any] = {}
    for name, value in recipe.items():
        flat |= value if isinstance(value, dict) else {name: value}
    return ", ".join(f"`{name}` {value}" for name, value in flat.items())

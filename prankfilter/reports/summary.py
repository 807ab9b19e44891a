"""What a report comes to, in a few plain sentences: the first thing that is read, and often the only one."""

from __future__ import annotations

from prankfilter.language.words import Words
from prankfilter.reports.report import Report


def summary(report: Report, words: Words) -> list[str]:
    """Say it, the most important first; what is not known is not said."""
    if not report.figures:
        return []
    said = [_delay(report, words), _traffic(report, words), _pranks(report, words), _answering(report, words)]
    return [one for one in [*said, _call_backs(report, words), _reviewing(report, words)] if one]


def _delay(report: Report, words: Words) -> str | None:
    delayed, worst = report.value("genuine_delayed"), report.value("genuine_delayed_worst")
    if delayed is None or worst is None:
        return words("prankfilter tidak dipakai untuk menilai panggilan pada periode ini.")
    if delayed:
        return words(
            "{calls} darurat nyata mendapat sapaan otomatis. Lihat insiden keselamatan.", calls=delayed
        )
    if worst:
        return words(
            "Tidak ada darurat nyata yang diketahui mendapat sapaan otomatis; {calls} panggilan belum jelas.",
            calls=worst,
        )
    return words("Tidak ada darurat nyata yang mendapat sapaan otomatis dari prankfilter.")


def _traffic(report: Report, words: Words) -> str | None:
    calls, answered = report.value("calls"), report.value("answered")
    genuine = report.value("genuine")
    if not calls:
        return None
    return words(
        "{calls} panggilan diterima, {answered} dijawab; {genuine} di antaranya darurat nyata.",
        calls=calls,
        answered=answered,
        genuine=genuine,
    )


def _pranks(report: Report, words: Words) -> str | None:
    pranks, spent, calls = report.value("pranks"), report.value("prank_time_s"), report.value("calls")
    if not calls or pranks is None:
        return None
    if not spent:
        return words("{pranks} panggilan prank.", pranks=pranks)
    return words(
        "{pranks} panggilan prank ({share}) memakai {time} waktu petugas.",
        pranks=pranks,
        share=words.percent(pranks / calls),
        time=words.duration(spent),
    )


def _answering(report: Report, words: Words) -> str | None:
    share, known = report.value("genuine_within_15_s"), report.value("genuine_answer_known")
    if share is None:
        return None
    return words(
        "{share} darurat nyata dijawab dalam 15 detik (sasaran 90%, dari {known} yang waktunya tercatat).",
        share=words.percent(share),
        known=known,
    )


def _call_backs(report: Report, words: Words) -> str | None:
    due, still_open = report.value("callbacks_due"), report.value("callbacks_open")
    if not due:
        return None
    return words("{due} panggilan harus dipanggil balik; {open} masih terbuka.", due=due, open=still_open)


def _reviewing(report: Report, words: Words) -> str | None:
    flagged = report.value("flagged")
    if not flagged:
        return None
    told = {"flagged": flagged, "unruled": report.value("unruled")}
    return words("{flagged} panggilan perlu ditinjau; {unruled} belum ditinjau.", **told)

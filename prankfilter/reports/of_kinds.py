"""Figures of what calls were, and who said so."""

from __future__ import annotations

from prankfilter.reports import measures
from prankfilter.reports.measures import counting
from prankfilter.reports.row import Figure, Section, Unit
from prankfilter.vocabulary import Label, LabelSource

KINDS: tuple[Figure, ...] = (
    Figure(
        "pranks",
        Section.KINDS,
        Unit.COUNT,
        "Prank (prank call)",
        "Main-main anak, iseng atau pelecehan, dan informasi palsu. Tanpa suara, salah pencet, dan tidak "
        "terjawab bukan prank.",
        lambda material: len(material.pranks),
    ),
    Figure(
        "silent",
        Section.KINDS,
        Unit.COUNT,
        "Tanpa suara (ghost call)",
        "Dijawab, tetapi tidak ada yang berbicara. Bukan prank: penelepon mungkin tidak dapat berbicara.",
        counting(lambda call: call.label is Label.SILENT),
    ),
    Figure(
        "false_with_unit",
        Section.KINDS,
        Unit.COUNT,
        "Informasi palsu yang membuat unit berangkat",
        "Informasi palsu (sengaja) yang mencatat keberangkatan unit.",
        measures.false_with_unit,
    ),
    Figure(
        "prank_time_s",
        Section.KINDS,
        Unit.SECONDS,
        "Waktu petugas untuk prank",
        "Jumlah lama bicara panggilan prank yang lamanya tercatat.",
        measures.prank_time,
    ),
    Figure(
        "prank_times_unknown",
        Section.KINDS,
        Unit.COUNT,
        "Prank tanpa catatan lama bicara",
        "Tidak termasuk dalam waktu di atas.",
        measures.prank_times_unknown,
    ),
    Figure(
        "labelled_share",
        Section.KINDS,
        Unit.SHARE,
        "Panggilan dijawab yang sudah diberi jenis",
        "Bagian dari panggilan dijawab yang jenisnya sudah dinyatakan.",
        measures.labelled,
    ),
    Figure(
        "labelled_by_call_taker",
        Section.KINDS,
        Unit.COUNT,
        "Jenis dinyatakan petugas penerima",
        "Pernyataan yang berlaku berasal dari petugas penerima.",
        measures.said_by(LabelSource.CALL_TAKER),
        is_part=True,
    ),
    Figure(
        "labelled_by_field_unit",
        Section.KINDS,
        Unit.COUNT,
        "Jenis dinyatakan petugas lapangan",
        "Pernyataan yang berlaku berasal dari petugas lapangan.",
        measures.said_by(LabelSource.FIELD_UNIT),
        is_part=True,
    ),
    Figure(
        "labelled_by_supervisor",
        Section.KINDS,
        Unit.COUNT,
        "Jenis dinyatakan supervisor",
        "Pernyataan yang berlaku berasal dari supervisor.",
        measures.said_by(LabelSource.SUPERVISOR),
        is_part=True,
    ),
    Figure(
        "labelled_by_import",
        Section.KINDS,
        Unit.COUNT,
        "Jenis dari data yang diimpor",
        "Pernyataan yang berlaku berasal dari data lama yang diimpor.",
        measures.said_by(LabelSource.IMPORT),
        is_part=True,
    ),
    Figure(
        "labelled_after_score",
        Section.KINDS,
        Unit.COUNT,
        "Jenis dinyatakan sesudah melihat skor",
        "Tidak dipakai untuk riwayat, pelatihan, atau bukti batas risiko.",
        counting(lambda call: call.biased),
    ),
)

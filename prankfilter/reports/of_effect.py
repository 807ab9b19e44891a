"""Figures of what prankfilter did, and of what supervisors ruled on it."""

from __future__ import annotations

from prankfilter.reports import measures
from prankfilter.reports.measures import counting, screened_only
from prankfilter.reports.row import Figure, Section, Unit
from prankfilter.vocabulary import Verdict

EFFECT: tuple[Figure, ...] = (
    Figure(
        "genuine_delayed",
        Section.EFFECT,
        Unit.COUNT,
        "Darurat nyata yang mendapat sapaan otomatis",
        "Angka yang harus nol. Setiap panggilan seperti ini membuka insiden keselamatan.",
        measures.delayed,
    ),
    Figure(
        "genuine_delayed_bound",
        Section.EFFECT,
        Unit.SHARE,
        "Batas atas bagiannya (keyakinan 95%)",
        "Dengan keyakinan 95% bagian yang sebenarnya tidak lebih besar dari ini (Clopper–Pearson, satu "
        "sisi), dihitung dari darurat nyata yang dinilai prankfilter. Sedikit panggilan membuat batas ini "
        "lebar.",
        measures.delayed_bound,
    ),
    Figure(
        "genuine_delayed_worst",
        Section.EFFECT,
        Unit.COUNT,
        "Dalam keadaan terburuk",
        "Ditambah panggilan dengan sapaan otomatis yang belum jelas: berakhir saat sapaan dan belum "
        "dipanggil balik, atau disusul darurat nyata dari nomor atau kejadian yang sama dalam 24 jam.",
        measures.delayed_at_worst,
    ),
    Figure(
        "genuine_delayed_worst_bound",
        Section.EFFECT,
        Unit.SHARE,
        "Batas atas dalam keadaan terburuk",
        "Seperti batas di atas, dengan semua panggilan yang belum jelas dihitung darurat.",
        measures.delayed_bound_at_worst,
    ),
    Figure(
        "incidents",
        Section.EFFECT,
        Unit.COUNT,
        "Insiden keselamatan dibuka",
        "Insiden yang dibuka dalam periode ini.",
        lambda material: len(material.incidents),
    ),
    Figure(
        "incidents_open",
        Section.EFFECT,
        Unit.COUNT,
        "Insiden keselamatan yang masih terbuka",
        "Semua insiden yang belum ditutup pada akhir periode, termasuk dari periode sebelumnya.",
        lambda material: material.open_incident_count,
    ),
    Figure(
        "screened",
        Section.EFFECT,
        Unit.COUNT,
        "Dinilai prankfilter",
        "Panggilan yang ditanyakan kepada prankfilter.",
        counting(lambda call: call.policy is not None),
    ),
    Figure(
        "flagged",
        Section.EFFECT,
        Unit.COUNT,
        "Perlu ditinjau",
        "Ditandai untuk ditinjau supervisor. Tanda bukan tuduhan.",
        screened_only(lambda call: call.flagged),
    ),
    Figure(
        "verified",
        Section.EFFECT,
        Unit.COUNT,
        "Sapaan otomatis",
        "Disarankan mendapat sapaan otomatis selama menunggu petugas.",
        screened_only(lambda call: call.verified_at is not None),
    ),
    Figure(
        "prioritised",
        Section.EFFECT,
        Unit.COUNT,
        "Didahulukan",
        "Disarankan didahulukan di antara panggilan yang menunggu.",
        screened_only(lambda call: call.prioritised),
    ),
    Figure(
        "audited",
        Section.EFFECT,
        Unit.COUNT,
        "Sampel audit acak",
        "Ditarik acak; yang seharusnya mendapat sapaan otomatis diperlakukan biasa.",
        screened_only(lambda call: call.audited),
    ),
    Figure(
        "downtime_s",
        Section.EFFECT,
        Unit.SECONDS,
        "Layanan tidak berjalan",
        "Waktu tanpa layanan prankfilter sejak pertama kali dipasang. Panggilan tetap masuk seperti biasa.",
        lambda material: material.downtime_s,
    ),
    Figure(
        "time_saved_s",
        Section.EFFECT,
        Unit.SECONDS,
        "Waktu petugas yang dihemat",
        "Nol dalam mode pengamatan. Selain itu hanya yang terukur: selisih rata-rata lama bicara dengan "
        "sampel audit acak, bila kedua pihak sedikitnya 30 panggilan.",
        measures.saved_time,
    ),
    Figure(
        "confirmed",
        Section.REVIEW,
        Unit.COUNT,
        "Tepat ditandai",
        "Supervisor memutuskan tandanya tepat.",
        measures.ruled(Verdict.CONFIRMED),
    ),
    Figure(
        "overturned",
        Section.REVIEW,
        Unit.COUNT,
        "Keliru ditandai",
        "Supervisor memutuskan tandanya keliru, termasuk yang ternyata darurat.",
        measures.overturned,
    ),
    Figure(
        "was_emergency",
        Section.REVIEW,
        Unit.COUNT,
        "Ternyata darurat",
        "Ditandai, dan supervisor memutuskan bahwa itu darurat.",
        measures.ruled(Verdict.WAS_EMERGENCY),
        is_part=True,
    ),
    Figure(
        "unsure",
        Section.REVIEW,
        Unit.COUNT,
        "Ragu",
        "Supervisor tidak dapat memutuskan.",
        measures.ruled(Verdict.UNSURE),
    ),
    Figure(
        "unruled",
        Section.REVIEW,
        Unit.COUNT,
        "Belum ditinjau",
        "Perlu ditinjau dan belum diputuskan.",
        measures.ruled(None),
    ),
    Figure(
        "second_reviews",
        Section.REVIEW,
        Unit.COUNT,
        "Tinjauan kedua tanpa saling tahu",
        "Sampel acak 5% yang sudah diputuskan oleh dua orang.",
        measures.second_reviews,
    ),
    Figure(
        "agreement",
        Section.REVIEW,
        Unit.SHARE,
        "Kedua putusan sama",
        "Bagian dari tinjauan kedua yang putusannya sama.",
        measures.agreement,
    ),
)

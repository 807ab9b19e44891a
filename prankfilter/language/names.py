"""What the vocabulary is called on screens and in reports, in Indonesian; DESIGN's words are binding.

Other languages come from the catalogs: `Words` is asked for ``words(LABELS[Label.GENUINE])``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from prankfilter.vocabulary import (
    LABEL_NAMES_ID,
    STRATUM_NAMES_ID,
    AccessState,
    Advice,
    Assessed,
    Basis,
    CallBackResult,
    CallBackStep,
    CertificateStatus,
    Channel,
    EndedBy,
    Guard,
    Label,
    LabelSource,
    Moment,
    NumberKind,
    OwedFor,
    Stratum,
    Verdict,
)

LABELS: Mapping[Label, str] = LABEL_NAMES_ID

STRATA: Mapping[Stratum, str] = STRATUM_NAMES_ID

ADVICES: Mapping[Advice, str] = MappingProxyType(
    {Advice.NORMAL: "biasa", Advice.PRIORITY: "didahulukan", Advice.VERIFY: "sapaan otomatis"}
)

VERDICTS: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.CONFIRMED: "tepat",
        Verdict.OVERTURNED: "keliru ditandai",
        Verdict.UNSURE: "ragu",
        Verdict.WAS_EMERGENCY: "ternyata darurat",
    }
)

GUARDS: Mapping[Guard, str] = MappingProxyType(
    {
        Guard.REPEAT_BURST: "panggilan berulang dalam beberapa menit",
        Guard.SECOND_CHILD_CALL: "panggilan kedua, mungkin dari anak",
        Guard.RECENT_GENUINE: "darurat nyata belum lama ini",
        Guard.CALL_BACK: "baru saja dipanggil balik",
        Guard.SURGE: "lonjakan panggilan",
        Guard.TEXT_TELEPHONE: "nada telepon teks",
        Guard.DTMF: "nada tombol",
        Guard.CALL_PROGRESS: "nada sambung atau sibuk",
        Guard.BABY_CRY: "tangis bayi",
        Guard.TOO_LITTLE_AUDIO: "suara terlalu pendek",
        Guard.NO_CERTIFICATE: "tanpa bukti batas risiko",
        Guard.DEADLINE: "batas waktu terlewati",
        Guard.OVERLOAD: "layanan kelebihan beban",
        Guard.STORE_UNAVAILABLE: "penyimpanan tidak menjawab",
        Guard.NO_QUEUE: "tidak ada antrean",
        Guard.NEVER_SCREENED: "jenis panggilan tidak dinilai",
        Guard.AUDIT_SAMPLE: "sampel audit acak",
        Guard.SINGLE_GROUP: "tidak cukup tanpa suara",
        Guard.SWITCHED_OFF: "mode pengamatan",
    }
)

OWED_FOR: Mapping[OwedFor, str] = MappingProxyType(
    {
        OwedFor.IN_PROMPT: "berakhir saat sapaan otomatis",
        OwedFor.CUT_OFF: "terputus saat berbicara",
        OwedFor.UNANSWERED: "tidak sempat dijawab",
        OwedFor.HUNG_UP: "ditutup penelepon sebelum dijawab",
    }
)

CALL_BACK_STEPS: Mapping[CallBackStep, str] = MappingProxyType(
    {
        CallBackStep.CLAIM: "diambil",
        CallBackStep.ATTEMPT: "dicoba dipanggil",
        CallBackStep.CLOSE: "ditutup",
    }
)

CALL_BACK_RESULTS: Mapping[CallBackResult, str] = MappingProxyType(
    {
        CallBackResult.REACHED: "tersambung",
        CallBackResult.NOT_REACHED: "tidak tersambung",
        CallBackResult.IMPOSSIBLE: "tidak dapat dipanggil balik",
        CallBackResult.SETTLED: "tidak perlu lagi",
    }
)

ENDED_BY: Mapping[EndedBy, str] = MappingProxyType(
    {
        EndedBy.CALLER: "penelepon",
        EndedBy.PROMPT: "saat sapaan otomatis",
        EndedBy.CENTRE: "pusat layanan",
        EndedBy.NETWORK: "jaringan",
    }
)

ASSESSED: Mapping[Assessed, str] = MappingProxyType(
    {
        Assessed.FULL: "dinilai dengan suara",
        Assessed.METADATA_ONLY: "dinilai tanpa suara",
        Assessed.NOT_ENOUGH_AUDIO: "suara tidak cukup",
        Assessed.DEGRADED: "dinilai sebagian",
        Assessed.NOT_ASSESSED: "tidak dinilai",
    }
)

MOMENTS: Mapping[Moment, str] = MappingProxyType(
    {Moment.RING: "saat berdering", Moment.AUDIO: "dengan suara"}
)

LABEL_SOURCES: Mapping[LabelSource, str] = MappingProxyType(
    {
        LabelSource.CALL_TAKER: "petugas penerima",
        LabelSource.FIELD_UNIT: "petugas lapangan",
        LabelSource.SUPERVISOR: "supervisor",
        LabelSource.IMPORT: "impor data",
    }
)

NUMBER_KINDS: Mapping[NumberKind, str] = MappingProxyType(
    {
        NumberKind.ASSERTED: "nomor dari operator",
        NumberKind.UNVERIFIED: "nomor belum terverifikasi",
        NumberKind.WITHHELD: "nomor disembunyikan",
        NumberKind.NONE: "tanpa nomor",
    }
)

ACCESS_STATES: Mapping[AccessState, str] = MappingProxyType(
    {
        AccessState.SERVICE_INITIALIZED: "pelanggan aktif",
        AccessState.NSI: "tanpa langganan aktif",
        AccessState.SIM_LESS: "tanpa kartu SIM",
        AccessState.UNAUTHENTICATED: "tidak terautentikasi",
    }
)

CHANNELS: Mapping[Channel, str] = MappingProxyType(
    {
        Channel.VOICE: "telepon",
        Channel.APP_CALL: "panggilan aplikasi",
        Channel.APP_PANIC: "tombol panik",
        Channel.TEXT: "pesan teks",
    }
)

BASES: Mapping[Basis, str] = MappingProxyType(
    {Basis.REAL: "panggilan sungguhan", Basis.SIMULATED: "panggilan simulasi"}
)

CERTIFICATE_STATUSES: Mapping[CertificateStatus, str] = MappingProxyType(
    {
        CertificateStatus.VALID: "berlaku",
        CertificateStatus.EXPIRED: "kedaluwarsa",
        CertificateStatus.SUSPENDED: "ditangguhkan",
        CertificateStatus.OTHER_MODEL: "untuk model lain",
        CertificateStatus.OTHER_POLICY: "untuk kebijakan lain",
        CertificateStatus.OTHER_CAPTURE: "untuk cara perekaman lain",
        CertificateStatus.STRATUM_NOT_COVERED: "tidak mencakup kelompok ini",
    }
)

POLICIES: Mapping[str, str] = MappingProxyType(
    {
        "observe": "mode pengamatan",
        "queue": "sapaan otomatis hanya saat ada antrean",
        "always": "sapaan otomatis tanpa melihat antrean",
    }
)
"""By `prankfilter.routing.policies.Policy.name`."""

TRAIL: Mapping[str, str] = MappingProxyType(
    {
        "facts": "keterangan dari sistem telepon",
        "outcome": "kata petugas",
        "verdict": "putusan",
        "call_back": "panggil balik",
        "second": "tinjauan kedua",
        "withdrawn": "putusan diurungkan",
        "doubted": "diragukan: panggilan lain tentang kejadian yang sama adalah darurat nyata",
        "doubt_ended": "tidak lagi diragukan",
        "listened": "mendengarkan rekaman",
        "saw_score": "melihat skor sebelum ada kata petugas",
        "exported": "mengekspor data",
        "erased": "menghapus data seseorang",
        "purged": "menghapus data lama",
        "cleared_number": "menghapus riwayat prank nomor",
        "closed_incident": "menutup insiden",
        "promoted_model": "mengaktifkan model",
        "rolled_back_model": "kembali ke model sebelumnya",
        "signed_in": "masuk",
        "sign_in_refused": "ditolak masuk",
        "signed_out": "keluar",
        "made_account": "membuat akun",
        "ended_account": "mengakhiri akun",
        "changed_password": "mengganti kata sandi",
    }
)
"""What was done, by the words that trails and the book of deeds are kept in (`store.said`, `store.deeds`)."""

TABLES: tuple[tuple[type[StrEnum], Mapping[Any, str]], ...] = (
    (Label, LABELS),
    (Stratum, STRATA),
    (Advice, ADVICES),
    (Verdict, VERDICTS),
    (Guard, GUARDS),
    (OwedFor, OWED_FOR),
    (CallBackStep, CALL_BACK_STEPS),
    (CallBackResult, CALL_BACK_RESULTS),
    (EndedBy, ENDED_BY),
    (Assessed, ASSESSED),
    (Moment, MOMENTS),
    (LabelSource, LABEL_SOURCES),
    (NumberKind, NUMBER_KINDS),
    (AccessState, ACCESS_STATES),
    (Channel, CHANNELS),
    (Basis, BASES),
    (CertificateStatus, CERTIFICATE_STATUSES),
)
"""Every enum that has names here, with its table; each must be whole."""

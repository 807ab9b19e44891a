"""What a page refuses, and how it says so: one row a refusal, for people and not for programs.

The console's own refusals never leave it: `page_route` turns them into pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fastapi.exceptions import RequestValidationError

from prankfilter import errors
from prankfilter_api import refusals


class SignInNeeded(Exception):
    """Nobody is signed in, or not any more."""


class NotYours(Exception):
    """Somebody is signed in whose role may not do this."""


class FormExpired(Exception):
    """A form was sent that was not shown to whoever sent it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row: the page's status, what it says, and what to do."""

    status: int
    title: str
    remedy: str


INTERNAL = Refusal(
    500, "Ada kesalahan pada layanan", "Panggilan tetap dilayani. Sampaikan kode ini kepada pengelola:"
)

REFUSALS: Mapping[type[Exception], Refusal] = MappingProxyType(
    {
        NotYours: Refusal(
            403, "Halaman ini bukan untuk peran Anda", "Hubungi administrator bila Anda memerlukannya."
        ),
        FormExpired: Refusal(
            403,
            "Formulir ini tidak berlaku lagi",
            "Tidak ada yang tersimpan. Buka lagi halamannya, lalu ulangi.",
        ),
        refusals.UnknownAddress: Refusal(
            404, "Halaman tidak ditemukan", "Periksa alamatnya, atau kembali ke halaman awal."
        ),
        errors.NotFound: Refusal(
            404, "Data tidak ditemukan", "Mungkin alamatnya salah, atau datanya sudah dihapus."
        ),
        errors.NotAllowed: Refusal(
            403,
            "Anda tidak boleh melakukan ini pada panggilan ini",
            "Siapa yang menjawab panggilan tidak meninjaunya, tinjauan kedua dilakukan orang lain, dan hanya "
            "putusan sendiri yang bisa diurungkan, selama sepuluh detik.",
        ),
        errors.Taken: Refusal(
            409, "Sudah ditangani orang lain", "Kembali ke daftar dan ambil yang berikutnya."
        ),
        errors.BadInput: Refusal(
            422,
            "Isian tidak dapat dipakai",
            "Tidak ada yang tersimpan. Kembali, perbaiki isiannya, lalu ulangi.",
        ),
        refusals.InvalidBody: Refusal(
            422,
            "Isian tidak dapat dipakai",
            "Tidak ada yang tersimpan. Kembali, perbaiki isiannya, lalu ulangi.",
        ),
        RequestValidationError: Refusal(
            404, "Halaman tidak ditemukan", "Periksa alamatnya, atau kembali ke halaman awal."
        ),
        refusals.DoorRefusal: Refusal(
            400,
            "Permintaan tidak dapat dibaca",
            "Tidak ada yang tersimpan. Buka lagi halamannya, lalu ulangi.",
        ),
        errors.ReportFailed: Refusal(
            503,
            "Laporan tidak dapat dibuat",
            "Coba lagi sebentar lagi, atau pilih periode yang lebih pendek. Catatan layanan memuat sebabnya.",
        ),
        errors.OverloadedError: Refusal(
            503, "Layanan sedang sibuk", "Tidak ada yang tersimpan. Coba lagi sebentar lagi."
        ),
        errors.StoreUnavailable: Refusal(
            503,
            "Penyimpanan data tidak menjawab",
            "Tidak ada yang tersimpan. Panggilan tetap dilayani. Coba lagi sebentar lagi.",
        ),
        Exception: INTERNAL,
    }
)


def refusal_of(refused: Exception) -> Refusal:
    """Find the row of a refusal, or of the nearest of its ancestors."""
    return next(REFUSALS[kind] for kind in type(refused).__mro__ if kind in REFUSALS)

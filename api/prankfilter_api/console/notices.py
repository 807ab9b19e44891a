"""What a page says first after something was done: one row each, named in the address (``?done=saved``)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

NOTICES: Mapping[str, str] = MappingProxyType(
    {
        "saved": "Tersimpan.",
        "switched_off": "Sapaan otomatis dimatikan. Semua panggilan kini langsung ke petugas.",
        "switched_on": "Sapaan otomatis dihidupkan lagi.",
        "ruled": "Putusan tersimpan.",
        "second_ruled": "Tinjauan kedua tersimpan. Terima kasih.",
        "undone": "Putusan diurungkan.",
        "released": "Dikembalikan ke daftar.",
        "queue_empty": "Tidak ada lagi yang menunggu.",
        "number_cleared": "Riwayat prank nomor ini tidak lagi diperhitungkan.",
        "incident_closed": "Insiden ditutup.",
        "model_promoted": "Model diaktifkan. Dalam sekejap semua proses memakainya.",
        "model_rolled_back": "Kembali ke model sebelumnya.",
        "signed_out": "Anda sudah keluar.",
        "own_password_set": "Kata sandi Anda diganti. Masuklah dengan yang baru.",
        "account_made": "Akun dibuat.",
        "account_ended": "Akun diakhiri; pemiliknya sudah dikeluarkan dari semua peramban.",
        "password_set": "Kata sandi diganti; pemiliknya harus masuk lagi.",
    }
)

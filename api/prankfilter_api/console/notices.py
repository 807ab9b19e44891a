"""What a page says first after something was done: one row each, named in the address (``?done=saved``)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

NOTICES: Mapping[str, str] = MappingProxyType(
    {
        "saved": "Tersimpan.",
        "signed_out": "Anda sudah keluar.",
        "account_made": "Akun dibuat.",
        "account_ended": "Akun diakhiri; pemiliknya sudah dikeluarkan dari semua peramban.",
        "password_set": "Kata sandi diganti; pemiliknya harus masuk lagi.",
    }
)

"""What is sealed opens whole, in its own place, with its own key, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prankfilter.errors import BadSeal
from prankfilter.privacy.keyring import Key, Keyring, Purpose
from prankfilter.privacy.seal import Sealer

KEYS = Keyring.ephemeral()
SEALER = Sealer(KEYS, Purpose.SEAL)
SOUND = b"RIFF" + bytes(range(256)) * 4


@given(st.binary(max_size=2000), st.text(st.characters(exclude_categories=())))
def test_what_is_sealed_opens_again(plain: bytes, about: str) -> None:
    assert SEALER.open(SEALER.seal(plain, about=about), about=about) == plain


def test_nothing_of_it_can_be_read_and_no_two_seals_are_alike() -> None:
    seals = {SEALER.seal(b"+6281234567890", about="c") for _ in range(100)}
    assert len(seals) == 100
    assert not any(b"812345" in sealed for sealed in seals)


@given(st.integers(0, 10**9), st.integers(1, 255))
def test_one_altered_byte_anywhere_and_it_stays_shut(place: int, change: int) -> None:
    sealed = bytearray(SEALER.seal(SOUND, about="c"))
    sealed[place % len(sealed)] ^= change
    with pytest.raises(BadSeal):
        SEALER.open(bytes(sealed), about="c")


@given(st.integers(0, 10**9))
def test_cut_off_anywhere_it_stays_shut(length: int) -> None:
    sealed = SEALER.seal(SOUND, about="c")
    with pytest.raises(BadSeal):
        SEALER.open(sealed[: length % len(sealed)], about="c")


def test_the_sound_of_one_call_does_not_open_as_that_of_another() -> None:
    with pytest.raises(BadSeal, match="belongs to something else"):
        SEALER.open(SEALER.seal(SOUND, about="call-1"), about="call-2")


def test_a_number_to_call_back_has_a_key_of_its_own() -> None:
    with pytest.raises(BadSeal):
        SEALER.open(Sealer(KEYS, Purpose.CALLBACK).seal(b"+6281234567890", about="c"), about="c")


def test_after_a_new_key_old_seals_open_until_the_old_key_is_destroyed() -> None:
    old, new = Key("k1", bytes(32)), Key("k2", bytes(31) + b"\1")
    sealed = Sealer(Keyring({Purpose.SEAL: (old,)}), Purpose.SEAL).seal(SOUND, about="c")
    both = Sealer(Keyring({Purpose.SEAL: (new, old)}), Purpose.SEAL)
    assert both.open(sealed, about="c") == SOUND
    only_new = Sealer(Keyring({Purpose.SEAL: (new,)}), Purpose.SEAL)
    assert only_new.open(both.seal(SOUND, about="c"), about="c") == SOUND
    with pytest.raises(BadSeal, match="k1, which is gone"):
        only_new.open(sealed, about="c")


@pytest.mark.parametrize("plain", [b"", b"PFS1", b"RIFF" * 100, b"\0" * 64])
def test_what_was_never_sealed_does_not_open(plain: bytes) -> None:
    with pytest.raises(BadSeal):
        SEALER.open(plain, about="c")

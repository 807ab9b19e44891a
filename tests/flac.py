"""FLAC by hand (RFC 9639): frames that hold one value, so that a few bytes are many samples."""

from __future__ import annotations

import functools

BLOCK = 65535
"""Most samples of a frame."""


def flac(
    samples: int,
    *,
    rate_hz: int = 48_000,
    channels: int = 1,
    said_samples: int | None = None,
    said_block: int = BLOCK,
    bits: int = 16,
) -> bytes:
    """A stream of silence, rounded up to whole blocks; ``said_samples`` is what its header claims."""
    frames = -(-samples // BLOCK)
    said = min(samples if said_samples is None else said_samples, 2**36 - 1)
    return (
        b"fLaC"
        + _stream_info(rate_hz, channels, said, said_block, bits)
        + b"".join(_frame(number, channels) for number in range(frames))
    )


def _stream_info(rate_hz: int, channels: int, said: int, block: int, bits: int) -> bytes:
    packed = rate_hz << 44 | (channels - 1) << 41 | (bits - 1) << 36 | said
    body = block.to_bytes(2, "big") * 2 + bytes(6) + packed.to_bytes(8, "big") + bytes(16)
    return b"\x80" + len(body).to_bytes(3, "big") + body


@functools.cache
def _frame(number: int, channels: int) -> bytes:
    coded = chr(number).encode("utf-8", "surrogatepass")
    head = b"\xff\xf8\x70" + bytes([(channels - 1) << 4 | 0x08]) + coded + (BLOCK - 1).to_bytes(2, "big")
    body = head + bytes([_crc(head, _TABLE_8, bits=8)]) + b"\x00\x00\x00" * channels
    return body + _crc(body, _TABLE_16, bits=16).to_bytes(2, "big")


def _table(polynomial: int, *, bits: int) -> list[int]:
    """Remainder of each byte."""
    remainders = []
    for byte in range(256):
        value = byte << (bits - 8)
        for _ in range(8):
            value = value << 1 ^ (polynomial if value >> (bits - 1) else 0)
            value &= (1 << bits) - 1
        remainders.append(value)
    return remainders


_TABLE_8, _TABLE_16 = _table(0x07, bits=8), _table(0x8005, bits=16)


def _crc(data: bytes, table: list[int], *, bits: int) -> int:
    value = 0
    for byte in data:
        value = (value << 8 & (1 << bits) - 1) ^ table[value >> (bits - 8) ^ byte]
    return value

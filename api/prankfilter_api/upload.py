"""What one screening request brings: the call's JSON, perhaps sound, read as it arrives.

Sound that is too large, too late, cut off or malformed costs the sound, never the call: where the part
`call` was readable the call is judged without it, and a fault says so.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.types import Receive

from prankfilter.errors import BadRecord
from prankfilter_api.bodies import CALL_BYTES, read_bytes, read_chunk
from prankfilter_api.refusals import BodyTooLarge, BodyTooSlow

PARTS = 20
"""Most parts of a form; a request has two."""

HEADER_BYTES = 4096

# It logs the bytes that it stumbled over, and they may belong to a number.
logging.getLogger("python_multipart.multipart").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Upload:
    """The parts of one screening request, and what was wrong with its sound."""

    call: bytes
    audio: bytes | None = None
    faults: tuple[str, ...] = ()


async def read_upload(content_type: str, receive: Receive, *, audio_bytes: int, until: float) -> Upload:
    """Read a request body: a multipart form, or else nothing but the call's JSON."""
    kind, options = parse_options_header(content_type)
    if not kind.startswith(b"multipart/"):
        return Upload(await read_bytes(receive, most=CALL_BYTES, until=until))
    boundary = options.get(b"boundary")
    if not boundary:
        raise BadRecord("The multipart form has no boundary.")
    try:
        form = _Form(boundary, audio_bytes)
    except FormParserError:
        raise BadRecord("The boundary of the multipart form is too long.") from None
    try:
        await form.read(receive, until=until)
    except FormParserError:
        form.give_up("the form is malformed")
    except BodyTooSlow:
        if not form.call_is_whole:
            raise
        form.give_up("it did not arrive within the deadline")
    return form.upload()


class _Form:
    """A form whose parts `call` and `audio` are kept, and no byte of any other."""

    def __init__(self, boundary: bytes, audio_bytes: int) -> None:
        self._audio_bytes = audio_bytes
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_field": self._header_field,
                "on_header_value": self._header_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._name_part,
                "on_part_data": self._part_data,
                "on_part_end": self._end_part,
            },
            max_header_size=HEADER_BYTES,
        )
        self._seen: set[bytes] = set()
        self._parts: dict[bytes, bytearray] = {}
        self._whole: set[bytes] = set()
        self._faults: list[str] = []
        self._count = 0
        self._field, self._value, self._name = bytearray(), bytearray(), b""

    @property
    def call_is_whole(self) -> bool:
        """Whether the call's record has arrived."""
        return b"call" in self._whole

    async def read(self, receive: Receive, *, until: float) -> None:
        """Read until the form ends, or until nothing that may still come matters."""
        most = 2 * self._audio_bytes + CALL_BYTES
        size, more = 0, True
        while more and not (self.call_is_whole and self._faults):
            chunk, more = await read_chunk(receive, until=until)
            size += len(chunk)
            if size > most:
                raise BodyTooLarge(
                    f"The form has more than {most} bytes, and no part `call` came before them."
                )
            self._parser.write(chunk)

    def give_up(self, why: str) -> None:
        """Read no further: sound that is not whole by now is lost."""
        if b"audio" not in self._whole:
            self._parts.pop(b"audio", None)
            self._faults.append(f"audio: {why}")

    def upload(self) -> Upload:
        """Hand over what arrived whole."""
        if not self.call_is_whole:
            raise BadRecord("The form has no whole part `call`.")
        if b"audio" in self._parts:
            self.give_up("the form ended in the middle of it")
        audio = self._parts.get(b"audio")
        return Upload(
            bytes(self._parts[b"call"]), None if audio is None else bytes(audio), tuple(self._faults)
        )

    # --- what the parser calls ---------------------------------------------------------------

    def _begin_part(self) -> None:
        self._count += 1
        if self._count > PARTS:
            raise BadRecord(f"The form has more than {PARTS} parts.")
        self._name = b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._field.lower() == b"content-disposition":
            _, options = parse_options_header(self._value.decode("latin-1"))
            self._name = options.get(b"name", b"")
        self._field, self._value = bytearray(), bytearray()

    def _name_part(self) -> None:
        if self._name == b"call" and b"call" in self._seen:
            raise BadRecord("The form has two parts `call`.")
        if self._name == b"audio" and b"audio" in self._seen:
            self._faults.append("audio: the form has several; only the first counts")
            self._name = b""
        if self._name in (b"call", b"audio"):
            self._seen.add(self._name)
            self._parts[self._name] = bytearray()

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        part = self._parts.get(self._name)
        if part is None:
            return
        part += data[start:end]
        if self._name == b"call" and len(part) > CALL_BYTES:
            raise BodyTooLarge(f"The part `call` has more than {CALL_BYTES} bytes.")
        if self._name == b"audio" and len(part) > self._audio_bytes:
            self.give_up(f"the recording has more than {self._audio_bytes} bytes")

    def _end_part(self) -> None:
        if self._name in self._parts:
            self._whole.add(self._name)

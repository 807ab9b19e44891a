"""Live audio: what a second of a stream costs, how soon its decision comes, and who waits because of it."""

from __future__ import annotations

import asyncio
import base64
import json
import multiprocessing
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from prankfilter_api.demo.clips import CLIPS
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from benchmarks.calls import LIMITS, RATE_HZ
from benchmarks.measure import Timing
from benchmarks.processes import Service, prankfilter
from benchmarks.serving import asking, without_sound
from benchmarks.tables import show
from prankfilter.audio.companding import encode_mu_law
from prankfilter.audio.wav import read_wav
from prankfilter.vocabulary import LOOKS_S

STREAMS = 20
FED, WARM, FED_AT_ONCE = 16, 2, 4
SOUND_S = LOOKS_S[-1]
TAIL_S = 30.0
"""Of sound that no look goes by any more, to see what it costs to take it in."""
PACKET = RATE_HZ // 50
ROUNDS = 2
PAUSE_S = 0.02
PATIENCE_S = 60.0

Frames = Sequence[bytes | str]


def main(models: Path) -> None:
    """Cost first; then decisions and calls without sound beside streams, in turn with the same without."""
    with prankfilter(models) as service:
        _cost(service)
        _beside(service)


# --- sound -----------------------------------------------------------------------------------------


def sound(seconds: float) -> np.ndarray[Any, np.dtype[np.int16]]:
    """The demonstration's clips, one behind another."""
    clips = [read_wav(path.read_bytes(), LIMITS).samples for path in sorted(CLIPS.glob("adult_*.wav"))]
    whole = np.concatenate(clips)
    samples = np.resize(whole, round(seconds * RATE_HZ))
    return (samples * 32767).round().astype(np.int16)


def raw(seconds: float) -> Frames:
    """20 ms of 16-bit PCM a frame."""
    data = sound(seconds).tobytes()
    return [data[start : start + 2 * PACKET] for start in range(0, len(data), 2 * PACKET)]


def twilio(seconds: float) -> Frames:
    """20 ms of µ-law a frame, in Twilio's JSON, one packet in fifty lost."""
    codes = encode_mu_law(sound(seconds)).tobytes()
    start = {"mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}}
    return [
        json.dumps({"event": "start", "start": start}),
        *(_media(codes, place) for place in range(0, len(codes), PACKET) if place // PACKET % 50 != 7),
    ]


def _media(codes: bytes, place: int) -> str:
    media = {
        "track": "inbound",
        "chunk": str(place // PACKET + 1),
        "timestamp": str(place * 1000 // RATE_HZ),
        "payload": base64.b64encode(codes[place : place + PACKET]).decode(),
    }
    return json.dumps({"event": "media", "sequenceNumber": str(place // PACKET + 2), "media": media})


# --- what it costs -----------------------------------------------------------------------------------


def _cost(service: Service) -> None:
    rows = []
    for name, frames, of_s in (
        ("16-bit PCM, heard", raw(SOUND_S), SOUND_S),
        ("Twilio's JSON with 2 % loss, heard", twilio(SOUND_S), SOUND_S),
        ("16-bit PCM after the last look, taken in only", raw(SOUND_S + TAIL_S), TAIL_S),
    ):
        asyncio.run(_feed(service, f"warm-{len(rows)}", frames, WARM))
        before_s = service.cpu_s()
        asyncio.run(_feed(service, f"cost-{len(rows)}", frames, FED))
        each_s = (service.cpu_s() - before_s) / FED
        if of_s == TAIL_S:
            each_s -= float(rows[0][2]) / 1000 * SOUND_S
        rows.append([name, str(FED), f"{1000 * each_s / of_s:.2f}", f"{of_s / each_s:.0f}"])
    show(
        "Processor time of a second of live sound, through the socket, decisions and their keeping included",
        ["what", "streams", "ms", "streams one core keeps up with"],
        rows,
        f"{SOUND_S:g} s each in frames of 20 ms, as fast as they are taken in; a decision at 1, 3, 5, 10 s "
        "and at the end.",
    )


async def _feed(service: Service, prefix: str, frames: Frames, count: int) -> None:
    """Send many streams, a few at once, each as fast as it is taken in."""
    numbers = iter(range(count))

    async def feed_some() -> None:
        for number in numbers:
            async with _stream(service.port, service.key, f"{prefix}-{number}") as socket:
                for frame in frames:
                    await socket.send(frame)
                await socket.send("STOP")
                await _drained(socket)

    await asyncio.gather(*(feed_some() for _ in range(FED_AT_ONCE)))


async def _drained(socket: ClientConnection) -> None:
    try:
        while True:
            await socket.recv()
    except ConnectionClosed:
        pass


def _stream(port: int, key: str, call_id: str) -> connect:
    address = f"ws://127.0.0.1:{port}/v1/calls/{call_id}/stream?audio_capture=caller_before_answer"
    headers = {"Authorization": f"Bearer {key}"}
    return connect(address, additional_headers=headers, compression=None, open_timeout=PATIENCE_S)


# --- who waits for whom --------------------------------------------------------------------------------


def _beside(service: Service) -> None:
    """Ask without sound beside no streams and beside twenty, in turn; meanwhile see when decisions come."""
    asked: dict[str, list[float]] = {"no streams": [], f"{STREAMS} streams": []}
    waited: dict[float, list[float]] = defaultdict(list)
    seen = Counter[str]()
    ask = asking(service.client(), without_sound("beside"), seen)
    alone, beside = asked.values()
    for number in range(ROUNDS):
        alone += _ask_until(ask, _is_after(SOUND_S))
        for look_s, seconds in _with_speakers(service, f"round-{number}", ask, beside):
            waited[look_s].append(seconds)
    _show_asked(asked, seen)
    _show_waited(waited)


def _is_after(seconds: float) -> Callable[[], bool]:
    until = time.perf_counter() + seconds
    return lambda: time.perf_counter() > until


def _ask_until(ask: Any, is_over: Any) -> list[float]:
    taken = []
    while not is_over():
        started = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - started)
        time.sleep(PAUSE_S)
    return taken


def _with_speakers(
    service: Service, prefix: str, ask: Any, asked: list[float]
) -> Iterator[tuple[float, float]]:
    """Let speakers speak from a process of their own; yields how long each decision took."""
    here, there = multiprocessing.Pipe()
    speakers = multiprocessing.Process(target=_speak_all, args=(there, service.port, service.key, prefix))
    speakers.start()
    # So that a process that dies is heard of, instead of waited for.
    there.close()
    asked += _ask_until(ask, here.poll)
    yield from here.recv()
    speakers.join()


def _speak_all(told: Any, port: int, key: str, prefix: str) -> None:
    """Twenty callers in real time, each a little after the one before."""

    async def run() -> list[tuple[float, float]]:
        frames = twilio(SOUND_S)
        calls = (
            _speak(port, key, f"{prefix}-{number}", frames, number / STREAMS) for number in range(STREAMS)
        )
        return [one for told_by in await asyncio.gather(*calls) for one in told_by]

    told.send(asyncio.run(run()))


async def _speak(
    port: int, key: str, call_id: str, frames: Frames, after_s: float
) -> list[tuple[float, float]]:
    """One caller; returns the look and the seconds from its last frame to its decision."""
    await asyncio.sleep(after_s)
    sent_at: dict[float, float] = {}
    waited: list[tuple[float, float]] = []
    async with _stream(port, key, call_id) as socket:

        async def listen() -> None:
            async for text in socket:
                told = json.loads(text)
                look_s = told["audio_s"]
                if told["moment"] == "audio" and look_s in sent_at:
                    waited.append((look_s, time.perf_counter() - sent_at.pop(look_s)))

        listening = asyncio.create_task(listen())
        await socket.send(frames[0])
        started = time.perf_counter()
        for frame in frames[1:]:
            end_s = round(int(json.loads(frame)["media"]["timestamp"]) / 1000 + 0.02, 2)
            await asyncio.sleep(max(0.0, started + end_s - time.perf_counter()))
            if end_s in LOOKS_S:
                sent_at[end_s] = time.perf_counter()
            await socket.send(frame)
        await socket.send('{"event": "stop"}')
        await listening
    return waited


def _show_asked(asked: dict[str, list[float]], seen: Counter[str]) -> None:
    timings = {name: Timing.of(seconds) for name, seconds in asked.items()}
    base = timings["no streams"]
    rows = [
        [name, f"{one.p50_ms:.2f}", f"{one.p99_ms:.2f}", str(one.runs), f"{one.p99_ms / base.p99_ms:.2f}"]
        for name, one in timings.items()
    ]
    told = ", ".join(f"{count} {assessed}" for assessed, count in sorted(seen.items()))
    show(
        "Calls without sound beside streams in real time",
        ["beside", "p50 ms", "p99 ms", "calls", "p99 / no streams"],
        rows,
        f"Answers: {told}; an error would have ended this.",
    )


def _show_waited(waited: dict[float, list[float]]) -> None:
    rows = []
    for look_s, seconds in sorted(waited.items()):
        p50, p95 = np.percentile(np.array(seconds) * 1000, [50, 95])
        rows.append([f"{look_s:g} s", f"{p50:.1f}", f"{p95:.1f}", str(len(seconds))])
    show(
        f"From a look's last frame to its decision, {STREAMS} streams in real time",
        ["look", "p50 ms", "p95 ms", f"decisions of {ROUNDS * STREAMS}"],
        rows,
    )

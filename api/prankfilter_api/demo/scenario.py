"""Write the demonstration's calls: fourteen earlier days, an earlier shift, and a shift of some forty calls.

Run by the project's developers (`make demo-clips`); ``history.jsonl``, ``earlier.jsonl`` and ``shift.jsonl``
travel with the package. Numbers are made up. The shift shows each advice and every guard that a healthy
service can meet; its named cases are those of the safety rules: calls that look like pranks and were not. The
earlier shift shows what people make of flags, incidents and call-backs.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
Row = dict[str, Any]

JOKER = "+6281250000777"
JOKER_TOO = "+6281250000888"
ONCE_GENUINE = "+6281250000999"
HOUSEHOLD = "+6281350000111"
WORRIED = "+6281350000222"
CALLED_BACK = "+6281350000333"

LAUGHER = "+6281250000444"
LAUGHER_TOO = "+6281250000555"
MENDED = "+6281250000666"
PROMPTED = "+6281250000223"
FROM_EARLIER = (LAUGHER, LAUGHER_TOO, MENDED, PROMPTED)
"""Numbers with pranks on record that call in the earlier shift, and in that alone."""

CELLS = ("510-10-4101-1", "510-10-4101-2", "510-10-4102-1", "510-10-4103-3")
DISTRICT = "510-10-4101"
"""As reports name the area of most of them."""
FLOODED = "510-10-4109-1"
QUIET = "510-10-4104-2"
QUIET_TOO = "510-10-4105-1"
QUIET_HOME, QUIET_STREET = "510-10-4101-7", "510-10-4102-7"
"""Where soon after midnight, when the shift is squeezed into minutes, it still is no surge."""
ELSEWHERE = ("510-10-4106-1", "510-10-4106-2", "510-10-4107-1", "510-10-4107-2")
"""Of the earlier shift: what it adds to the load of an area changes nothing tonight."""

FIRE, POLICE, AMBULANCE = "Damkar", "Polres", "PSC 119"


def call(number: str | None, *, cell: str = CELLS[0], waiting: int = 0, **fields: Any) -> Row:
    """One call record as a router would send it; its time is filled in at the replay."""
    row: Row = {
        "centre_id": "PPU",
        "trunk": "telkomsel-1",
        "cell_id": cell,
        "calls_waiting": waiting,
        "channel": "voice",
    }
    if number is not None:
        row |= {"calling_number": number, "number_kind": "asserted", "access_state": "service_initialized"}
    return row | fields


def background(rng: random.Random, day: int) -> list[Row]:
    """The ordinary calls of one earlier day."""
    mix = {
        "silent": 42,
        "joke_or_abuse": 24,
        "child_play": 12,
        "information": 16,
        "genuine": 4,
        "accidental": 2,
    }
    usual_s = {
        "silent": 12,
        "joke_or_abuse": 35,
        "child_play": 20,
        "information": 60,
        "genuine": 120,
        "accidental": 8,
    }
    rows = []
    for _ in range(rng.randint(8, 16)):
        label = rng.choices(list(mix), list(mix.values()))[0]
        hour = min(max(int(rng.gauss(15, 4.5)), 0), 23)
        rows.append(
            {
                "days_ago": day,
                "time": f"{hour:02d}:{rng.randrange(60):02d}:{rng.randrange(60):02d}",
                "call": call(f"+62812{rng.randrange(10**7, 10**8)}", cell=rng.choice(CELLS)),
                "label": label,
                "duration_s": round(rng.lognormvariate(0, 0.6) * usual_s[label], 1),
                "label_by": rng.choice(["petugas-1", "petugas-2", "petugas-3"]),
            }
        )
    return rows


def earlier(
    number: str, days: list[int], label: str, *, time: str, verdict: str | None = "confirmed"
) -> list[Row]:
    """Calls of one known number, ruled on by a supervisor the day after."""
    return [
        {
            "days_ago": day,
            "time": time,
            "call": call(number),
            "label": label,
            "duration_s": 31.0,
            "label_by": "petugas-2",
            **({"verdict": verdict, "verdict_by": "supervisor-1"} if verdict else {}),
        }
        for day in days
    ]


def history() -> list[Row]:
    """Fourteen earlier days, oldest first."""
    rng = random.Random(112)  # noqa: S311 - a scenario, not a secret
    rows = [row for day in range(14, 0, -1) for row in background(rng, day)]
    rows += earlier(JOKER, [9, 8, 6, 4, 3, 2], "joke_or_abuse", time="20:11:00")
    rows += earlier(JOKER_TOO, [8, 7, 5, 4, 3, 2], "joke_or_abuse", time="19:32:00")
    rows += earlier(ONCE_GENUINE, [13, 12, 10, 8, 6], "joke_or_abuse", time="21:05:00")
    rows += earlier(ONCE_GENUINE, [2], "genuine", time="05:40:00", verdict=None)
    rows += earlier(HOUSEHOLD, [9, 7, 5], "child_play", time="15:20:00")
    for minute, number in enumerate(FROM_EARLIER):
        rows += earlier(number, [9, 8, 7, 5, 4, 3], "joke_or_abuse", time=f"18:{40 + minute}:00")
    return sorted(rows, key=lambda row: (-row["days_ago"], row["time"]))


@dataclass(slots=True)
class Calls:
    """Calls that ring one after the other."""

    rows: list[Row] = field(default_factory=list)

    def ring(
        self,
        at_share: float,
        why: str,
        record: Row,
        *,
        plus_s: float = 0,
        same_call: bool = False,
        clip: str | None = None,
        drawn: bool = False,
        facts: Row | None = None,
        said: Sequence[Row] = (),
        **outcome: Any,
    ) -> None:
        """Add one.

        ``at_share`` is the place in the replayed window, ``plus_s`` seconds after it, ``why`` what to look
        at; ``same_call`` marks a later look at the call before, ``drawn`` one for the blind second review. Of
        ``facts``, what ends in ``_s`` is a time, in seconds after the call came in. ``said`` is what people
        did about it afterwards (`prankfilter_api.demo.afterwards`).
        """
        if clip is not None:
            record = record | {"audio_capture": "caller_before_answer"}
        self.rows.append(
            {
                "at_share": at_share,
                "plus_s": plus_s,
                "same_call": same_call,
                "why": why,
                "call": record,
                "clip": clip,
                "outcome": outcome or None,
                "drawn": drawn,
                "facts": facts,
                "said": list(said),
            }
        )

    def in_order(self) -> list[Row]:
        """As they arrive."""
        return sorted(self.rows, key=lambda row: (row["at_share"], row["plus_s"]))


def sent_out(agency: str, dispatched_s: float, on_scene_s: float) -> Row:
    """A call that was forwarded to an agency, and when its unit left and arrived."""
    return {"agency": agency, "dispatched_s": dispatched_s, "on_scene_s": on_scene_s}


def ruled(verdict: str, *, by: str, after_s: float | None = None, **more: Any) -> Row:
    """A supervisor's verdict."""
    return {"what": "ruled", "by": by, "after_s": after_s, "verdict": verdict, **more}


def called_back(act: str, *, by: str, after_s: float | None = None, **more: Any) -> Row:
    """Something done about a call-back."""
    return {"what": "called_back", "by": by, "after_s": after_s, "act": act, **more}


def earlier_shift() -> list[Row]:
    """An earlier shift, already reviewed: two safety incidents, every verdict, every end of a call-back."""
    calls = Calls()
    hours = 3600.0
    for share, number, why, clip, label, second, found in (
        (
            0.05,
            "+6281350000441",
            "nobody speaks; minutes later the same number reports an accident",
            "line_noise",
            "silent",
            "adult_accident",
            "Korban tidak dapat berbicara; bantuan tiba setelah panggilan kedua. Panggilan tanpa suara kini "
            "selalu dipanggil balik.",
        ),
        (
            0.35,
            "+6281350000442",
            "taken for a pocket call; minutes later the same number reports a fire",
            "pocket",
            "accidental",
            "adult_fire",
            None,
        ),
    ):
        said = [ruled("was_emergency", by="ratna", after_s=2 * hours, label="genuine")]
        if found is not None:
            said.append({"what": "closed_incident", "by": "ratna", "after_s": 4 * hours, "note": found})
        at_home = call(number, cell=ELSEWHERE[0], waiting=1)
        calls.ring(share, why, at_home, clip=clip, label=label, duration_s=11, by="petugas-2", said=said)
        calls.ring(
            share,
            "and it was an emergency",
            at_home,
            plus_s=480,
            clip=second,
            facts=sent_out(AMBULANCE if found else FIRE, 95, 610),
            label="genuine",
            duration_s=171,
            by="petugas-3",
        )
    listened = {"what": "listened", "by": "supervisor-1", "after_s": 1.9 * hours}
    calls.ring(
        0.2,
        "a known joker, asked to wait",
        call(LAUGHER, cell=ELSEWHERE[1], waiting=1),
        clip="adult_joke",
        drawn=True,
        label="joke_or_abuse",
        duration_s=23,
        by="petugas-2",
        said=[listened, ruled("confirmed", by="supervisor-1", after_s=2 * hours)],
    )
    calls.ring(
        0.3,
        "another one",
        call(LAUGHER_TOO, cell=ELSEWHERE[2], waiting=2),
        clip="adult_joke_again",
        drawn=True,
        label="joke_or_abuse",
        duration_s=19,
        by="petugas-3",
        said=[
            ruled("confirmed", by="supervisor-1", after_s=2 * hours),
            ruled("confirmed", by="ratna", after_s=3 * hours, second=True),
        ],
    )
    calls.ring(
        0.5,
        "a number with pranks on record asks something",
        call(MENDED, cell=ELSEWHERE[3], waiting=1),
        clip="adult_joke",
        label="information",
        duration_s=48,
        by="petugas-2",
        said=[
            ruled(
                "overturned",
                by="ratna",
                after_s=2 * hours,
                label="information",
                note="Bertanya nomor puskesmas; bukan iseng.",
            )
        ],
    )
    calls.ring(
        0.6,
        "hung up while being asked to wait; reached at the second attempt",
        call(PROMPTED, cell=ELSEWHERE[1], waiting=2),
        clip="adult_joke_again",
        label="abandoned",
        ended_by="prompt",
        by="petugas-2",
        said=[
            called_back("claim", by="petugas-2", after_s=60),
            called_back("attempt", by="petugas-2", after_s=90, attempt=1, result="not_reached"),
            called_back("attempt", by="petugas-2", after_s=240, attempt=2, result="reached"),
            ruled("unsure", by="ratna", after_s=2 * hours, note="Penelepon mengaku tidak jadi melapor."),
        ],
    )
    unanswered: tuple[tuple[float, str | None, str, list[Row]], ...] = (
        (
            0.7,
            "+6281350000443",
            "centre",
            [
                called_back("attempt", by="petugas-3", after_s=150, attempt=1, result="not_reached"),
                called_back("attempt", by="petugas-3", after_s=290, attempt=2, result="not_reached"),
            ],
        ),
        (0.75, None, "caller", [called_back("close", by="petugas-3", after_s=120, result="impossible")]),
        (
            0.8,
            "+6281350000445",
            "caller",
            [called_back("close", by="petugas-2", after_s=200, result="settled")],
        ),
        (
            0.9,
            "+6281350000446",
            "caller",
            [called_back("attempt", by="petugas-3", after_s=240, attempt=1, result="not_reached")],
        ),
    )
    for share, caller, ended_by, done in unanswered:
        line = call(caller, cell=ELSEWHERE[2], waiting=3)
        if caller is None:
            line |= {"number_kind": "none", "access_state": "sim_less"}
        calls.ring(
            share, "not answered", line, label="abandoned", ended_by=ended_by, by="petugas-3", said=done
        )
    return calls.in_order()


def shift() -> list[Row]:
    """The shift, in order of arrival."""
    calls = Calls()
    rings = calls.ring

    rings(
        0.01,
        "an adult reports a fire",
        call("+6281211110001"),
        clip="adult_fire",
        facts=sent_out(FIRE, 80, 540),
        label="genuine",
        duration_s=142,
    )
    rings(
        0.04, "a question", call("+6281211110002"), clip="adult_question", label="information", duration_s=64
    )
    rings(
        0.08,
        "a known joker, nobody waits: goes through",
        call(JOKER, cell=QUIET),
        clip="adult_joke",
        label="joke_or_abuse",
        duration_s=24,
        said=[ruled("confirmed", by="supervisor-1")],
    )
    rings(
        0.12,
        "uk_2013_silent: an open line, nobody speaks",
        call("+6281211110003", waiting=1),
        clip="line_noise",
        label="silent",
        duration_s=18,
    )
    rings(
        0.15,
        "lithuania_2013_simless: no number, no card",
        call(None, number_kind="none", access_state="sim_less", waiting=1),
        clip="adult_sick",
        facts=sent_out(AMBULANCE, 110, 760),
        label="genuine",
        duration_s=95,
    )
    rings(
        0.18,
        "detroit_2006_child: a child calls",
        call(WORRIED, cell=QUIET_HOME, waiting=1),
        clip="child_mother",
        label="child_play",
        duration_s=15,
    )
    rings(
        0.18,
        "detroit_2006_child: the same child calls again and must come first",
        call(WORRIED, cell=QUIET_HOME, waiting=1),
        plus_s=120,
        clip="child_mother_again",
        label="genuine",
        duration_s=180,
    )
    rings(
        0.24,
        "text_telephone: a deaf caller types",
        call("+6281211110004", waiting=2),
        clip="text_telephone",
        label="genuine",
        duration_s=260,
    )
    rings(
        0.27,
        "a child plays; a household with such calls on record",
        call(HOUSEHOLD, waiting=1),
        clip="child_play",
        label="child_play",
        duration_s=17,
    )
    rings(
        0.30,
        "panic_button: one tap in an app",
        call("+6281211110005", channel="app_panic"),
        label="genuine",
        duration_s=70,
    )
    rings(
        0.34,
        "a known joker while two calls wait",
        call(JOKER, cell=QUIET, waiting=1),
        clip="adult_joke_again",
        label="joke_or_abuse",
        duration_s=21,
    )
    rings(
        0.34,
        "the same joker at once again: never twice in thirty minutes",
        call(JOKER, cell=QUIET, waiting=1),
        plus_s=240,
        clip="adult_joke",
        label="joke_or_abuse",
        duration_s=19,
    )
    rings(
        0.40,
        "madison_2008_disconnected: cut off",
        call("+6281211110006", waiting=1),
        clip="half_a_second",
        label="abandoned",
        ended_by="network",
        said=[called_back("claim", by="petugas-2")],
    )
    rings(
        0.44,
        "keys are pressed instead of speech",
        call("+6281211110007", waiting=1),
        clip="dtmf",
        label="genuine",
        duration_s=88,
    )
    rings(0.47, "a pocket call", call("+6281211110008"), clip="pocket", label="accidental", duration_s=9)
    for attempt in range(3):
        rings(
            0.50,
            "a burst of repeats from a number without pranks",
            call("+6281211110009", cell=QUIET_STREET, waiting=1),
            plus_s=70.0 * attempt,
            clip="adult_accident" if attempt == 2 else None,
            said=[called_back("close", by="petugas-1", result="settled")] if attempt == 0 else [],
            **(
                {"label": "genuine", "duration_s": 131}
                if attempt == 2
                else {"label": "abandoned", "ended_by": "caller"}
            ),
        )
    rings(
        0.56,
        "pranks on record, but a real emergency two days ago",
        call(ONCE_GENUINE, waiting=2),
        clip="adult_joke_again",
        label="joke_or_abuse",
        duration_s=26,
    )
    second_joker = call(JOKER_TOO, cell=QUIET_TOO, waiting=1)
    rings(0.60, "a second known joker, at ring: judged by what the line tells", second_joker)
    rings(
        0.60,
        "the same call, heard while another waits",
        second_joker | {"ring_s": 6.0},
        same_call=True,
        clip="adult_joke",
        label="joke_or_abuse",
        duration_s=22,
    )
    rings(
        0.66,
        "a threat",
        call("+6281211110010", waiting=1),
        clip="adult_false_report",
        label="false_report",
        duration_s=33,
    )
    rings(
        0.64,
        "the centre calls somebody back: never screened",
        call("112", priority="psap-callback", called_number=CALLED_BACK),
    )
    rings(
        0.70,
        "the number that the centre called answers the call-back",
        call(CALLED_BACK, waiting=2),
        clip="adult_accident",
        label="genuine",
        duration_s=75,
    )
    rings(
        0.72,
        "the network's own test call",
        call(None, service_urn="urn:service:test:sos"),
        label="information",
        duration_s=5,
    )
    flood = (
        "adult_flood",
        "adult_accident",
        "line_noise",
        "adult_sick",
        None,
        "adult_flood",
        "loud_noise",
        "adult_fire",
    )
    for place, clip in enumerate(flood):
        rings(
            1.0,
            "storm_surge: many calls from one cell",
            call(f"+62812222200{place % 6:02d}", cell=FLOODED, waiting=4),
            # The last quarter of an hour is what a surge is told by: whoever looks now still sees it.
            plus_s=45.0 * (place - len(flood)) - 60,
            clip=clip,
            facts=sent_out(FIRE, 70, 300) if place == 0 else None,
            **(
                {"label": "genuine", "duration_s": 90}
                if clip
                else {"label": "abandoned", "ended_by": "caller"}
            ),
        )
    rings(0.92, "a line that is dead", call("+6281211110012"), clip="dead_line", label="silent", duration_s=6)
    rings(
        0.95,
        "music of the line: ringback",
        call("+6281211110013", waiting=1),
        clip="ringback",
        label="accidental",
        duration_s=7,
    )
    rings(
        0.96,
        "not named yet; a real emergency two days ago",
        call(ONCE_GENUINE, cell=CELLS[1]),
        facts={"answered_s": 5.0, "ended_s": 41.0},
    )
    rings(
        0.975,
        "not named yet; was cut off earlier and is owed a call-back",
        call("+6281211110006"),
        facts={"answered_s": 7.0},
    )
    rings(0.99, "still ringing", call("+6281211110014", waiting=1, ring_s=3.5))
    for attempt in range(2):
        rings(
            1.0,
            "not named yet; a second call within three minutes",
            call("+6281211110015", cell=CELLS[2]),
            plus_s=70.0 * attempt - 100,
        )
    rings(1.0, "storm_surge: the next one, not named yet", call("+6281222220009", cell=FLOODED, waiting=4))
    return calls.in_order()


def main() -> int:
    """Write all three files."""
    for name, rows in (("history", history()), ("earlier", earlier_shift()), ("shift", shift())):
        lines = "".join(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in rows)
        (HERE / f"{name}.jsonl").write_text(lines, encoding="utf-8")
        print(f"{name}: {len(rows)} calls")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Models swapped in a running service under load: by command, back again, and by a hand that spoils one."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import json
import logging
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from prankfilter.bundle.comparisons import write_comparison
from prankfilter.bundle.ears import ears_arrays
from prankfilter.bundle.manifest import ARRAYS
from prankfilter.bundle.pointer import CURRENT, write_current
from prankfilter.bundle.trust import read_trust
from prankfilter.bundle.writing import Draft, write_folder
from prankfilter.classifier.model import Model, model_arrays
from prankfilter.classifier.promotion import Order
from prankfilter.classifier.trusting import trust_key
from prankfilter.features.table import by_name
from prankfilter.privacy.keyring import Keyring, Purpose
from prankfilter.privacy.signing import Signer
from prankfilter.vocabulary import Label
from tests.builders import NOW, comparison, model_draft, stumps
from tests.long.test_serving import BIN, PATIENCE_S, Served, environment, serving
from tests.sounds import ears

pytestmark = pytest.mark.long

log = logging.getLogger(__name__)
"""Tells the lags, which no test may judge: ``pytest --log-cli-level=INFO``."""

FEATURE = "calls_waiting_count"
"""The one thing that these models look at; every call says it, so that its score is known beforehand."""
MOST_WAITING = 5
CALLERS = 4
PATIENT_MS = "60000"
"""A deadline that no call misses, however busy the computer: a late answer would be no answer of a model."""
SETTLED = 200
"""Answers after which a swap counts as seen by everybody."""


@dataclass
class Shelf:
    """Two models that a trusted key signed, and the scores that each gives."""

    folder: Path
    scores: dict[str, list[float]] = field(default_factory=dict)

    @property
    def models(self) -> Path:
        return self.folder / "models"

    def run(self, *said: str) -> subprocess.CompletedProcess[str]:
        """Run ``prankfilter-train`` beside the service."""
        command = [BIN / "prankfilter-train", *said]
        return subprocess.run(
            command, env=environment(self.folder), check=False, capture_output=True, text=True
        )

    def add(self, signer: Signer, ears_id: str, leaning: float) -> str:
        kinds = (Label.GENUINE, Label.JOKE_OR_ABUSE)
        split = (1, 0, 2.0, leaning, leaning + 1.0)
        draft = model_draft(
            arrays=model_arrays(stumps((0, 0, 2.0, 0.0, 0.0), split), kinds),
            features=((FEATURE, by_name[FEATURE].version),),
            ears=ears_id,
            files={},
        )
        folder = write_folder(self.models, draft, sign=signer.sign)
        model = Model.load(folder, read_trust(self.models))
        rows = np.arange(MOST_WAITING + 1, dtype=float)[:, None]
        self.scores[folder.name] = model.score_rows(rows, None).prank_score.tolist()
        return folder.name


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    made = Shelf(tmp_path)
    made.models.mkdir()
    keyring = Keyring.open(tmp_path / "data" / "keys", create=True, purposes=(Purpose.SIGNING,))
    signer, hearing = Signer(keyring), ears(-8.0)
    trust_key(made.models, signer.public, Order(by="test", reason="ours", at=NOW))
    arrays = ears_arrays(hearing)
    ears_id = write_folder(
        made.models, Draft(kind="ears", arrays=arrays, created_at=NOW), sign=signer.sign
    ).name
    first, second = made.add(signer, ears_id, -1.0), made.add(signer, ears_id, 1.0)
    write_current(made.models, first)
    compared = comparison(first, second, made_at=dt.datetime.now(dt.UTC))
    write_comparison(made.models, compared, sign=signer.sign)
    return made


@dataclass(frozen=True)
class Asked:
    """One call and its answer."""

    at: float
    """When the answer was there, in seconds of the wall clock."""
    waiting: int
    status: int
    answer: dict[str, Any]


@dataclass
class Load:
    """Calls from several routers at once, without a pause, on connections that stay open."""

    service: Served
    asked: list[Asked] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def call_on(self, name: int) -> None:
        try:
            with contextlib.closing(self.service.line()) as line:
                for number in self._until_stopped():
                    self.asked.append(self._ask(line, f"call-{name}-{number}", number % (MOST_WAITING + 1)))
        except (OSError, http.client.HTTPException, ValueError) as problem:
            self.broken.append(repr(problem))

    def _until_stopped(self) -> Iterator[int]:
        number = 0
        while not self.stop.is_set():
            yield number
            number += 1

    def _ask(self, line: http.client.HTTPConnection, call_id: str, waiting: int) -> Asked:
        headers = {"Authorization": f"Bearer {self.service.key}", "Content-Type": "application/json"}
        body = json.dumps({"trunk": "trunk-1", "calls_waiting": waiting}).encode()
        line.request("POST", f"/v1/calls/{call_id}/screening", body, headers)
        answer = line.getresponse()
        return Asked(time.time(), waiting, answer.status, json.loads(answer.read()))

    def wait_for(self, condition: Callable[[], bool]) -> None:
        for _ in range(PATIENCE_S * 20):
            if condition():
                return
            assert not self.broken, self.broken
            time.sleep(0.05)
        raise AssertionError("nothing changed")

    def wait_for_answers_of(self, model_id: str) -> None:
        """Until nobody hears of another model any more."""
        self.wait_for(
            lambda: (
                len(self.asked) >= SETTLED
                and {one.answer["model_id"] for one in self.asked[-SETTLED:]} == {model_id}
            )
        )

    def last_of(self, model_id: str) -> float:
        return max(one.at for one in self.asked if one.answer["model_id"] == model_id)


@contextlib.contextmanager
def under_load(service: Served) -> Iterator[Load]:
    load = Load(service)
    threads = [threading.Thread(target=load.call_on, args=(name,)) for name in range(CALLERS)]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.stop.set()
        for thread in threads:
            thread.join()


def switched_at(models: Path) -> float:
    return (models / CURRENT).stat().st_mtime


def test_no_call_fails_while_models_come_and_go(shelf: Shelf) -> None:
    first, second = shelf.scores
    lags = {}
    with serving(shelf.folder, deadline_ms=PATIENT_MS) as service, under_load(service) as load:
        load.wait_for_answers_of(first)

        done = shelf.run("promote", second, "--reason", "better", "--by", "sari")
        assert done.returncode == 0, done.stdout + done.stderr
        load.wait_for_answers_of(second)
        lags["promote"] = load.last_of(first) - switched_at(shelf.models)

        done = shelf.run("rollback", "--reason", "too many flags", "--by", "sari")
        assert done.returncode == 0, done.stdout + done.stderr
        load.wait_for_answers_of(first)
        lags["rollback"] = load.last_of(second) - switched_at(shelf.models)

        # A hand spoils the second and points to it. The command refuses it; so does the service.
        path = shelf.models / second / ARRAYS
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        refused = shelf.run("promote", second, "--reason", "again", "--json")
        assert (refused.returncode, json.loads(refused.stdout)["failed"][0]) == (1, "signature")
        write_current(shelf.models, second)
        load.wait_for(lambda: "model refused, the previous one serves on" in service.log.read_text())
        seen = len(load.asked)
        load.wait_for(lambda: len(load.asked) > seen + SETTLED)
        assert {one.answer["model_id"] for one in load.asked[seen:]} == {first}

        # Restored in its place, it runs without the pointer being touched.
        path.write_bytes(whole)
        load.wait_for_answers_of(second)

    assert load.broken == []
    wrong = [one for one in load.asked if not is_right(one, shelf.scores)]
    assert wrong == []
    log.info(
        "%d calls; the old model answered for so many seconds after the pointer: %s", len(load.asked), lags
    )
    assert max(lags.values()) < PATIENCE_S


def is_right(one: Asked, scores: dict[str, list[float]]) -> bool:
    """Whether an answer is whole, and the score is that of the model it names."""
    answer = one.answer
    return (
        one.status == 200
        and answer["advice"] == "normal"
        and answer["assessed"] == "metadata_only"
        and answer["model_id"] in scores
        and answer["prank_score"] == pytest.approx(scores[answer["model_id"]][one.waiting], abs=1e-6)
    )

"""A whole evaluation on a short log: what its document holds, and what its page, pictures and card say."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from prankfilter_training import cli
from prankfilter_training.bank.table import read_bank
from prankfilter_training.evaluation.evaluate import evaluation
from prankfilter_training.evaluation.judged import judged
from prankfilter_training.evaluation.metrics import threshold_at
from prankfilter_training.evaluation.model_card import escaped, model_card
from prankfilter_training.evaluation.report import page
from prankfilter_training.fitting.fit import Prepared, prepare
from prankfilter_training.log.table import Log
from prankfilter_training.proof.ledger import Purpose, read_uses
from prankfilter_training.sound.source import BankSound, NoSound

from prankfilter.bundle.manifest import EVALUATION, FILE_CAPS_BYTES
from prankfilter.bundle.trust import read_trust
from prankfilter.classifier.model import Model
from tests.training.logs import written

MODELS = Path(__file__).parents[2] / "models"


def shipped_model() -> Path:
    return MODELS / (MODELS / "current").read_text().strip()


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.load(shipped_model(), read_trust(MODELS))


@dataclass(frozen=True)
class Measured:
    """What one run of the command left behind."""

    log: Log
    said: str
    report: Path
    models: Path

    @property
    def found(self) -> dict[str, Any]:
        """The document."""
        return dict(json.loads((self.report / "evaluation.json").read_text()))


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    home, said = tmp_path_factory.mktemp("home"), io.StringIO()
    log = written(home / "log", days=10)
    shutil.copytree(MODELS, home / "models")
    arguments = [
        "evaluate",
        home / "models" / shipped_model().name,
        home / "log",
        "--report",
        home / "report",
    ]
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said):
        patch.setenv("PRANKFILTER_MODELS", str(home / "models"))
        patch.setenv("PRANKFILTER_KEYS", str(home / "keys"))
        assert cli.main([str(argument) for argument in arguments]) == 0
    return Measured(log, said.getvalue(), home / "report", home / "models")


@pytest.fixture(scope="module")
def found(measured: Measured) -> dict[str, Any]:
    return measured.found


@pytest.fixture(scope="module")
def prepared(measured: Measured) -> Prepared:
    return prepare(measured.log, BankSound(read_bank()), (0.0, 0.0))


def figures(value: Any) -> Iterator[dict[str, Any]]:
    """Every figure of a document."""
    if isinstance(value, dict):
        if "value" in value:
            yield value
        else:
            for part in value.values():
                yield from figures(part)
    elif isinstance(value, list):
        for part in value:
            yield from figures(part)


def test_every_figure_has_an_interval_and_its_n(found: dict[str, Any]) -> None:
    every = list(figures(found))
    assert len(every) > 500
    for one in every:
        assert set(one) == {"value", "low", "high", "n"}
        if one["value"] is not None and one["low"] is not None:
            assert one["low"] <= one["high"]
        if one["n"] == 0:
            assert one["value"] is None


def test_the_document_fits_into_a_bundle(measured: Measured) -> None:
    assert (measured.report / "evaluation.json").stat().st_size < FILE_CAPS_BYTES[EVALUATION] / 10


def test_pieces_of_a_cut_are_all_calls_once(found: dict[str, Any]) -> None:
    for look, cuts in found["slices"].items():
        for pieces in cuts.values():
            assert sum(piece["calls"] for piece in pieces.values()) == found["looks"][look]["calls"]


def test_pieces_share_one_threshold_so_that_their_hits_sum_to_the_share(
    found: dict[str, Any], model: Model, prepared: Prepared
) -> None:
    rows = judged(model, prepared, np.ones(len(prepared.kind), bool))["5 s"]
    hit = int((rows.margin[rows.genuine] > threshold_at(rows.margin, rows.genuine, 0.01)).sum())
    for pieces in found["slices"]["5 s"].values():
        hits = [
            piece["genuine_hit_at_1.0%_overall"]["value"] * piece["genuine"]
            for piece in pieces.values()
            if piece["genuine"]
        ]
        assert sum(hits) == pytest.approx(hit, abs=0.01)


def test_weeks_confusion_and_reliability_count_every_call(found: dict[str, Any]) -> None:
    calls = found["looks"]["5 s"]["calls"]
    assert sum(week["calls"] for week in found["weeks"]) == calls
    assert sum(map(sum, found["confusion"]["5 s"]["counts"])) == calls
    assert sum(row["prank_share"]["n"] for row in found["reliability"]["5 s"]) == calls
    assert [week["from"] for week in found["weeks"]] == ["2025-01-01", "2025-01-08"]


def test_where_sound_decides_speakers_widen_the_interval(model: Model, prepared: Prepared) -> None:
    """The bank has 67 adults; a simulated log of any length holds no more evidence on voices than that."""
    looks = judged(model, prepared, np.ones(len(prepared.kind), bool))
    assert [unit.name for unit in looks["ring"].units] == ["caller"]
    assert [unit.name for unit in looks["5 s"].units] == ["caller", "speaker"]
    callers, speakers = (len(np.unique(unit.of_row)) for unit in looks["5 s"].units)
    assert speakers < callers / 2


def test_without_sound_ring_stands_for_everything_and_twice_is_the_same(
    model: Model, prepared: Prepared
) -> None:
    silent = prepare(prepared.log, NoSound(), (0.0, 0.0))
    everything = np.ones(len(silent.kind), bool)
    of, again = (evaluation(model, silent, everything, simulated=True) for _ in range(2))
    assert (list(of["looks"]), of["main_look"]) == (["ring"], "ring")
    assert of == again


# --- the page --------------------------------------------------------------------------------------


class Page(HTMLParser):
    """Tags that stand open, and all that were seen."""

    VOID = frozenset({"meta", "br", "use", "path", "rect", "image"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def read(measured: Measured) -> tuple[str, Page]:
    text, parsed = (measured.report / "report.html").read_text(), Page()
    parsed.feed(text)
    return text, parsed


def test_the_page_is_whole_and_needs_nothing_else(read: tuple[str, Page]) -> None:
    _, parsed = read
    assert parsed.open == []
    assert "script" not in {tag for tag, _ in parsed.seen}
    for _, attributes in parsed.seen:
        links = {
            name: value or "" for name, value in attributes.items() if name in {"src", "href", "xlink:href"}
        }
        assert all(link.startswith(("#", "data:")) for link in links.values())
    ids = [attributes["id"] for _, attributes in parsed.seen if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_the_page_leads_with_the_genuine_calls_delayed(read: tuple[str, Page]) -> None:
    text, _ = read
    assert text.index("Genuine calls that would be delayed: 0 of") < text.index("<h2>")


def test_every_table_and_picture_of_simulated_calls_says_so(read: tuple[str, Page]) -> None:
    text, parsed = read
    shown = [tag for tag, _ in parsed.seen if tag in {"table", "figcaption"}]
    assert len(shown) >= 14
    assert text.count("SIMULATED calls.") >= len(shown)


def test_words_of_a_log_are_escaped(found: dict[str, Any]) -> None:
    text = page(found | {"warnings": ["<b>beware</b>"]}, ())
    assert "&lt;b&gt;beware&lt;/b&gt;" in text
    assert "<b>" not in text


def test_figures_on_real_calls_are_not_called_simulated(found: dict[str, Any]) -> None:
    assert "SIMULATED" not in page(found | {"basis": "real", "notice": "Measured on labelled calls."}, ())


def test_each_picture_is_a_file_beside_the_page(measured: Measured) -> None:
    names = {path.name for path in measured.report.iterdir()}
    assert {"report.html", "evaluation.json", "moments.png", "slices.png", "weeks.png", "rules.png"} <= names
    assert all(path.read_bytes()[:4] == b"\x89PNG" for path in measured.report.glob("*.png"))


# --- the card --------------------------------------------------------------------------------------


def test_the_card_says_the_same_in_both_languages_indonesian_first(
    model: Model, found: dict[str, Any]
) -> None:
    card = model_card(model, found, source="log of [Kota](x)|<b>", calls=1234)
    assert card.index("## Bahasa Indonesia") < card.index("## English")
    for said in (
        "panggilan simulasi",
        "SIMULATED calls",
        "1.234 panggilan",
        "1,234 calls",
        "must not be used",
    ):
        assert said in card
    assert r"log of \[Kota\]\(x\)\|\<b\>" in card
    columns = {line.count(" | ") for line in card.splitlines() if line.startswith("| child")}
    assert len(columns) == 1


def test_a_card_of_real_calls_does_not_call_them_simulated(model: Model, found: dict[str, Any]) -> None:
    card = model_card(model, found | {"basis": "real", "notice": "Measured."}, source="log", calls=1)
    assert "simula" not in card.lower()
    assert "panggilan nyata" in card


def test_markdown_cannot_be_smuggled_in() -> None:
    assert escaped("# a\n| b") == r"\# a \| b"


# --- the command -----------------------------------------------------------------------------------


def test_the_command_leads_with_the_genuine_calls_delayed(measured: Measured) -> None:
    assert measured.said.startswith("Genuine calls that would be delayed: 0 of ")
    assert "SIMULATED" in measured.said


def test_calls_that_were_measured_are_written_down(measured: Measured) -> None:
    (use,) = read_uses(measured.models)
    assert (use.purpose, use.model_ids) == (Purpose.EVALUATE, (shipped_model().name,))
    assert use.call_count == measured.found["log"]["calls"]

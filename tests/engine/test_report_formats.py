"""The same numbers in every form, whatever somebody typed, in both languages."""

from __future__ import annotations

import csv
import datetime as dt
import functools
import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pypdf
import pytest

from prankfilter.language.words import LANGUAGES, Words
from prankfilter.reports import as_xlsx as workbook
from prankfilter.reports.as_csv import as_csv, harmless
from prankfilter.reports.as_json import as_json, report_of
from prankfilter.reports.as_pdf import as_pdf
from prankfilter.reports.as_text import as_text
from prankfilter.reports.as_xlsx import as_xlsx
from prankfilter.reports.charts import Look, heat_map, hour_bars
from prankfilter.reports.material import Carried, FlaggedLook, Happening, Incident, Material, Why
from prankfilter.reports.periods import Period, ReportKind
from prankfilter.reports.report import ADVICE_NOT_ACCUSATION, Report, make_report
from prankfilter.reports.row import Unit
from prankfilter.reports.summary import summary
from prankfilter.reports.writing import Writer, reasons_in_words
from prankfilter.vocabulary import EndedBy, Label, OwedFor, Verdict
from tests.builders import ZONE
from tests.reported import PERIOD, START, debt, material, prank, reported, unanswered, us

NASTY = '=cmd|"/c calc"!A1'
MARKUP = "#panic() *bold* <script>alert(1)</script> \\ $x$ @ref // /* `raw`"


WHY = (
    Why("calls_1h_count", 14.0, "Nomor ini menelepon 14 kali dalam 1 jam terakhir"),
    Why("calls_1h_count", None, "Tidak diketahui: nomor ini menelepon … kali dalam 1 jam terakhir"),
    Why("a feature that is no more", 1.0, NASTY),
)


def busy() -> Material:
    """A shift in which everything happened, typed by somebody who means no good."""
    happening = Happening(START, NASTY, "aktifkan model", MARKUP, f"@{NASTY}")
    return material(
        *(reported(f"g{number}", received_at=us(hours=1, minutes=number)) for number in range(12)),
        *(prank(f"p{number}", talk_s=61.5, flagged=number < 3) for number in range(7)),
        prank("v", verified_at=us(hours=1), flagged=True, verdict=Verdict.OVERTURNED),
        prank("s", label=Label.SILENT),
        unanswered("u", ended_by=EndedBy.CALLER, debt=debt()),
        reported("f", label=Label.FALSE_REPORT, agency=NASTY, dispatched_at=us(hours=2)),
        reported(f"{MARKUP} {'x' * 200}", flagged=True),
        carried=[Carried("c", OwedFor.CUT_OFF, START, START, None, MARKUP)],
        incidents=[Incident("v", START, "ratna", "genuine_verified", None)],
        open_incident_count=1,
        changes=[happening],
        deeds=[happening],
        runs=[(us(hours=1), us(hours=9))],
        first_run=us(hours=-9),
        reviews=[("confirmed", "confirmed"), ("confirmed", "unsure")],
        flagged_looks={"v": FlaggedLook(0.9, WHY)},
    )


def made(kind: str = "monthly", of: Material | None = None, **over: Any) -> Report:
    known: dict[str, Any] = {
        "made_at": PERIOD.end,
        "made_by": "Ratna Dewi",
        "letterhead": ["Kabupaten", "112"],
    }
    before = (material(reported("last month")), material(is_on_record=False))
    return make_report(ReportKind(kind), of or busy(), before, **known | over)


@functools.cache
def printed(kind: str, language: str) -> tuple[pypdf.PdfReader, tuple[str, ...]]:
    """The PDF of `busy`, and the text of each page; typeset and read once for all that is asked of it."""
    pdf = pypdf.PdfReader(io.BytesIO(as_pdf(made(kind), Words(language, ZONE))))
    return pdf, tuple(page.extract_text() for page in pdf.pages)


@pytest.fixture(scope="module")
def report() -> Report:
    return made()


@pytest.fixture(params=LANGUAGES, scope="module")
def words(request: pytest.FixtureRequest) -> Words:
    return Words(request.param, ZONE)


# --- reading what was written ---------------------------------------------------------------------------

Numbers = dict[str, tuple[float | None, ...]]


def of_report(report: Report) -> Numbers:
    return {name: values.all for name, values in report.figures.items()}


def of_json(report: Report) -> Numbers:
    told = json.loads(as_json(report))
    return {
        figure.name: tuple(one[figure.name] for one in (told, *told["compared"])) for figure in report.counted
    }


def of_csv(report: Report, words: Words) -> Numbers:
    text = as_csv(report, words).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";" if words.language == "id" else ","))
    by_label = {(row[0], row[1]): row[3:] for row in rows if len(row) == 6}
    return {
        figure.name: tuple(
            float(cell.replace(",", ".")) if cell else None
            for cell in by_label[words(figure.section), words(figure.label)]
        )
        for figure in report.counted
    }


MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheets(content: bytes) -> Iterator[tuple[str, list[list[Any]]]]:
    """Read a workbook: texts as str, numbers as float, empty cells as None."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        root = _tree(book.read("xl/workbook.xml"))
        names = [one.get("name") for one in root.iter(f"{MAIN}sheet")]
        for number, name in enumerate(names, 1):
            root = _tree(book.read(f"xl/worksheets/sheet{number}.xml"))
            yield str(name), [[_cell(cell) for cell in row] for row in root.iter(f"{MAIN}row")]


def _tree(text: str | bytes) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - our own


def _cell(cell: ET.Element) -> Any:
    assert cell.find(f"{MAIN}f") is None, "nothing is computed"
    if cell.get("t") == "inlineStr":
        return "".join(cell.itertext())
    value = cell.find(f"{MAIN}v")
    return None if value is None else float(value.text or "nan")


def of_xlsx(report: Report, words: Words) -> Numbers:
    figures = dict(sheets(as_xlsx(report, words)))[words("Ringkasan")]
    by_label = {(row[0], row[1]): row for row in figures if len(row) > 2}
    numbers = {}
    for figure in report.counted:
        row = by_label[words(figure.section), words(figure.label)]
        scale = workbook.DAY_S if figure.unit is Unit.SECONDS else 1
        cells = [cell for cell in row[2:-1] if cell is not None]
        numbers[figure.name] = tuple(cell * scale for cell in cells)
    return numbers


def known(numbers: Numbers) -> dict[str, list[float]]:
    """Leave out what is unknown; so near that no reader could tell a difference."""
    return {name: [float(f"{one:.9g}") for one in some if one is not None] for name, some in numbers.items()}


# --- the same numbers everywhere --------------------------------------------------------------------------


def test_json_says_what_the_report_says(report: Report) -> None:
    assert of_json(report) == of_report(report)


def test_csv_says_what_the_report_says(report: Report, words: Words) -> None:
    told = of_csv(report, words)
    assert {name: [one is None for one in some] for name, some in told.items()} == {
        name: [one is None for one in some] for name, some in of_report(report).items()
    }
    assert known(told) == known(of_report(report))


def test_a_workbook_says_what_the_report_says_in_numbers(report: Report, words: Words) -> None:
    assert known(of_xlsx(report, words)) == known(of_report(report))


def test_why_a_call_was_flagged_is_said_in_the_readers_language(words: Words) -> None:
    """In every form, and alike where the form went through JSON, as it does for the page."""
    report = made("shift")
    said = reasons_in_words(WHY, words)
    assert (
        said
        == {
            "id": "; ".join(why.text for why in WHY),
            "en": f"Calls from this number in the last hour: 14; "
            f"Unknown: calls from this number in the last hour; {NASTY}",
        }[words.language]
    )
    again = report_of(json.loads(as_json(report)), ["Kabupaten", "112"], ZONE)
    assert again.lists["flagged"] == report.lists["flagged"]
    assert said in as_text(again, words)
    assert _squeezed(said) in _squeezed("".join(printed("shift", words.language)[1]))
    assert said in as_csv(report, words).decode("utf-8-sig").replace('""', '"')
    assert any(said in row for _, rows in sheets(as_xlsx(report, words)) for row in rows)


@pytest.mark.parametrize("kind", ["shift", "daily", "monthly"])
def test_text_and_pdf_say_what_the_report_says(kind: str, words: Words) -> None:
    report, writer = made(kind), Writer(words)
    text = as_text(report, words)
    on_paper = _squeezed("".join(printed(kind, words.language)[1]))
    for figure in report.counted:
        values = [writer.figure(figure, one) for one in report.figures[figure.name].all]
        label = words(figure.label)
        assert re.search(re.escape(label) + r"\s+" + r"\s+".join(map(re.escape, values)), text), label
        assert _squeezed("".join([label, *values])) in on_paper, label
    for sentence in summary(report, words):
        assert sentence in text
        assert _squeezed(sentence) in on_paper


def _squeezed(text: str) -> str:
    return re.sub(r"[\s\u200b]", "", text)


# --- PDF ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["shift", "monthly"])
def test_a_pdf_is_tagged_and_every_page_says_that_a_score_is_no_accusation(kind: str, words: Words) -> None:
    pdf, pages = printed(kind, words.language)
    catalog = pdf.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert "/StructTreeRoot" in catalog  # type: ignore[operator]
    assert catalog["/Lang"].startswith(words.language)  # type: ignore[index]
    assert "pdfuaid" in catalog["/Metadata"].get_data().decode()  # type: ignore[index]
    assert pdf.metadata is not None
    assert pdf.metadata.title == Writer(words).title(ReportKind(kind))
    for number, foot in enumerate(pages, 1):
        assert words(ADVICE_NOT_ACCUSATION) in foot
        assert words("halaman {page} dari {pages}", page=number, pages=len(pages)) in foot
        assert words("dicetak {moment}", moment=words.moment(PERIOD.end)) in foot
    signed = [page for page in pages if words("Mengetahui") in page]
    assert len(signed) == 1
    assert "Ratna Dewi" in signed[0]


def test_every_font_is_in_the_file(words: Words) -> None:
    pdf, _ = printed("monthly", words.language)
    fonts = [font.get_object() for page in pdf.pages for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    assert fonts
    for font in fonts:
        (inner,) = font["/DescendantFonts"]
        assert {"/FontFile3", "/FontFile2"} & inner.get_object()["/FontDescriptor"].keys()


def test_what_somebody_typed_is_printed_and_never_obeyed(words: Words) -> None:
    on_paper = _squeezed("".join(printed("shift", words.language)[1]))
    for typed in ("#panic()", "*bold*", "<script>", "$x$", "/*", "`raw`", "=cmd|"):
        assert _squeezed(typed) in on_paper


# --- spreadsheets ------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_text_that_would_be_computed_is_quoted(typed: str) -> None:
    assert harmless(typed) == f"'{typed}"


def test_no_cell_of_a_csv_begins_a_formula(report: Report, words: Words) -> None:
    text = as_csv(report, words).decode("utf-8-sig")
    cells = [
        cell
        for row in csv.reader(io.StringIO(text), delimiter=";" if words.language == "id" else ",")
        for cell in row
    ]
    assert f"'{NASTY}" in cells
    assert not [cell for cell in cells if cell and cell[0] in "=+@\t\r"]


def test_a_workbook_holds_text_as_text_and_links_nothing(report: Report, words: Words) -> None:
    content = as_xlsx(report, words)
    cells = [cell for _, rows in sheets(content) for row in rows for cell in row]
    assert NASTY in cells
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert not [
        name for name in names if "external" in name.lower() or ("rels" in name and "worksheets" in name)
    ]


def test_a_text_that_looks_like_the_workbooks_own_marks_is_a_text(words: Words) -> None:
    typed = "<r><t>x</t><f>1+1</f></r>"
    some = made("shift", material(reported(typed, flagged=True), prank("p", agency=typed)))
    rows = [row for _, rows in sheets(as_xlsx(some, words)) for row in rows]
    assert sum(cell == f" {typed}" for row in rows for cell in row) >= 2


def test_a_workbook_lists_every_call_and_goes_on_on_the_next_sheet(
    monkeypatch: pytest.MonkeyPatch, words: Words
) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 10)
    report = made("daily")
    title = words("Semua panggilan")
    rows = [
        row for name, rows in sheets(as_xlsx(report, words)) if name.startswith(title) for row in rows[1:]
    ]
    assert len(rows) == len(report.calls) > 10
    ids = {row[1] for row in rows}
    assert ids == {call.call_id for call in report.calls}
    local = dt.datetime(1899, 12, 30) + dt.timedelta(days=rows[0][0])  # noqa: DTZ001 - a cell has no zone
    assert abs(local - (START + dt.timedelta(hours=1)).replace(tzinfo=None)) < dt.timedelta(seconds=1)


# --- pictures -------------------------------------------------------------------------------------------


def test_a_picture_says_in_words_what_it_shows_and_runs_nothing() -> None:
    look = Look()
    hours = [(f"{hour:02d}", (1, hour, 0, 2)) for hour in range(24)]
    drawn = hour_bars(hours, ["<a>", "b", "c", "d"], title='"t"', summary="s & s", look=look)
    drawn_too = heat_map([[0] * 24] * 7, ["x"] * 7, title="t", summary="s", look=look)
    for svg in (drawn, drawn_too):
        root = _tree(svg)
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert tags <= {"svg", "title", "desc", "rect", "path", "text"}
        named = {name for element in root.iter() for name in element.attrib}
        assert not named & {"style", "onload", "href"}
    bars = [one for one in _tree(drawn).iter() if one.tag.endswith("rect")]
    heights = [float(bar.get("height", 0)) for bar in bars[4:]]
    assert heights[-3] / heights[-1] == pytest.approx(1 / 2, abs=0.1)
    assert heights[-2] / heights[-1] == pytest.approx(23 / 2, rel=0.05)


def test_a_report_of_nothing_is_whole_too(words: Words) -> None:
    empty = made("shift", material(is_on_record=False))
    assert as_pdf(empty, words).startswith(b"%PDF")
    assert zipfile.ZipFile(io.BytesIO(as_xlsx(empty, words))).testzip() is None
    assert words("tidak ada data") in as_text(empty, words)
    assert json.loads(as_json(empty))["calls"] is None


def test_an_outage_of_a_period_before_is_no_zero(report: Report) -> None:
    assert isinstance(report.period, Period)
    assert {values.last for values in report.figures.values()} == {None}
    assert report.figures["calls"].before == 1

"""One caller is one caller, however the number is spelt; and what is no number is never taken for one."""

from __future__ import annotations

import re

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prankfilter.privacy.numbers import (
    NotANumber,
    NotDialable,
    Unreadable,
    Withheld,
    tail,
    to_e164,
)

BUDI = "+6281234567890"

SPELLINGS = [
    "081234567890",
    "6281234567890",
    "+6281234567890",
    "006281234567890",
    "81234567890",
    "0812-3456-7890",
    "0812 3456 7890",
    "0812.3456.7890",
    "0812/34567890",
    "(0812) 3456-7890",
    "+62 812 3456 7890",
    "+62 (0)812-3456-7890",
    "+62-0812-3456-7890",
    "62 0812 3456 7890",
    "%2B6281234567890",
    "%2B62%20812%203456%207890",
    " 6281234567890 ",
    "\u202a+62 812\u20113456\u20117890\u202c",
    "+62\u00a0812\u00a03456\u00a07890",
    "\uff0b\uff16\uff12\uff18\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff10",
    "\u0660\u0668\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669\u0660",
    "tel:+6281234567890",
    "tel:+62-812-3456-7890;verstat=TN-Validation-Passed",
    "TEL:81234567890;phone-context=+62",
    "tel:0812-3456-7890;phone-context=+62",
    "tel:081234567890;phone-context=ims.example.id",
    "sip:+6281234567890@ims.mnc010.mcc510.3gppnetwork.org;user=phone",
    "sip:%2B6281234567890@10.0.0.1:5060;user=phone",
    "sip:081234567890;phone-context=+62@10.0.0.1;user=phone",
    "sips:+6281234567890:secret@example.id",
    "sip:+6281234567890?Subject=x",
    "<sip:+6281234567890@example.id;user=phone>;tag=abc",
    '"Budi, Makassar" <tel:+6281234567890>',
    "<sip:081234567890@example.id>, <tel:+6281234567890>",
    "081234567890@10.0.0.1",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_is_one_number(spelling: str) -> None:
    assert to_e164(spelling) == BUDI


@pytest.mark.parametrize(
    ("text", "e164"),
    [
        ("0411-871234", "+62411871234"),
        ("(0411) 871234", "+62411871234"),
        ("62411871234", "+62411871234"),
        ("021 5551234", "+62215551234"),
        ("62215551234", "+62215551234"),
        ("+60 12-345 6789", "+60123456789"),
        ("0060123456789", "+60123456789"),
        ("+1 212 555 0123", "+12125550123"),
        ("+629111234567", "+629111234567"),  # Ambon, not a phone without service
        ("09111234567", "+629111234567"),
    ],
)
def test_fixed_and_foreign_numbers(text: str, e164: str) -> None:
    assert to_e164(text) == e164


@pytest.mark.parametrize(
    "text",
    [
        "anonymous",
        "Anonymous",
        '"Anonymous" <sip:anonymous@anonymous.invalid>',
        "sip:c8oqz84zk7z@anonymous.invalid;user=phone",
        "sip:unavailable@unknown.invalid",
        "unavailable",
        "Restricted",
        "RESTRICTED ",
        "Private Number",
        "NO-CALLER-ID",
        "id_unavailable",
        "Tidak Diketahui",
        "+266696687",  # "anonymous" on a keypad, everybody's number
        "7378742833",  # "restricted"
        "0000000000",
        "+",
        "-",
        "112",
        "tel:110",
        "10123",
        "0812",
    ],
)
def test_withheld_numbers_short_codes_and_dummies_name_no_caller(text: str) -> None:
    with pytest.raises(Withheld):
        to_e164(text)


@pytest.mark.parametrize(
    "text", ["9111234567", "+9111234567", "911-123-4567", "sip:19111234567@x", "tel:+19111234567"]
)
def test_stand_ins_for_phones_without_service_name_no_caller(text: str) -> None:
    with pytest.raises(NotDialable):
        to_e164(text)


@pytest.mark.parametrize("text", ["8,12E+10", "8.12345678E+10", "6,28E12", "81234567890.0", " 8,12e+10 "])
def test_what_a_spreadsheet_rewrote_is_refused_by_name(text: str) -> None:
    with pytest.raises(Unreadable, match="spreadsheet"):
        to_e164(text)


@pytest.mark.parametrize("text", ["5551234", "871-234", "55512345"])
def test_a_local_number_is_many_peoples(text: str) -> None:
    with pytest.raises(NotANumber):
        to_e164(text)


@pytest.mark.parametrize(
    "text",
    [
        "alice",
        "sip:alice@example.id",
        "sip:alice.081234567890@example.id",
        "call 081234567890",
        "081234567890 ext 12",
        "0800FLOWERS",
        "08123456789012345678",
        "+999123456789",
        "+6281",
        "--",
        "08x1234567",
        "\ud800",
        "😀",
        "0" * 5000,
        "9" * 5000,
    ],
)
def test_what_is_no_number_is_never_taken_for_one(text: str) -> None:
    with pytest.raises(NotANumber):
        to_e164(text)


@given(
    st.text()
    | st.from_regex(r"[+0-9 ()/.,E<>:;@%-]{0,30}", fullmatch=True)
    | st.text(st.characters(categories=["Nd", "Cf", "Cs"]))
)
@example("sip:")
@example("<")
@example("%")
@example("@")
def test_any_text_is_e164_or_refused_without_repeating_it(text: str) -> None:
    try:
        e164 = to_e164(text)
    except NotANumber as refusal:
        assert not set(re.findall(r"[0-9]{4,}", text)) & set(re.findall(r"[0-9]{4,}", str(refusal)))
    else:
        assert re.fullmatch(r"\+[1-9][0-9]{6,14}", e164, re.ASCII)
        assert to_e164(e164) == e164


@given(st.from_regex(r"8[1-9][0-9]{7,10}", fullmatch=True), st.sampled_from(["0", "62", "+62"]))
def test_the_short_way_ends_where_the_numbering_plans_end(subscriber: str, prefix: str) -> None:
    parsed = phonenumbers.parse(f"+62{subscriber}")
    assert to_e164(prefix + subscriber) == phonenumbers.format_number(
        parsed, phonenumbers.PhoneNumberFormat.E164
    )


def test_the_tail_is_three_digits() -> None:
    assert tail(BUDI) == "890"

"""``prankfilter accounts``: the first administrator is made at the terminal."""

from __future__ import annotations

import datetime as dt
import io
from contextlib import closing
from pathlib import Path

import pytest

from prankfilter.cli import ROLES, main
from prankfilter.errors import BadKey
from prankfilter.privacy.accounts import Role
from prankfilter.privacy.keyring import Keyring
from prankfilter.settings import read_settings
from prankfilter.store.deeds import Act, Deeds
from prankfilter.store.sql import SqlStore
from prankfilter.wiring.people import open_people


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PRANKFILTER_DATA", str(tmp_path))
    return tmp_path


def can_sign_in(name: str, password: str) -> bool:
    settings = read_settings()
    with closing(SqlStore.open(settings.store)) as store:
        people = open_people(store, Keyring.open(settings.keys), settings)
        try:
            return bool(people.sign_in(name, password, at=dt.datetime.now(dt.UTC)))
        except BadKey:
            return False


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_the_command_knows_all_roles() -> None:
    assert tuple(Role) == ROLES


def test_the_first_administrator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    typed(monkeypatch, "kopi-susu-di-meja\n")
    full = ["--full-name", "Yusuf Rahman"]
    assert main(["accounts", "add", "--role", "administrator", *full, "Yusuf"]) == 0
    assert "kopi-susu" not in "".join(capsys.readouterr())
    assert can_sign_in("yusuf", "kopi-susu-di-meja")
    assert main(["accounts", "list"]) == 0
    assert "yusuf" in (listed := capsys.readouterr().out) and "Yusuf Rahman" in listed
    assert "argon2" not in listed


def test_a_password_is_made_and_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["accounts", "add", "--role", "call_taker", "--make-password", "budi"]) == 0
    first = capsys.readouterr().out.strip()
    assert can_sign_in("budi", first)
    assert main(["accounts", "password", "--make-password", "budi"]) == 0
    second = capsys.readouterr().out.strip()
    assert can_sign_in("budi", second) and not can_sign_in("budi", first)
    assert main(["accounts", "end", "budi"]) == 0
    assert not can_sign_in("budi", second)


def test_what_cannot_be(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    add = ["accounts", "add", "--role", "auditor"]
    for name, password, told in (
        ("b", "kopi-susu-di-meja", "2 to 40"),
        ("budi santoso", "kopi-susu-di-meja", "2 to 40"),
        ("budi", "pendek", "10 to 128"),
        ("budi", "xbudi12345", "must not hold"),
    ):
        typed(monkeypatch, f"{password}\n")
        assert main([*add, name]) == 1
        assert told in capsys.readouterr().err
    assert main([*add, "--make-password", "budi"]) == 0
    # A name that was somebody's never becomes somebody else's: it signs what was done.
    assert main(["accounts", "end", "budi"]) == 0
    assert main([*add, "--make-password", "budi"]) == 1
    assert main(["accounts", "end", "nobody"]) == main(["accounts", "password", "--make-password", "x9"]) == 1


def test_what_is_done_to_accounts_is_written_down() -> None:
    main(["accounts", "add", "--role", "auditor", "--make-password", "made"])
    main(["accounts", "password", "--make-password", "made"])
    main(["accounts", "end", "made"])
    now = dt.datetime.now(dt.UTC)
    with closing(SqlStore.open(read_settings().store)) as store:
        deeds = Deeds(store).within(now - dt.timedelta(hours=1), now + dt.timedelta(hours=1))
    assert [(deed.what, deed.details["account"]) for deed in deeds] == [
        (Act.MADE_ACCOUNT, "made"),
        (Act.CHANGED_PASSWORD, "made"),
        (Act.ENDED_ACCOUNT, "made"),
    ]
    assert {deed.by for deed in deeds} == {"command"}

"""Secret keys: who may read them, several processes that start at once, what is made with them."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import secrets
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prankfilter.errors import BadSetting
from prankfilter.privacy.audit import audit_drawn
from prankfilter.privacy.keyring import SECRET_BYTES, Key, Keyring, Purpose, add_version
from prankfilter.privacy.numbers import to_e164
from prankfilter.privacy.pseudonym import KeyedHash, Pseudonymiser
from prankfilter.privacy.repeats import result_id

BUDI = "+6281234567890"
SPELLINGS = ["081234567890", "6281234567890", "+6281234567890", "62-812-3456-7890"]


def keyring(*drawn: bytes) -> Keyring:
    """The same secrets, newest first, for every purpose."""
    keys = tuple(Key(f"k{len(drawn) - place}", secret) for place, secret in enumerate(drawn))
    return Keyring(dict.fromkeys(Purpose, keys))


def secrets_of(opened: Keyring) -> dict[str, bytes]:
    return {purpose.value: opened.current(purpose).secret for purpose in Purpose}


class TestTheFolder:
    def test_is_made_on_request_for_its_owner_alone(self, tmp_path: Path) -> None:
        folder = tmp_path / "data" / "keys"
        Keyring.open(folder, create=True)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        files = sorted(folder.iterdir())
        assert [path.name for path in files] == sorted(purpose.value for purpose in Purpose)
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}

    def test_is_for_its_owner_alone_under_any_umask(self, tmp_path: Path) -> None:
        before = os.umask(0)
        try:
            Keyring.open(tmp_path / "keys", create=True)
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "keys" / "api").stat().st_mode) == 0o600

    def test_is_not_made_unasked(self, tmp_path: Path) -> None:
        with pytest.raises(BadSetting, match="cannot be read"):
            Keyring.open(tmp_path / "keys")
        assert not (tmp_path / "keys").exists()

    def test_every_key_is_another(self, tmp_path: Path) -> None:
        held = secrets_of(Keyring.open(tmp_path / "keys", create=True))
        assert len(set(held.values())) == len(Purpose)
        assert {len(secret) for secret in held.values()} == {SECRET_BYTES}

    def test_a_second_start_reads_the_same_keys(self, tmp_path: Path) -> None:
        first = Keyring.open(tmp_path / "keys", create=True)
        again = Keyring.open(tmp_path / "keys", create=True)
        assert secrets_of(first) == secrets_of(again) == secrets_of(Keyring.open(tmp_path / "keys"))

    def test_only_what_is_asked_for_is_made_and_opened(self, tmp_path: Path) -> None:
        opened = Keyring.open(tmp_path / "keys", create=True, purposes=[Purpose.SIGNING])
        assert [path.name for path in (tmp_path / "keys").iterdir()] == ["signing"]
        with pytest.raises(BadSetting, match="'pseudonym' was not opened"):
            opened.current(Purpose.PSEUDONYM)

    def test_a_missing_key_is_named(self, tmp_path: Path) -> None:
        Keyring.open(tmp_path / "keys", create=True)
        (tmp_path / "keys" / "audit").unlink()
        with pytest.raises(BadSetting, match="no key 'audit'"):
            Keyring.open(tmp_path / "keys")

    def test_a_draft_left_by_a_crash_is_no_key(self, tmp_path: Path) -> None:
        folder = tmp_path / "keys"
        folder.mkdir(mode=0o700)
        (folder / ".pseudonym.0011223344556677").write_text("00")
        opened = Keyring.open(folder, create=True)
        assert len(opened.current(Purpose.PSEUDONYM).secret) == 32


class TestRefusals:
    @pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o644, 0o777])
    def test_a_key_that_others_may_read(self, tmp_path: Path, mode: int) -> None:
        Keyring.open(tmp_path / "keys", create=True)
        (tmp_path / "keys" / "seal").chmod(mode)
        with pytest.raises(BadSetting, match=r"others may read the key .*seal; run: chmod 600"):
            Keyring.open(tmp_path / "keys", create=True)

    @pytest.mark.parametrize("mode", [0o770, 0o702, 0o777])
    def test_a_folder_that_others_may_write_to(self, tmp_path: Path, mode: int) -> None:
        Keyring.open(tmp_path / "keys", create=True)
        (tmp_path / "keys").chmod(mode)
        with pytest.raises(BadSetting, match="others may write to the folder"):
            Keyring.open(tmp_path / "keys", create=True)

    @pytest.mark.parametrize("content", [b"", b"00", b"zz" * 32, b"0" * 65, b"\xff" * 64, b"0" * 64 + b"\n0"])
    def test_a_key_that_is_damaged_is_refused_and_never_replaced(
        self, tmp_path: Path, content: bytes
    ) -> None:
        Keyring.open(tmp_path / "keys", create=True)
        (tmp_path / "keys" / "pseudonym").write_bytes(content)
        with pytest.raises(BadSetting, match="pseudonym"):
            Keyring.open(tmp_path / "keys", create=True)
        assert (tmp_path / "keys" / "pseudonym").read_bytes() == content

    def test_a_folder_that_is_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "keys").write_text("x")
        for create in (True, False):
            with pytest.raises(BadSetting, match="folder of keys"):
                Keyring.open(tmp_path / "keys", create=create)

    def test_no_refusal_and_no_repr_tells_a_secret(self, tmp_path: Path) -> None:
        opened = Keyring.open(tmp_path / "keys", create=True)
        secret = opened.current(Purpose.PSEUDONYM).secret
        (tmp_path / "keys" / "pseudonym").write_text(secret.hex() + "0")
        with pytest.raises(BadSetting) as refusal:
            Keyring.open(tmp_path / "keys")
        told = f"{refusal.value!r} {opened!r} {opened.every(Purpose.PSEUDONYM)!r}"
        assert secret.hex() not in told
        assert repr(secret) not in told


class TestSeveralAtOnce:
    def test_one_that_starts_while_a_key_is_being_written_never_reads_half_of_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The other start-up comes at the worst moment: the file is open and the secret not yet drawn."""
        folder, draw, others = tmp_path / "keys", secrets.token_hex, list[Keyring]()
        worst_moment = threading.Event()

        def draw_after_another_started(count: int) -> str:
            if count == SECRET_BYTES and not worst_moment.is_set():
                worst_moment.set()
                others.append(Keyring.open(folder, create=True))
            return draw(count)

        monkeypatch.setattr(secrets, "token_hex", draw_after_another_started)
        ours = Keyring.open(folder, create=True)
        assert secrets_of(ours) == secrets_of(others[0]) == secrets_of(Keyring.open(folder))
        assert sorted(path.name for path in folder.iterdir()) == sorted(purpose.value for purpose in Purpose)

    def test_threads_agree_on_every_key(self, tmp_path: Path) -> None:
        for attempt in range(5):
            folder, start, opened = tmp_path / str(attempt), threading.Barrier(8), list[Keyring]()

            def open_it(
                folder: Path = folder, start: threading.Barrier = start, opened: list[Keyring] = opened
            ) -> None:
                start.wait()
                opened.append(Keyring.open(folder, create=True))

            threads = [threading.Thread(target=open_it) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len(opened) == 8
            assert len({tuple(secrets_of(held).values()) for held in opened}) == 1

    def test_processes_agree_on_every_key(self, tmp_path: Path) -> None:
        with multiprocessing.get_context("spawn").Pool(3) as pool:
            opened = pool.map(_open_secrets, [tmp_path / "keys"] * 12, chunksize=1)
        assert len({tuple(sorted(held.items())) for held in opened}) == 1


def _open_secrets(folder: Path) -> dict[str, bytes]:
    return secrets_of(Keyring.open(folder, create=True))


class TestVersions:
    def test_a_new_version_is_used_and_the_old_one_still_found(self, tmp_path: Path) -> None:
        folder = tmp_path / "keys"
        before = Pseudonymiser(Keyring.open(folder, create=True))
        assert add_version(folder, Purpose.PSEUDONYM) == "k2"
        after = Pseudonymiser(Keyring.open(folder))
        assert after.pseudonym(BUDI).startswith("k2:")
        assert after.pseudonyms(BUDI) == (after.pseudonym(BUDI), before.pseudonym(BUDI))
        assert stat.S_IMODE((folder / "pseudonym.k2").stat().st_mode) == 0o600

    def test_versions_are_ordered_as_numbers(self, tmp_path: Path) -> None:
        folder = tmp_path / "keys"
        Keyring.open(folder, create=True)
        for _ in range(10):
            add_version(folder, Purpose.AUDIT)
        opened = Keyring.open(folder)
        assert opened.current(Purpose.AUDIT).version == "k11"
        assert opened.version(Purpose.AUDIT, "k1") == opened.every(Purpose.AUDIT)[-1]
        assert opened.version(Purpose.AUDIT, "k12") is None

    def test_a_destroyed_first_key_stays_destroyed(self, tmp_path: Path) -> None:
        folder = tmp_path / "keys"
        Keyring.open(folder, create=True)
        add_version(folder, Purpose.SEAL)
        (folder / "seal").unlink()
        assert [key.version for key in Keyring.open(folder, create=True).every(Purpose.SEAL)] == ["k2"]


class TestPseudonyms:
    def test_golden(self) -> None:
        pseudonym = Pseudonymiser(keyring(bytes(range(32)))).pseudonym(BUDI)
        assert pseudonym == "k1:cbd904a937c17c2a4caa0e9a11ab5138d1041ef38640aca885c263ceb4f95d37"

    def test_the_key_makes_the_pseudonym(self) -> None:
        one, other = Pseudonymiser(keyring(bytes(32))), Pseudonymiser(keyring(bytes(31) + b"\1"))
        assert one.pseudonym(BUDI) != other.pseudonym(BUDI)
        assert one.pseudonym(BUDI) == one.pseudonym(to_e164("0812-3456-7890"))
        assert one.pseudonym(BUDI) != one.pseudonym("+6281234567891")
        assert one.number_tail(BUDI) == "890"

    def test_purposes_cannot_be_matched(self) -> None:
        opened = Keyring.ephemeral()
        digests = {KeyedHash(opened, purpose).digest(BUDI) for purpose in Purpose}
        assert len(digests) == len(Purpose)

    def test_ephemeral_keys_are_never_the_same(self) -> None:
        assert secrets_of(Keyring.ephemeral()) != secrets_of(Keyring.ephemeral())

    def test_no_plain_hash_of_a_number_is_kept(self) -> None:
        """Unkeyed hashes are worthless: whoever holds the store would try all numbers in minutes."""
        opened = Keyring.ephemeral()
        kept = " ".join(
            [
                Pseudonymiser(opened).pseudonym(BUDI),
                KeyedHash(opened, Purpose.EXPORT).digest(BUDI),
                result_id("c", BUDI.encode(), key=opened.current(Purpose.ANSWER).secret),
            ]
        )
        for name in hashlib.algorithms_guaranteed - {"shake_128", "shake_256"}:
            for spelling in [*SPELLINGS, BUDI.removeprefix("+62"), f'{{"calling_number":"{BUDI}"}}']:
                assert (
                    hashlib.new(name, spelling.encode(), usedforsecurity=False).hexdigest()[:16] not in kept
                )

    def test_only_public_things_are_hashed_without_a_key(self) -> None:
        """Of privacy, a public key and what goes into a keyed digest at once may meet a plain hash."""
        folder = Path(__file__).parents[2] / "prankfilter" / "privacy"
        users = {path.name for path in folder.glob("*.py") if "hashlib" in path.read_text(encoding="utf-8")}
        assert users == {"signing.py", "repeats.py"}


class TestTheIdentityOfAnAnswer:
    KEY = bytes(range(32))

    def test_a_repeat_has_the_same_one_and_nothing_else_has(self) -> None:
        requests = [
            ("c", b"ab", b"c"),
            ("c", b"a", b"bc"),
            ("c", b"ab", b""),
            ("c", b"ab", None),
            ("d", b"ab", b"c"),
            ("ca", b"b", b"c"),
        ]
        ids = [result_id(call_id, *parts, key=self.KEY) for call_id, *parts in requests]
        assert len(set(ids)) == len(requests)
        assert ids[0] == result_id("c", b"ab", b"c", key=self.KEY)

    def test_it_depends_on_the_key(self) -> None:
        assert result_id("c", b"{}", key=self.KEY) != result_id("c", b"{}", key=bytes(32))

    def test_any_call_id_has_one(self) -> None:
        assert len(result_id("\ud800/ü", b"", key=self.KEY)) == 32


class TestTheAuditDraw:
    KEY = bytes(range(32))

    @given(st.text(st.characters(exclude_categories=())), st.floats(0, 1), st.floats(0, 1))
    def test_is_the_same_each_time_and_grows_with_the_share(
        self, call_id: str, one: float, other: float
    ) -> None:
        low, high = sorted([one, other])
        assert audit_drawn(call_id, low, self.KEY) == audit_drawn(call_id, low, self.KEY)
        assert audit_drawn(call_id, low, self.KEY) <= audit_drawn(call_id, high, self.KEY)
        assert not audit_drawn(call_id, 0.0, self.KEY)
        assert audit_drawn(call_id, 1.0, self.KEY)

    def test_draws_its_share(self) -> None:
        drawn = sum(audit_drawn(f"call-{number}", 0.02, self.KEY) for number in range(50_000))
        assert 900 <= drawn <= 1100  # 1000 expected, three standard deviations are 94

    def test_whoever_chooses_the_call_id_cannot_choose_the_draw(self) -> None:
        ids = [f"call-{number}" for number in range(2_000)]
        one, other = ([audit_drawn(call_id, 0.5, key) for call_id in ids] for key in (self.KEY, bytes(32)))
        agreed = sum(a == b for a, b in zip(one, other, strict=True))
        assert 870 <= agreed <= 1130

"""People's accounts, and what they work on: flags to review, sound, incidents; and who did what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables. Calls that were flagged before are in the reports, but not in the queue."""
    _make_review()
    _make_people()
    _make_days()


def _make_review() -> None:
    op.create_table(
        "flags",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("centre_id", sa.Text(), nullable=False),
        sa.Column("known_from", sa.BigInteger(), nullable=False),
        sa.Column("advice", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text()),
        sa.Column("prank_score", sa.Float()),
        sa.Column("genuine_probability", sa.Float()),
        sa.Column("guards", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Text()),
        sa.Column("label", sa.Text()),
        sa.Column("answered_by", sa.Text()),
        sa.Column("verdict", sa.Text()),
        sa.Column("ruled_by", sa.Text()),
        sa.Column("ruled_at", sa.BigInteger()),
        sa.Column("claimed_by", sa.Text()),
        sa.Column("claimed_at", sa.BigInteger()),
        sa.Column("second_drawn", sa.Boolean(), nullable=False),
        sa.Column("second_verdict", sa.Text()),
        sa.Column("second_by", sa.Text()),
        sa.Column("second_at", sa.BigInteger()),
        sa.Column("look_back_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("call_id", name="pk_flags"),
    )
    _index("flags", "verdict", "genuine_probability", "received_at", "call_id")
    _index("flags", "second_drawn", "second_verdict", "received_at", "call_id")
    _index("flags", "received_at", "call_id")
    op.create_table(
        "recordings",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.Column("audio_s", sa.Float(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="pk_recordings"),
    )
    _index("recordings", "stored_at")
    op.create_table(
        "incidents",
        _number(),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("closed_by", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
        sa.UniqueConstraint("call_id", name="uq_incidents_call_id"),
    )
    _index("incidents", "closed_at", "opened_at")
    _index("incidents", "opened_at")


def _make_people() -> None:
    op.create_table(
        "accounts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("name", name="pk_accounts"),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_sessions"),
    )
    _index("sessions", "name")
    _index("sessions", "seen_at")
    op.create_table(
        "deeds",
        _number(),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text()),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deeds"),
    )
    _index("deeds", "at")
    _index("deeds", "call_id")


def _make_days() -> None:
    op.create_table(
        "outreach",
        _number(),
        sa.Column("on_date", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outreach"),
    )
    _index("outreach", "on_date")
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_runs"),
    )
    _index("runs", "seen_at")


def _number() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def _index(table: str, *columns: str) -> None:
    op.create_index("_".join(("ix", table, *columns)), table, list(columns))

"""The baseline: every table of the first release."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables and their indexes."""
    _make_calls()
    _make_decisions()
    _make_said()
    _make_marks()
    _make_keys()


def _make_calls() -> None:
    _numbered_table(
        "calls",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("caller", sa.Text()),
        sa.Column("number_is_verified", sa.Boolean(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("centre_id", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.UniqueConstraint("call_id", name="uq_calls_call_id"),
    )
    _index("calls", "area", "received_at", "call_id")
    _index("calls", "caller", "received_at", "call_id")
    _index("calls", "centre_id", "received_at", "call_id")
    _index("calls", "received_at", "call_id")


def _make_decisions() -> None:
    _numbered_table(
        "decisions",
        sa.Column("result_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("known_from", sa.BigInteger(), nullable=False),
        sa.Column("audio_s", sa.Float()),
        sa.Column("assessed", sa.Text(), nullable=False),
        sa.Column("advice", sa.Text(), nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("child_like", sa.Boolean(), nullable=False),
        sa.Column("prank_score", sa.Float()),
        sa.Column("margin", sa.Float()),
        sa.Column("stratum", sa.Text()),
        sa.Column("strata", sa.Text(), nullable=False),
        sa.Column("capture", sa.Text()),
        sa.Column("audit_probability", sa.Float()),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Text()),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.UniqueConstraint("result_id", name="uq_decisions_result_id"),
    )
    _index("decisions", "call_id", "advice", "known_from")
    _index("decisions", "at")


def _make_said() -> None:
    _numbered_table(
        "said",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("label", sa.Text()),
        sa.Column("verdict", sa.Text()),
        sa.Column("details", sa.Text(), nullable=False),
    )
    _index("said", "call_id", "at")
    _index("said", "at")


def _make_marks() -> None:
    _numbered_table(
        "switches",
        sa.Column("centre_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("off", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
    )
    _index("switches", "centre_id", "id")
    _numbered_table(
        "clearings",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
    )
    _index("clearings", "caller", "at")
    _numbered_table(
        "call_backs",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
    )
    _index("call_backs", "caller", "at")


def _make_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("key_id"),
        sa.UniqueConstraint("digest", name="uq_api_keys_digest"),
    )


def _numbered_table(name: str, *columns: Any) -> None:
    number = sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)
    op.create_table(name, number, *columns, sa.PrimaryKeyConstraint("id"))


def _index(table: str, *columns: str) -> None:
    op.create_index("_".join(("ix", table, *columns)), table, list(columns))

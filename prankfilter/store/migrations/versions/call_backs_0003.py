"""The call-backs that are owed, each with its sealed number for as long as it is open."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Calls that ended before owe nothing: their numbers are not known any more."""
    op.create_table(
        "owed",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.LargeBinary()),
        sa.Column("claimed_by", sa.Text()),
        sa.Column("claimed_at", sa.BigInteger()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("result", sa.Text()),
        sa.PrimaryKeyConstraint("call_id", name="pk_owed"),
    )
    op.create_index("ix_owed_closed_at_opened_at", "owed", ["closed_at", "opened_at"])

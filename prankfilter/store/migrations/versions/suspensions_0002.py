"""Which certificate spoke for each look, and which certificates calls in service have refuted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Looks that were kept before stay without a certificate: none gave a ``verify`` in earnest."""
    op.add_column("decisions", sa.Column("certificate_id", sa.Text()))
    op.create_index("ix_decisions_certificate_id_call_id", "decisions", ["certificate_id", "call_id"])
    op.create_table(
        "suspensions",
        sa.Column("certificate_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("certificate_id", name="pk_suspensions"),
    )

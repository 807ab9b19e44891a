"""The tables. Moments are microseconds since 1970 in UTC (`instants`), records and answers are JSON
(`codec`), and beside the JSON stands flat what is searched by.

Everything is appended and nothing overwritten, but for API keys, people's accounts and sessions, and the
lists of what is still to be done: call-backs, flags to review, incidents.
There are no foreign keys: what is said of a call may come before the call itself, and a screening that did
not fit into the queue must not cost its outcome.
"""

from __future__ import annotations

import sqlalchemy as sa

VERSION = "0004"
"""The newest migration. A new column here needs a new migration there; a test holds the two together."""

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def _number() -> sa.Column[int]:
    """Return the column that numbers rows in the order in which they were kept."""
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True)


calls = sa.Table(
    "calls",
    metadata,
    _number(),
    sa.Column("call_id", sa.Text, nullable=False, unique=True),
    sa.Column("received_at", sa.BigInteger, nullable=False),
    sa.Column("caller", sa.Text),
    sa.Column("number_is_verified", sa.Boolean, nullable=False),
    sa.Column("area", sa.Text, nullable=False),
    # Empty where unknown.
    sa.Column("centre_id", sa.Text, nullable=False),
    sa.Column("record", sa.Text, nullable=False),
    # Each read on the way to an answer is one range of one of these.
    sa.Index(None, "caller", "received_at", "call_id"),
    sa.Index(None, "area", "received_at", "call_id"),
    sa.Index(None, "centre_id", "received_at", "call_id"),
    sa.Index(None, "received_at", "call_id"),
)

decisions = sa.Table(
    "decisions",
    metadata,
    _number(),
    sa.Column("result_id", sa.Text, nullable=False, unique=True),
    sa.Column("call_id", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    # `past.Look` says what this is.
    sa.Column("known_from", sa.BigInteger, nullable=False),
    sa.Column("audio_s", sa.Float),
    sa.Column("assessed", sa.Text, nullable=False),
    sa.Column("advice", sa.Text, nullable=False),
    sa.Column("flagged", sa.Boolean, nullable=False),
    sa.Column("child_like", sa.Boolean, nullable=False),
    sa.Column("prank_score", sa.Float),
    sa.Column("margin", sa.Float),
    sa.Column("stratum", sa.Text),
    # Names with spaces between.
    sa.Column("strata", sa.Text, nullable=False),
    sa.Column("capture", sa.Text),
    sa.Column("audit_probability", sa.Float),
    sa.Column("policy", sa.Text, nullable=False),
    # The certificate that spoke for this look, if one did.
    sa.Column("certificate_id", sa.Text),
    sa.Column("model_id", sa.Text),
    sa.Column("decision", sa.Text, nullable=False),
    sa.Index(None, "call_id", "advice", "known_from"),
    sa.Index(None, "at"),
    sa.Index(None, "certificate_id", "call_id"),
)

said = sa.Table(
    "said",
    metadata,
    _number(),
    sa.Column("call_id", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    # `said.What`.
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("label", sa.Text),
    sa.Column("verdict", sa.Text),
    sa.Column("details", sa.Text, nullable=False),
    sa.Index(None, "call_id", "at"),
    sa.Index(None, "at"),
)

switches = sa.Table(
    "switches",
    metadata,
    _number(),
    # Empty for every centre.
    sa.Column("centre_id", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("off", sa.Boolean, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index(None, "centre_id", "id"),
)

suspensions = sa.Table(
    "suspensions",
    metadata,
    sa.Column("certificate_id", sa.Text, primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)

clearings = sa.Table(
    "clearings",
    metadata,
    _number(),
    sa.Column("caller", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index(None, "caller", "at"),
)

call_backs = sa.Table(
    "call_backs",
    metadata,
    _number(),
    sa.Column("caller", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Index(None, "caller", "at"),
)

owed = sa.Table(
    "owed",
    metadata,
    sa.Column("call_id", sa.Text, primary_key=True),
    # `vocabulary.OwedFor`.
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("opened_at", sa.BigInteger, nullable=False),
    sa.Column("due_at", sa.BigInteger, nullable=False),
    # Sealed; empty where none was told, and from the closing on.
    sa.Column("number", sa.LargeBinary),
    sa.Column("claimed_by", sa.Text),
    sa.Column("claimed_at", sa.BigInteger),
    sa.Column("closed_at", sa.BigInteger),
    # `vocabulary.CallBackResult`.
    sa.Column("result", sa.Text),
    sa.Index(None, "closed_at", "opened_at"),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("revoked_at", sa.BigInteger),
)

flags = sa.Table(
    "flags",
    metadata,
    sa.Column("call_id", sa.Text, primary_key=True),
    sa.Column("received_at", sa.BigInteger, nullable=False),
    # Empty where unknown.
    sa.Column("centre_id", sa.Text, nullable=False),
    # Of the last flagged look; what is below up to the label is copied from its decision.
    sa.Column("known_from", sa.BigInteger, nullable=False),
    # The least favourable that the call ever got.
    sa.Column("advice", sa.Text, nullable=False),
    sa.Column("kind", sa.Text),
    sa.Column("prank_score", sa.Float),
    sa.Column("genuine_probability", sa.Float),
    # Names with spaces between and around, so that one can be searched for.
    sa.Column("guards", sa.Text, nullable=False),
    sa.Column("reasons", sa.Text, nullable=False),
    sa.Column("model_id", sa.Text),
    # The last outcome, and the last verdict.
    sa.Column("label", sa.Text),
    sa.Column("answered_by", sa.Text),
    sa.Column("verdict", sa.Text),
    sa.Column("ruled_by", sa.Text),
    sa.Column("ruled_at", sa.BigInteger),
    sa.Column("claimed_by", sa.Text),
    sa.Column("claimed_at", sa.BigInteger),
    # Whether the blind second review wants it, and what it said.
    sa.Column("second_drawn", sa.Boolean, nullable=False),
    sa.Column("second_verdict", sa.Text),
    sa.Column("second_by", sa.Text),
    sa.Column("second_at", sa.BigInteger),
    # A genuine call of the number or the incident soon after: what was ruled before that does not count.
    sa.Column("look_back_at", sa.BigInteger),
    # Each part of the queue is one range of one of these, in the order in which it is shown.
    sa.Index(None, "verdict", "genuine_probability", "received_at", "call_id"),
    sa.Index(None, "second_drawn", "second_verdict", "received_at", "call_id"),
    sa.Index(None, "received_at", "call_id"),
)

recordings = sa.Table(
    "recordings",
    metadata,
    sa.Column("call_id", sa.Text, primary_key=True),
    sa.Column("stored_at", sa.BigInteger, nullable=False),
    sa.Column("audio_s", sa.Float, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Index(None, "stored_at"),
)

incidents = sa.Table(
    "incidents",
    metadata,
    _number(),
    sa.Column("call_id", sa.Text, nullable=False, unique=True),
    sa.Column("opened_at", sa.BigInteger, nullable=False),
    sa.Column("opened_by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("closed_at", sa.BigInteger),
    sa.Column("closed_by", sa.Text),
    sa.Column("note", sa.Text),
    sa.Index(None, "closed_at", "opened_at"),
    sa.Index(None, "opened_at"),
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("full_name", sa.Text, nullable=False),
    # `privacy.accounts.Role`.
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("password", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("ended_at", sa.BigInteger),
)

sessions = sa.Table(
    "sessions",
    metadata,
    # Of the cookie, keyed.
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("began_at", sa.BigInteger, nullable=False),
    sa.Column("seen_at", sa.BigInteger, nullable=False),
    sa.Index(None, "name"),
    sa.Index(None, "seen_at"),
)

deeds = sa.Table(
    "deeds",
    metadata,
    _number(),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    # `deeds.Deed`.
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("call_id", sa.Text),
    sa.Column("details", sa.Text, nullable=False),
    sa.Index(None, "at"),
    sa.Index(None, "call_id"),
)

outreach = sa.Table(
    "outreach",
    metadata,
    _number(),
    # A day, as in 2026-11-22.
    sa.Column("on_date", sa.Text, nullable=False),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Index(None, "on_date"),
)

runs = sa.Table(
    "runs",
    metadata,
    # Of one process, from its start on; what no run covers was downtime.
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("began_at", sa.BigInteger, nullable=False),
    sa.Column("seen_at", sa.BigInteger, nullable=False),
    sa.Index(None, "seen_at"),
)


def read_version(connection: sa.Connection) -> str | None:
    """Return the version of the tables in a database; None where there are none yet."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return version

"""Tables of the SQL journal."""

import sqlalchemy as sa

from bellwether.adapters._schema import MIGRATIONS, Schema
from bellwether.service import JournalUnavailable

# Every change of a table is a new version, and a new file in migrations/journal.
JOURNAL_SCHEMA_VERSION = 2

metadata = sa.MetaData()

schema = sa.Table(
    "journal_schema_version", metadata, sa.Column("version", sa.Integer, primary_key=True)
)

# Only ever inserted into.
records = sa.Table(
    "journal_records",
    metadata,
    sa.Column(
        "number",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("prediction_id", sa.String(64), nullable=False),
    sa.Column("symbol", sa.Text),
    sa.Column("rung", sa.String(32)),
    sa.Column("as_of", sa.String(32)),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.UniqueConstraint("prediction_id", "kind"),
)
sa.Index("journal_records_by_symbol", records.c.symbol, records.c.number)
# Few records are alerts; whoever reads them must not read all the others.
sa.Index("journal_records_by_kind", records.c.kind, records.c.number)

counts = sa.Table(
    "journal_counts",
    metadata,
    sa.Column("number", sa.ForeignKey(records.c.number), primary_key=True, autoincrement=False),
    sa.Column("n_served", sa.BigInteger, nullable=False),
    sa.Column("last_served_at", sa.BigInteger, nullable=False),
    sa.Column("seal", sa.String(64), nullable=False),
)

windows = sa.Table(
    "journal_windows",
    metadata,
    sa.Column("prediction_id", sa.String(64), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

states = sa.Table(
    "journal_states",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
)

JOURNAL = Schema(
    name="journal",
    version=JOURNAL_SCHEMA_VERSION,
    metadata=metadata,
    versions=schema,
    unavailable=JournalUnavailable,
    migrations=MIGRATIONS / "journal",
)

"""The first journal: the chain of records, their counts, and what is kept beside them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables of an empty journal."""
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table("journal_schema_version", sa.Column("version", sa.Integer, primary_key=True))
    op.create_table(
        "journal_records",
        sa.Column("number", number, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("prediction_id", sa.String(64), nullable=False),
        sa.Column("symbol", sa.Text),
        sa.Column("rung", sa.String(32)),
        sa.Column("as_of", sa.String(32)),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.UniqueConstraint("prediction_id", "kind"),
    )
    op.create_index("journal_records_by_symbol", "journal_records", ["symbol", "number"])
    op.create_table(
        "journal_counts",
        sa.Column(
            "number",
            number,
            sa.ForeignKey("journal_records.number"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("n_served", sa.BigInteger, nullable=False),
        sa.Column("last_served_at", sa.BigInteger, nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
    )
    op.create_table(
        "journal_windows",
        sa.Column("prediction_id", sa.String(64), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "journal_states",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
    )

"""The first registry: models, their moves, and one of each serving stage a market."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables of an empty registry."""
    op.create_table("schema_version", sa.Column("version", sa.Integer, primary_key=True))
    op.create_table(
        "models",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("model_id", sa.String(100), nullable=False, unique=True),
        sa.Column("universe", sa.Text, nullable=False),
        sa.Column("interval", sa.String(16), nullable=False),
        sa.Column("horizon_bars", sa.Integer, nullable=False),
        sa.Column("symbols", sa.Text, nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("bundle_digest", sa.String(64), nullable=False),
        sa.Column("pipeline_digest", sa.String(64), nullable=False),
        sa.Column("snapshot_digest", sa.String(64), nullable=False),
        sa.Column("bellwether_version", sa.String(64), nullable=False),
        sa.Column("trained_at", sa.BigInteger, nullable=False),
        sa.Column("registered_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("verdict", sa.Text),
        sa.Column("metrics", sa.Text, nullable=False),
    )
    is_serving = sa.column("stage").in_(["champion", "previous"])
    op.create_index(
        "one_of_each_serving_stage",
        "models",
        ["universe", "interval", "horizon_bars", "stage"],
        unique=True,
        sqlite_where=is_serving,
        postgresql_where=is_serving,
    )
    op.create_table(
        "moves",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("model_id", sa.String(100), sa.ForeignKey("models.model_id"), nullable=False),
        sa.Column("before", sa.String(16)),
        sa.Column("after", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text),
    )

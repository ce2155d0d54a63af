"""Find who serves without reading every model there ever was."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the index that every prediction's look into the registry goes by."""
    op.create_index("models_by_stage", "models", ["stage", "interval", "horizon_bars"])

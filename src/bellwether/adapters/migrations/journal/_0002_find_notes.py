"""Find the notes of a kind without reading every answer there ever was."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the index that whoever folds the notes of a kind goes by."""
    op.create_index("journal_records_by_kind", "journal_records", ["kind", "number"])

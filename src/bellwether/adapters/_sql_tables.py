"""Tables of the SQL registry."""

import sqlalchemy as sa

from bellwether.adapters._schema import MIGRATIONS, Schema
from bellwether.registry import RegistryUnavailable, Stage

# Every change of a table is a new version, and a new file in migrations/registry.
SCHEMA_VERSION = 3

metadata = sa.MetaData()

schema = sa.Table("schema_version", metadata, sa.Column("version", sa.Integer, primary_key=True))

models = sa.Table(
    "models",
    metadata,
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

_is_serving = models.c.stage.in_([Stage.CHAMPION.value, Stage.PREVIOUS.value])
sa.Index(
    "one_of_each_serving_stage",
    models.c.universe,
    models.c.interval,
    models.c.horizon_bars,
    models.c.stage,
    unique=True,
    sqlite_where=_is_serving,
    postgresql_where=_is_serving,
)

# Behind stage and market stand all models there ever were; few of them serve.
sa.Index("models_by_stage", models.c.stage, models.c.interval, models.c.horizon_bars)

moves = sa.Table(
    "moves",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("model_id", sa.String(100), sa.ForeignKey("models.model_id"), nullable=False),
    sa.Column("before", sa.String(16)),
    sa.Column("after", sa.String(16), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("verdict", sa.Text),
)

# What folds over the journal came to; all of it can be rebuilt.
checkpoints = sa.Table(
    "checkpoints",
    metadata,
    sa.Column("name", sa.String(200), primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.String(200), primary_key=True),
    sa.Column("owner", sa.String(200), nullable=False),
    sa.Column("ends_at", sa.BigInteger, nullable=False),
)

REGISTRY = Schema(
    name="registry",
    version=SCHEMA_VERSION,
    metadata=metadata,
    versions=schema,
    unavailable=RegistryUnavailable,
    migrations=MIGRATIONS / "registry",
)

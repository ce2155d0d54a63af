"""Tables of the SQL registry, and how its databases are opened."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bellwether.registry import RegistryUnavailable, Stage

SCHEMA_VERSION = 1
_WAIT_SECONDS = 30

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


def connect(place: Path | str) -> tuple[sa.Engine, str]:
    """Return an engine for a file or URL, and the place's name without any password.

    Parameters
    ----------
    place : pathlib.Path or str
        A file for SQLite, or a URL.

    Raises
    ------
    RegistryUnavailable
        If the file's folder cannot be made, or the URL makes no sense.
    """
    try:
        url = sa.make_url(str(place)) if "://" in str(place) else _file_url(Path(place))
        name = url.database or "memory" if url.get_backend_name() == "sqlite" else str(url)
        engine = sa.create_engine(url)
    except OSError as error:
        raise RegistryUnavailable(str(place), error.strerror or str(error)) from error
    except (sa.exc.SQLAlchemyError, ImportError) as error:
        raise RegistryUnavailable("the URL given", f"{error}"[:200]) from error
    if url.get_backend_name() == "sqlite":
        sa.event.listen(engine, "connect", _prepare)
        sa.event.listen(engine, "begin", _begin)
    return engine, name


def _file_url(file: Path) -> sa.URL:
    file.parent.mkdir(parents=True, exist_ok=True)
    return sa.URL.create("sqlite", database=str(file))


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_WAIT_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    # A writer asks for the write lock at once: asking after a read would be refused, not queued.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

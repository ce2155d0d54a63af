"""What a PostgreSQL server is asked for beyond plain SQL; SQLite needs none of it."""

import functools
import logging
from typing import Any

import sqlalchemy as sa

from bellwether.adapters._schema import OtherSchema, Schema

_SQLITE = "sqlite"
_OPENING_LOCK = 8_101_701  # any number, the same for whoever makes or upgrades tables
_CONNECTING = {
    "application_name": "bellwether",
    "connect_timeout": "5",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
# A dead or stopped writer holds nobody up for longer, and "off" would acknowledge what a power
# cut can still take; "local" and the stronger ones are left as the server's owner set them.
_MANNERS = """
SELECT set_config('lock_timeout', '30s', true),
       set_config('idle_in_transaction_session_timeout', '60s', true),
       CASE WHEN current_setting('synchronous_commit') = 'off'
            THEN set_config('synchronous_commit', 'on', true) END
"""
_log = logging.getLogger(__name__)


def connect_options(url: sa.URL) -> dict[str, str]:
    """Return how to connect where the URL does not say: never wait for a dead server for long."""
    return {name: value for name, value in _CONNECTING.items() if name not in url.query}


def check_server(connection: sa.Connection) -> None:
    """Check that a server can keep what it is given.

    Raises
    ------
    OtherSchema
        If its database has an encoding that lacks letters.
    """
    if connection.dialect.name == _SQLITE:
        return
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise OtherSchema(f"a database in the encoding {encoding}; make one in UTF8")
    for fault in find_faults(connection):
        _log.warning("the database server: %s", fault)


def find_faults(connection: sa.Connection) -> tuple[str, ...]:
    """Return what a server's owner should know about how it keeps things."""
    lost = connection.exec_driver_sql("SHOW fsync").scalar_one() == "off"
    return ("fsync is off: a power cut can take answers that were acknowledged",) if lost else ()


def lock_opening(connection: sa.Connection) -> None:
    """Wait until nobody else makes or upgrades tables; the lock ends with the transaction."""
    if connection.dialect.name != _SQLITE:
        connection.exec_driver_sql(_MANNERS)
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_OPENING_LOCK})")


def take_turn(connection: sa.Connection, schema: Schema) -> int | None:
    """Wait until nobody else writes, and return the version of the schema.

    Notes
    -----
    On a server the row with the version is the lock. On SQLite the transaction has the lock
    of the whole file by now.
    """
    if connection.dialect.name != _SQLITE:
        connection.exec_driver_sql(_MANNERS)
    found: int | None = connection.execute(_ask_version(schema.versions)).scalar()
    return found


@functools.cache
def _ask_version(versions: sa.Table) -> sa.Select[Any]:
    # Built once: every transaction asks.
    return sa.select(versions.c.version).with_for_update()

"""Where a database is: a file or a URL, read once and shown without its password."""

from pathlib import Path

import sqlalchemy as sa

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
_SECRET_KEYS = frozenset({"password", "sslpassword"})
_SHOWN_KEYS = frozenset({"dbname", "host", "hostaddr", "port", "sslmode"})
_DRIVERS = {
    SQLITE: "sqlite+pysqlite",
    POSTGRESQL: "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}
FORMS = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST:PORT/NAME"


class UnusableUrl(Exception):
    """A text is no URL of a database that bellwether can use; it may hold a password."""


def read_place(place: Path | str) -> sa.URL:
    """Return the URL of a file or of a URL's text, with the driver that is used.

    Parameters
    ----------
    place : pathlib.Path or str
        A file for SQLite, or a URL of SQLite or PostgreSQL.

    Raises
    ------
    UnusableUrl
        If the text is no such URL. The message never repeats it: it may hold a password.
    """
    if "://" not in str(place):
        return sa.URL.create(_DRIVERS[SQLITE], database=str(place))
    try:
        url = sa.make_url(str(place))
        backend = url.get_backend_name()
    except (sa.exc.SQLAlchemyError, ValueError):
        # What the parser says repeats parts of the text, and a password may be among them.
        raise UnusableUrl("a text that is no URL") from None
    if backend not in _DRIVERS:
        raise UnusableUrl(f"a URL of {backend[:20]!r}, which is not one of {FORMS}")
    return url.set(drivername=_DRIVERS[backend])


def show_place(url: sa.URL) -> str:
    """Return a place for people: the file, or the URL without any password."""
    if url.get_backend_name() == SQLITE:
        return url.database or "memory"
    shown = url.difference_update_query(url.query.keys() - _SHOWN_KEYS)
    return shown.render_as_string(hide_password=True)


def hide_secrets(text: str, url: sa.URL) -> str:
    """Return what a driver said with every secret of the URL in it hidden."""
    secrets = [url.password, *(url.query[key] for key in _SECRET_KEYS & url.query.keys())]
    for secret in secrets:
        text = text.replace(str(secret), "***") if secret else text
    return text

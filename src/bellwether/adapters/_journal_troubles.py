"""What a database's error means for the journal in it."""

import errno

from bellwether.adapters._sqlite_files import NO_FILE
from bellwether.service import JournalTrouble

# The names of SQLite's result codes, by their beginning; the first that fits counts.
_SQLITE = (
    ("SQLITE_READONLY_DBMOVED", JournalTrouble.GONE),
    ("SQLITE_IOERR_SHMSIZE", JournalTrouble.DISK_FULL),
    ("SQLITE_BUSY", JournalTrouble.LOCKED),
    ("SQLITE_LOCKED", JournalTrouble.LOCKED),
    ("SQLITE_READONLY", JournalTrouble.READ_ONLY),
    ("SQLITE_FULL", JournalTrouble.DISK_FULL),
    ("SQLITE_CANTOPEN", JournalTrouble.GONE),
    ("SQLITE_CORRUPT", JournalTrouble.DAMAGED),
    ("SQLITE_NOTADB", JournalTrouble.DAMAGED),
)
# PostgreSQL's states, by their beginning.
_POSTGRESQL = (
    ("55P03", JournalTrouble.LOCKED),
    ("40", JournalTrouble.LOCKED),
    ("25006", JournalTrouble.READ_ONLY),
    ("42501", JournalTrouble.READ_ONLY),
    ("53100", JournalTrouble.DISK_FULL),
    ("08", JournalTrouble.GONE),
    ("57P", JournalTrouble.GONE),
    ("42P01", JournalTrouble.GONE),
    ("3D000", JournalTrouble.GONE),
    ("XX001", JournalTrouble.DAMAGED),
    ("XX002", JournalTrouble.DAMAGED),
)
_ERRNO = {
    errno.ENOSPC: JournalTrouble.DISK_FULL,
    errno.EDQUOT: JournalTrouble.DISK_FULL,
    errno.EROFS: JournalTrouble.READ_ONLY,
    errno.EACCES: JournalTrouble.READ_ONLY,
    errno.EPERM: JournalTrouble.READ_ONLY,
    errno.ENOENT: JournalTrouble.GONE,
    errno.ESTALE: JournalTrouble.GONE,
}
# What only the words tell, in the drivers' own.
_WORDS = (
    ("database is locked", JournalTrouble.LOCKED),
    (NO_FILE, JournalTrouble.GONE),
    ("no such table", JournalTrouble.GONE),
    ("without its tables", JournalTrouble.GONE),
    ("out of reach", JournalTrouble.GONE),
    ("is full", JournalTrouble.DISK_FULL),
    ("connection failed", JournalTrouble.GONE),
    ("server closed the connection", JournalTrouble.GONE),
    ("the connection is closed", JournalTrouble.GONE),
)


def find_trouble(error: BaseException) -> JournalTrouble:
    """Return what kind of trouble a failed statement, commit or connection is.

    Parameters
    ----------
    error : BaseException
        What SQLAlchemy, a driver below it or the system raised.

    Returns
    -------
    trouble : JournalTrouble
        UNAVAILABLE where nothing tells.

    Examples
    --------
    >>> find_trouble(OSError(errno.ENOSPC, "No space left on device")).value
    'disk_full'
    """
    while error.__cause__ is not None and getattr(error, "orig", None) is None:
        error = error.__cause__
    cause = getattr(error, "orig", None) or error
    told = (
        (getattr(cause, "sqlite_errorname", None), _SQLITE),
        (getattr(cause, "sqlstate", None), _POSTGRESQL),
    )
    for code, table in told:
        for beginning, trouble in table:
            if isinstance(code, str) and code.startswith(beginning):
                return trouble
    if isinstance(cause, OSError) and cause.errno in _ERRNO:
        return _ERRNO[cause.errno]
    words = str(cause)
    for part, trouble in _WORDS:
        if part in words:
            return trouble
    return JournalTrouble.UNAVAILABLE

"""What can be wrong with backups."""

from bellwether.errors import ServiceError, SettingsError


class BackupFailed(ServiceError):
    """A backup could not be written, or not be put in place; nothing of it is left behind.

    Parameters
    ----------
    place : str
        What was being written.
    was : str
    """

    http_status = 507

    def __init__(self, place: str, was: str) -> None:
        self.place = place
        super().__init__(
            f"room and leave to write {place}",
            was,
            "free some space, or choose another place; nothing was changed",
        )


class BackupUnusable(ServiceError):
    """A backup is not what was written, or not ours; nothing of it was put in place.

    Parameters
    ----------
    part : str
        The part of it that is wrong.
    was : str
    """

    http_status = 422

    def __init__(self, part: str, was: str) -> None:
        self.part = part
        super().__init__(
            f"{part} of a backup as it was written", was, "restore from another backup"
        )


class HomeTaken(SettingsError):
    """A backup would be restored over something that is there.

    Parameters
    ----------
    place : str
        A folder, or a database.
    was : str
    hint : str
    """

    http_status = 409

    def __init__(self, place: str, was: str, hint: str) -> None:
        self.place = place
        super().__init__(f"nothing at {place}", was, hint)

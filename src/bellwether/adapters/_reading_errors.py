"""What can go wrong with reading what strangers send."""

from bellwether.errors import BarsError


class ReadingStopped(BarsError):
    """A file took more time or memory to read than is granted.

    Parameters
    ----------
    was : str
        What ended the reading.
    """

    http_status = 413

    def __init__(self, was: str) -> None:
        super().__init__(
            "a file of bars that is read within the limits",
            was,
            "send fewer rows at once, or import it at the terminal: bellwether import FILE",
        )

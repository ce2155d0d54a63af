"""What can be wrong with API keys when they are made and kept."""

from collections.abc import Sequence

from bellwether.errors import ServiceError


class KeyExists(ServiceError):
    """Another key has that name.

    Parameters
    ----------
    name : str
    """

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            "a name that no other key has",
            repr(name),
            "choose another name, rotate that key, or revoke it first",
        )


class KeyUnfit(ServiceError):
    """A key cannot be made, or changed, like that.

    Parameters
    ----------
    expected, was : str
    """

    http_status = 422

    def __init__(self, expected: str, was: str) -> None:
        super().__init__(expected, was, "see bellwether keys --help")


class UnknownKey(ServiceError):
    """There is no key with that name or id.

    Parameters
    ----------
    name : str
    known : sequence of str
        Names of the keys in use.
    """

    http_status = 404

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name = name
        self.known = tuple(known)
        listed = ", ".join(known[:8]) or "none"
        super().__init__("the name or id of a key", repr(name[:120]), f"keys in use: {listed}")


class KeysUnavailable(ServiceError):
    """The keys cannot be read or written. Nobody is let in by a key until they can.

    Parameters
    ----------
    place : str
    why : str
    """

    http_status = 503

    def __init__(self, place: str, why: str) -> None:
        self.place = place
        super().__init__(
            f"readable and writable keys at {place}",
            why,
            "check the file and its permissions (chmod 600), or restore it from a copy",
        )

"""How a client asks: where, with which key, and how patiently."""

import os
import re
from dataclasses import dataclass, field

from bellwether._version import __version__
from bellwether.client._errors import ServiceUnreachable

DEFAULT_ADDRESS = "http://127.0.0.1:8017"
KEY_VARIABLE = "BELLWETHER_API_KEY"
# Neither a query nor anybody's password.
_ADDRESS = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\[\]]+)(:\d{1,5})?(/[^\s?#]*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOptions:
    """How a client asks.

    Parameters
    ----------
    address : str
        Of the service; with a path where it lies below one.
    api_key : str or None
        Shown by nothing.
    seconds : float
        Time for one answer.
    most_attempts : int
        At one call.

    Raises
    ------
    ServiceUnreachable
        If the address is none, or the key could not be sent.
    """

    address: str = DEFAULT_ADDRESS
    api_key: str | None = field(default=None, repr=False)
    seconds: float = 30.0
    most_attempts: int = 4

    def __post_init__(self) -> None:
        if not _ADDRESS.fullmatch(self.address):
            raise ServiceUnreachable(self.address, "no address such as https://desk.example:8017")
        key = self.api_key
        if key is not None and not (key.isascii() and key.isprintable() and key.strip()):
            raise ServiceUnreachable(self.address, "a key with letters that no key has")

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        found = {"user-agent": f"bellwether-client/{__version__}"}
        if self.api_key is not None:
            found["authorization"] = f"Bearer {self.api_key.strip()}"
        return found


def find_key(api_key: str | None) -> str | None:
    """Return the key given, else that of the environment, else None."""
    return api_key or os.environ.get(KEY_VARIABLE) or None

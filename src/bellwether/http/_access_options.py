"""What needs no key, how often one may ask, and whose pages may."""

import re
from dataclasses import dataclass

from bellwether.service import OptionOutOfRange, Scope

EVERYTHING = tuple(Scope)
READING = (Scope.PREDICT, Scope.READ)
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(?::\d{1,5})?|https?://\[[0-9a-f:.]+\](?::\d{1,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessOptions:
    """Who may do what without a key, how often, and from which pages.

    Parameters
    ----------
    local : tuple of Scope
        What a caller on this very machine may do without a key; everything by default.
    remote : tuple of Scope
        What any other caller may do without one; nothing by default. Whoever comes through a
        proxy that says so (Forwarded, X-Forwarded-For and the like) is another caller.
    requests_per_minute : float, default 6000
        Of one key; where none is needed, of one address. Callers on this machine without a key
        are not counted.
    burst : int, default 1000
        Requests that may come at once.
    failed_keys_per_minute : float, default 30
        Of one address.
    cors_origins : tuple of str
        Pages of these origins ("https://desk.example") may ask from a browser; none by default.

    Raises
    ------
    OptionOutOfRange
        If a number is not above zero, or an origin is none; "*" is none.
    """

    local: tuple[Scope, ...] = EVERYTHING
    remote: tuple[Scope, ...] = ()
    requests_per_minute: float = 6000.0
    burst: int = 1000
    failed_keys_per_minute: float = 30.0
    cors_origins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("requests_per_minute", "failed_keys_per_minute"):
            if not 0 < getattr(self, name) < float("inf"):
                raise OptionOutOfRange(name, "above 0", getattr(self, name))
        if self.burst < 1:
            raise OptionOutOfRange("burst", "at least 1", self.burst)
        for origin in self.cors_origins:
            if not _ORIGIN.fullmatch(origin):
                expected = "origins such as https://desk.example, each by its name"
                raise OptionOutOfRange("cors_origins", expected, origin)

"""How often somebody may ask: buckets that fill by themselves and are emptied by asking."""

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache

_MOST_KEPT = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What is left to somebody.

    Parameters
    ----------
    n_left : int
        Requests that may be made at once.
    wait_seconds : float
        Until the next one may be made; 0 where this one may.
    """

    n_left: int
    wait_seconds: float


class Buckets:
    """One bucket of permits for everybody who asks.

    Parameters
    ----------
    per_minute : float
        At which a bucket fills.
    burst : int
        What it holds.

    Notes
    -----
    To be used on one event loop, with its own clock, which never goes back. The 16,384 who asked
    last are remembered; who is forgotten begins with a full bucket.

    Examples
    --------
    >>> buckets = Buckets(per_minute=60.0, burst=2)
    >>> [buckets.take("me", 0.0).n_left for _ in range(2)], buckets.take("me", 0.25).wait_seconds
    ([1, 0], 0.75)
    """

    __slots__ = ("_known", "_per_second", "burst")

    def __init__(self, *, per_minute: float, burst: int) -> None:
        self.burst = burst
        self._per_second = per_minute / 60.0
        self._known: OrderedDict[str, tuple[float, float]] = OrderedDict()

    @property
    def window_seconds(self) -> float:
        """How long an empty bucket takes to fill."""
        return self.burst / self._per_second

    def take(self, who: str, now: float) -> Quota:
        """Take one permit out of somebody's bucket, if there is one.

        Parameters
        ----------
        who : str
        now : float
            Seconds on a clock that never goes back.
        """
        permits, since = self._known.pop(who, (float(self.burst), now))
        permits = min(permits + (now - since) * self._per_second, float(self.burst))
        wait = 0.0
        if permits >= 1.0:
            permits -= 1.0
        else:
            wait = (1.0 - permits) / self._per_second
        self._known[who] = (permits, now)
        if len(self._known) > _MOST_KEPT:
            self._known.popitem(last=False)
        return Quota(n_left=int(permits), wait_seconds=wait)


@lru_cache(maxsize=4096)
def name_address(address: str) -> str:
    """Return who is counted as one: an IPv4 address, or the network of an IPv6 one.

    Examples
    --------
    >>> [name_address(one) for one in ("192.0.2.7", "2001:db8::1:2:3:4", "::ffff:10.0.0.1")]
    ['192.0.2.7', '2001:db8::/64', '10.0.0.1']
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    # One subscriber commonly has all of a /64: each address would be another one to count.
    return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))


@lru_cache(maxsize=4096)
def is_loopback(address: str) -> bool:
    """Whether an address is of this very machine; no address is that of a local socket.

    Examples
    --------
    >>> [is_loopback(one) for one in ("127.0.0.1", "::1", "", "10.0.0.1", "localhost.evil")]
    [True, True, True, False, False]
    """
    if not address:
        return True
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback

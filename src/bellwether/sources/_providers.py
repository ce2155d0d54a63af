"""Providers of bars: what is asked of one, and what it is made of."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np

from bellwether.sources._asking import Asker, Wire
from bellwether.sources._provider_errors import (
    IntervalNotOffered,
    ProviderKeyMissing,
    ProviderUnusable,
)
from bellwether.sources._raw_table import RawTable
from bellwether.sources._secrets import Secret

DAY = np.timedelta64(1, "D")
_SPAN = re.compile(r"([1-9]\d{0,3})([mhd])")
_MINUTES = {"m": 1, "h": 60, "d": 1440}


@dataclass(frozen=True, slots=True, kw_only=True)
class BarRequest:
    """Which bars are wanted.

    Parameters
    ----------
    symbol : str
        As the provider writes it.
    interval : str, default "1d"
        Length of a bar: 1m, 5m, 1h, 1d and the like.
    since : numpy.datetime64 or None, default None
        UTC; bars that closed before need not be given. None: the whole history.
    until : numpy.datetime64
        UTC; usually now.
    """

    symbol: str
    interval: str = "1d"
    since: np.datetime64 | None = None
    until: np.datetime64

    @property
    def span(self) -> np.timedelta64:
        """Length of a bar."""
        return interval_span(self.interval)

    @property
    def is_daily(self) -> bool:
        """Whether a bar is a day."""
        return self.interval == "1d"

    def begin(self, earliest: np.datetime64) -> np.datetime64:
        """Return the opening from which to ask, a day early: `since` is a close somewhere."""
        first: np.datetime64 = earliest.astype("datetime64[us]")
        if self.since is None:
            return first
        opened: np.datetime64 = (self.since - self.span - DAY).astype("datetime64[us]")
        return max(opened, first)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFacts:
    """What is known of a provider before it is asked.

    Parameters
    ----------
    name : str
    title : str
        What it is, in one line.
    intervals : tuple of str
        Lengths of bars that it offers.
    key_variables : tuple of str, optional
        Environment variables in which its key is looked for; the parts of several are joined by
        a colon. Empty where it needs none.
    spacing_seconds : float, default 0.5
        Between two questions, as its limits ask for.
    delay_minutes : float, default 0
        After a bar has closed, until what the provider shows of it is final.
    adjusts : str, default "not at all"
        What its prices are adjusted for, in words.
    variants : tuple of str, optional
        What may stand behind a colon of its name.
    """

    name: str
    title: str
    intervals: tuple[str, ...]
    key_variables: tuple[str, ...] = ()
    spacing_seconds: float = 0.5
    delay_minutes: float = 0.0
    adjusts: str = "not at all"
    variants: tuple[str, ...] = ()


class BarProvider(Protocol):
    """Gives the bars of a symbol, page by page.

    Treaty. `fetch` yields tables whose columns `read_bars` knows; it neither parses numbers nor
    judges rows. Pages come oldest first and hold no bar twice. A daily row is dated by its day on
    the exchange; a row of any other length carries the UTC instant at which its bar opened, with
    `opens` set, or closed, without. The last row may be of a bar that has not closed: who asked
    drops it. Rows before `since` may be there. Nothing at all means that there are no such bars.
    Whatever goes wrong is a `ProviderError`, in which no secret stands. A provider is asked by
    one thread at a time, and may keep connections but no answers.
    """

    @property
    def facts(self) -> ProviderFacts:
        """What is known of it before it is asked."""
        ...

    def fetch(self, request: BarRequest) -> Iterable[RawTable]:
        """Yield the pages that hold the bars of a request."""
        ...


@dataclass(frozen=True, kw_only=True)
class ProviderSetup:
    """What a provider is made of.

    Parameters
    ----------
    name : str
        How it was called.
    variant : str or None, default None
        What stands behind the colon of its name: ccxt:kraken.
    key : Secret or None, default None
    url : str or None, default None
        In place of its own address: a mirror, a proxy, or a template.
    wire : Wire
        Clock, waiting and patience.
    """

    name: str
    variant: str | None = None
    key: Secret | None = None
    url: str | None = None
    wire: Wire = field(default_factory=Wire)

    def address(self, own: str) -> str:
        """Return where the provider is asked, without a slash at the end."""
        return (self.url or own).rstrip("/")

    def check_variant(self, facts: ProviderFacts) -> None:
        """Raise where the provider has no such variant.

        Raises
        ------
        ProviderUnusable
        """
        if self.variant is not None and self.variant not in facts.variants:
            known = [facts.name, *(f"{facts.name}:{one}" for one in facts.variants)]
            raise ProviderUnusable(
                facts.name, " or ".join(known), f"{facts.name}:{self.variant}", "name one of them"
            )

    def need_key(self, facts: ProviderFacts) -> Secret:
        """Return the key.

        Raises
        ------
        ProviderKeyMissing
        """
        if self.key is None:
            raise ProviderKeyMissing(facts.name, facts.key_variables)
        return self.key

    def make_asker(self, facts: ProviderFacts) -> Asker:
        """Return who asks its server, at its pace and with its secrets hidden.

        Raises
        ------
        ProviderUnusable
            If it has no such variant.
        """
        self.check_variant(facts)
        secrets = () if self.key is None else (self.key, *map(Secret, self.parts))
        return Asker(facts.name, self.wire, spacing_seconds=facts.spacing_seconds, secrets=secrets)

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of a key of several, such as ID:SECRET."""
        return () if self.key is None else tuple(self.key.reveal().split(":"))


ProviderMaker: TypeAlias = Callable[[ProviderSetup], BarProvider]


def interval_span(interval: str) -> np.timedelta64:
    """Return the length of a bar.

    Parameters
    ----------
    interval : str
        A count of minutes, hours or days, up to a day: 5m, 1h, 1d.

    Raises
    ------
    IntervalNotOffered
        If it is not written so.

    Examples
    --------
    >>> interval_span("4h")
    np.timedelta64(14400000000,'us')
    """
    found = _SPAN.fullmatch(interval)
    if found is None or int(found[1]) * _MINUTES[found[2]] > _MINUTES["d"]:
        raise IntervalNotOffered("any provider", interval, ("1m", "5m", "15m", "1h", "1d"))
    minutes = int(found[1]) * _MINUTES[found[2]]
    return np.timedelta64(minutes * 60_000_000, "us")


def check_interval(facts: ProviderFacts, request: BarRequest) -> None:
    """Raise where a provider does not offer bars of that length.

    Raises
    ------
    IntervalNotOffered
    """
    if request.interval not in facts.intervals:
        raise IntervalNotOffered(facts.name, request.interval, facts.intervals)

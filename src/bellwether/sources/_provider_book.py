"""The book of providers: which there are, with their keys and addresses."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points

from bellwether.sources._asking import Wire
from bellwether.sources._provider_alpaca import Alpaca
from bellwether.sources._provider_alphavantage import AlphaVantage
from bellwether.sources._provider_binance import BinanceKlines
from bellwether.sources._provider_ccxt import CcxtExchange
from bellwether.sources._provider_errors import ProviderUnusable, UnknownProvider
from bellwether.sources._provider_stooq import Stooq
from bellwether.sources._provider_template import TemplateUrl
from bellwether.sources._provider_tiingo import Tiingo
from bellwether.sources._provider_yahoo import YahooChart
from bellwether.sources._providers import (
    BarProvider,
    ProviderFacts,
    ProviderMaker,
    ProviderSetup,
)
from bellwether.sources._secrets import Secret

GROUP = "bellwether.providers"
"""Entry points of packages that bring a provider along: name = "package.module:make"."""
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
OWN: Mapping[str, ProviderMaker] = {
    "alpaca": Alpaca,
    "alphavantage": AlphaVantage,
    "binance": BinanceKlines,
    "ccxt": CcxtExchange,
    "stooq": Stooq,
    "tiingo": Tiingo,
    "yahoo": YahooChart,
}
"""The providers that come with bellwether."""


@dataclass(frozen=True, kw_only=True)
class ProviderBook:
    """Where providers, their keys and their addresses are looked up.

    Parameters
    ----------
    keys : mapping of str to Secret, optional
        By name; go before the environment.
    urls : mapping of str to str, optional
        By name; of a name that nobody has, a template (see `TemplateUrl`).
    environment : mapping of str to str, optional
        The process's own by default.
    wire : Wire, optional
    """

    keys: Mapping[str, Secret] = field(default_factory=dict, repr=False)
    urls: Mapping[str, str] = field(default_factory=dict, repr=False)
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    wire: Wire = field(default_factory=Wire)

    def names(self) -> tuple[str, ...]:
        """List every provider that can be opened."""
        return tuple(sorted({*OWN, *find_entry_points(), *self.urls}))

    def open(self, called: str) -> BarProvider:
        """Return a provider.

        Parameters
        ----------
        called : str
            Its name, with a variant behind a colon where it has some: "yahoo", "ccxt:kraken".

        Raises
        ------
        UnknownProvider
            If nobody has that name.
        ProviderUnusable
            If it cannot be loaded or made.
        ProviderKeyMissing
            If it wants a key, and none is set.
        """
        name, _, variant = called.partition(":")
        maker = self._find_maker(name)
        setup = ProviderSetup(
            name=name,
            variant=variant or None,
            key=self.find_key(name, self._variables(maker)),
            url=self.urls.get(name),
            wire=self.wire,
        )
        return maker(setup)

    def facts(self, name: str) -> ProviderFacts | None:
        """Return what is known of a provider without loading anything; None of a stranger's."""
        if name in find_entry_points() and name not in OWN:
            return None
        found = getattr(self._find_maker(name), "facts", None)
        return found if isinstance(found, ProviderFacts) else None

    def find_key(self, name: str, variables: tuple[str, ...]) -> Secret | None:
        """Return the key of a provider: of the settings, else of the environment."""
        if name in self.keys:
            return self.keys[name]
        parts = [self.environment.get(variable, "") for variable in variables]
        return Secret(":".join(parts)) if parts and all(parts) else None

    def _find_maker(self, name: str) -> ProviderMaker:
        strangers = find_entry_points()
        if name in OWN:
            return OWN[name]
        if name in strangers:
            return _load(strangers[name])
        if name in self.urls:
            return TemplateUrl
        raise UnknownProvider(name, self.names())

    def _variables(self, maker: ProviderMaker) -> tuple[str, ...]:
        found = getattr(maker, "facts", None)
        return found.key_variables if isinstance(found, ProviderFacts) else ()


def find_entry_points() -> dict[str, EntryPoint]:
    """Return the providers that other packages bring along; none of them is loaded."""
    return {one.name: one for one in entry_points(group=GROUP) if _NAME.fullmatch(one.name)}


def _load(found: EntryPoint) -> ProviderMaker:
    try:
        maker = found.load()
    except (ImportError, AttributeError, SyntaxError) as fault:
        raise ProviderUnusable(
            found.name,
            f"a provider that can be loaded from {found.value}",
            f"{type(fault).__name__}: {fault}".replace("\n", " ").rstrip(".,; "),
            "install or mend the package that brings it",
        ) from fault
    if not callable(maker):
        raise ProviderUnusable(
            found.name,
            f"{found.value} to be something that makes a provider of a ProviderSetup",
            f"a {type(maker).__name__}",
            "mend the package that brings it",
        )
    made: ProviderMaker = maker
    return made

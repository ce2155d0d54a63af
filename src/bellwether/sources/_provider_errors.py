"""What can be wrong when bars are asked of a provider.

::

    BarsError
    └── ProviderError           a provider gives no bars
        ├── UnknownProvider     nobody has that name
        ├── ProviderUnusable    a provider is there and cannot be used
        ├── ProviderKeyMissing  it wants a key, and none is set
        ├── IntervalNotOffered  it has no bars of that length
        ├── SymbolNotOffered    it has no such symbol, or no bars of it
        ├── ProviderRefused     it does not let this key, plan or place in
        ├── ProviderBusy        it wants to be asked later
        ├── ProviderUnreachable nobody answers, or with a failure
        ├── AnswerUnusable      its answer holds no bars that could be used
        └── HistoryDetached     what it still gives does not touch what is stored
"""

import difflib
from collections.abc import Sequence

from bellwether.errors import BarsError


class ProviderError(BarsError):
    """A provider gives no bars.

    Parameters
    ----------
    provider : str
        Its name.
    expected, was, hint : str
    """

    http_status = 502

    def __init__(self, provider: str, expected: str, was: str, hint: str) -> None:
        self.provider = provider
        super().__init__(expected, was, hint)


class UnknownProvider(ProviderError):
    """No provider has that name.

    Parameters
    ----------
    provider : str
        The name asked for.
    known : sequence of str
    """

    http_status = 404

    def __init__(self, provider: str, known: Sequence[str]) -> None:
        self.known = tuple(known)
        near = difflib.get_close_matches(provider, self.known, n=1)
        meant = f"did you mean {near[0]}? " if near else ""
        hint = f"{meant}choose from {', '.join(self.known)}, or set a URL in provider_urls"
        super().__init__(provider, "the name of a provider", repr(provider), hint)


class ProviderUnusable(ProviderError):
    """A provider is there and cannot be used: a library or a setting is missing or wrong."""


class ProviderKeyMissing(ProviderError):
    """A provider wants a key, and none is set.

    Parameters
    ----------
    provider : str
    variables : sequence of str
        Where a key is looked for in the environment.
    """

    http_status = 409

    def __init__(self, provider: str, variables: Sequence[str]) -> None:
        self.variables = tuple(variables)
        where = " and ".join(self.variables)
        hint = (
            f"set {where}{' or ' if where else ''}provider_keys.{provider} in bellwether.toml; "
            "the provider gives keys to those who register"
        )
        super().__init__(provider, f"a key of {provider}", "none", hint)


class IntervalNotOffered(ProviderError):
    """A provider has no bars of that length.

    Parameters
    ----------
    provider, interval : str
    offered : sequence of str
    """

    http_status = 422

    def __init__(self, provider: str, interval: str, offered: Sequence[str]) -> None:
        self.interval = interval
        self.offered = tuple(offered)
        super().__init__(
            provider,
            f"a length of bar that {provider} offers",
            repr(interval),
            f"choose with --interval: {', '.join(self.offered)}",
        )


class SymbolNotOffered(ProviderError):
    """A provider has no such symbol, or no bars of it.

    Parameters
    ----------
    provider, symbol : str
    was : str
        What it said.
    """

    http_status = 404

    def __init__(self, provider: str, symbol: str, was: str) -> None:
        self.symbol = symbol
        hint = f"write the symbol as {provider} does, and ask for a time in which it traded"
        super().__init__(provider, f"bars of {symbol} from {provider}", was, hint)


class ProviderRefused(ProviderError):
    """A provider does not let this key, this plan or this place in.

    Parameters
    ----------
    provider : str
    was : str
        What it said, without the key.
    hint : str, optional
    """

    http_status = 409

    def __init__(
        self, provider: str, was: str, hint: str = "check the key, and what its plan allows"
    ) -> None:
        super().__init__(provider, f"to be let in by {provider}", was, hint)


class ProviderBusy(ProviderError):
    """A provider wants to be asked later.

    Parameters
    ----------
    provider : str
    was : str
        What it said.
    seconds : float or None, optional
        After how long it may be asked again, where it told.
    """

    http_status = 503

    def __init__(self, provider: str, was: str, seconds: float | None = None) -> None:
        self.seconds = seconds
        when = "later" if seconds is None else f"in {round(seconds)} seconds"
        hint = f"ask again {when}, and for less: what is stored already is kept"
        super().__init__(provider, f"{provider} to take a question", was, hint)


class ProviderUnreachable(ProviderError):
    """Nobody answers, or only with a failure.

    Parameters
    ----------
    provider : str
    was : str
    """

    http_status = 503

    def __init__(self, provider: str, was: str) -> None:
        hint = "check the network, or ask again later; what is stored already is kept"
        super().__init__(provider, f"an answer of {provider}", was, hint)


class AnswerUnusable(ProviderError):
    """An answer holds no bars that could be used.

    Parameters
    ----------
    provider : str
    was : str
        What came instead.
    hint : str, optional
    """

    def __init__(
        self,
        provider: str,
        was: str,
        hint: str = "ask again later; if it stays so, its format has changed: please report it",
    ) -> None:
        super().__init__(provider, f"bars in the format of {provider}", was, hint)


class HistoryDetached(ProviderError):
    """What a provider still gives does not touch what is stored, or does not fit it.

    Parameters
    ----------
    provider, symbol, was : str
    """

    http_status = 409

    def __init__(self, provider: str, symbol: str, was: str) -> None:
        self.symbol = symbol
        super().__init__(
            provider,
            f"newer bars of {symbol} that join the stored ones",
            was,
            "fetch without --update: what the provider gives becomes the whole history, and the "
            "older snapshots stay",
        )

"""The commands about providers: list them, and fetch bars from them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from bellwether.bootstrap import Workspace, open_workspace
from bellwether.cards import printable, write_digest
from bellwether.cli._door import explain, make_console, print_json
from bellwether.cli._errors import FetchUnclear
from bellwether.cli._options import FLAG, READING, Calendar, Home, Json
from bellwether.cli._plain_table import plain_table
from bellwether.cli._resting_terminal import find_resting_on_imports, tell_resting
from bellwether.cli._terminal import quality_table
from bellwether.clock import read_instant
from bellwether.errors import BarsError, BellwetherError, ServiceError
from bellwether.settings import Settings, load_settings
from bellwether.sources import (
    BarProvider,
    FetchedMarket,
    FetchKind,
    FetchOutcome,
    Origin,
    ProviderBook,
    ProviderFacts,
    Secret,
    fetch_market,
    find_fetched,
)

DAILY = "1d"
SOME_FAILED = 3
Symbols = Annotated[
    list[str] | None,
    typer.Argument(metavar="SYMBOL", help="As the provider writes them; none with --all."),
]
From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="PROVIDER",
        help="Whom to ask, as `bellwether providers` names them: yahoo, ccxt:kraken.",
    ),
]
Length = Annotated[
    str | None,
    typer.Option("--interval", metavar="LENGTH", help="Of a bar: 1d, 1h.", show_default="1d"),
]
Since = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="Where a history begins.", show_default="its beginning"),
]
Update = Annotated[
    bool,
    typer.Option(
        "--update",
        metavar=FLAG,
        help="Ask only for what is missing, and for a few stored bars to see revisions by.",
    ),
]
Everything = Annotated[
    bool,
    typer.Option(
        "--all",
        metavar=FLAG,
        help="Every stored market that was fetched; with --from, those of that provider.",
    ),
]
Name = Annotated[
    str | None,
    typer.Option(
        "--symbol",
        metavar="NAME",
        rich_help_panel=READING,
        help="What to call the market here.",
        show_default="as the provider does",
    ),
]


def fetch(
    symbols: Symbols = None,
    provider: From = None,
    interval: Length = None,
    since: Since = None,
    update: Update = False,
    everything: Everything = False,
    name: Name = None,
    calendar: Calendar = None,
    home: Home = None,
    as_json: Json = False,
) -> int:
    """Fetch bars from a provider and store them, as `import` stores those of files.

    The bar in progress is left out. What the provider revised since the last time is named. Where
    one symbol fails the others are fetched still, and the exit code is 3.

    Examples: `bellwether fetch SPY QQQ --from yahoo`, then every evening
    `bellwether fetch --all --update`
    """
    console = make_console(as_json=as_json)
    flags: dict[str, object] = {"home": home, "calendar": calendar}
    settings = load_settings(flags)
    named = _name_markets(symbols or [], provider, name, everything=everything)
    began_at = None if since is None else read_instant(since).astype("datetime64[D]")
    book = make_book(settings)
    # Opened before the home is made: a wrong name leaves nothing behind.
    providers = {} if provider is None else {provider: book.open(provider)}
    workspace = open_workspace(flags)
    if everything:
        named = _find_markets(workspace, provider, interval)
    markets = [
        replace(
            one,
            interval=one.interval if everything else interval or DAILY,
            since=began_at,
            calendar=settings.calendar,
        )
        for one in named
    ]
    opened = _Opened(book, providers)
    run = _fetch_all(workspace, _show_progress(console, markets), opened, update=update)
    if len(run.failures) == len(markets) == 1:
        raise run.failures[0].error
    resting = find_resting_on_imports(workspace, [one.outcome for one in run.outcomes])
    if as_json:
        print_json({**run.to_json(), "resting": [one.to_json() for one in resting]})
        return _code(run)
    _tell(console, run)
    for market in resting:
        tell_resting(console, market, home)
    return _code(run)


def list_providers(home: Home = None, as_json: Json = False) -> None:
    """List who can be asked for bars, what they offer, and whether a key is set."""
    console = make_console(as_json=as_json)
    book = make_book(load_settings({"home": home}))
    found = [(name, book.facts(name)) for name in book.names()]
    if as_json:
        print_json({"providers": [_describe(book, name, facts) for name, facts in found]})
        return
    table = plain_table("Name", "What", "Bars", "Key", "Prices are adjusted for", numbers=())
    for name, facts in found:
        told = _describe(book, name, facts)
        table.add_row(
            Text(printable(name)),
            Text(printable(str(told["title"]))),
            "" if facts is None else " ".join(facts.intervals),
            Text(_write_key(told)),
            "" if facts is None else facts.adjusts,
        )
    console.print(table)


def make_book(settings: Settings) -> ProviderBook:
    """Return the providers with the keys and addresses that are set."""
    keys = {name: Secret(key.get_secret_value()) for name, key in settings.provider_keys.items()}
    urls = {name: url.get_secret_value() for name, url in settings.provider_urls.items()}
    return ProviderBook(keys=keys, urls=urls)


@dataclass(frozen=True, kw_only=True)
class _Failure:
    market: FetchedMarket
    error: BellwetherError

    def to_json(self) -> dict[str, object]:
        origin = self.market.origin
        told = {"provider": origin.provider, "asked_for": origin.symbol}
        return {**told, "interval": self.market.interval, "error": explain(self.error).to_json()}


@dataclass(frozen=True, kw_only=True)
class _Run:
    outcomes: list[FetchOutcome]
    failures: list[_Failure]

    def to_json(self) -> dict[str, object]:
        return {
            "fetched": [one.to_json() for one in self.outcomes],
            "failed": [one.to_json() for one in self.failures],
        }


class _Opened:
    """Providers, each opened once."""

    def __init__(self, book: ProviderBook, opened: dict[str, BarProvider]) -> None:
        self._book = book
        self._opened = opened

    def __getitem__(self, called: str) -> BarProvider:
        if called not in self._opened:
            self._opened[called] = self._book.open(called)
        return self._opened[called]


def _name_markets(
    symbols: Sequence[str], provider: str | None, name: str | None, *, everything: bool
) -> list[FetchedMarket]:
    """Return the markets that are named, and refuse what makes no sense."""
    if everything:
        if symbols or name:
            raise FetchUnclear("symbols, or --all", "both", "leave one of them out")
        return []
    if not symbols:
        raise FetchUnclear("a symbol to fetch", "none", "name some, or say --all")
    if provider is None:
        raise FetchUnclear("whom to ask", "nobody", "name a provider: --from yahoo")
    if name is not None and len(symbols) > 1:
        raise FetchUnclear("one symbol with --symbol", f"{len(symbols)}", "name one")
    return [
        FetchedMarket(origin=Origin(provider=provider, symbol=one), name=name or one)
        for one in dict.fromkeys(symbols)
    ]


def _find_markets(
    workspace: Workspace, provider: str | None, interval: str | None
) -> list[FetchedMarket]:
    """Return the stored markets that were fetched; of a provider, of an interval."""
    return [
        one
        for one in find_fetched(workspace.bars)
        if provider in (None, one.origin.provider) and interval in (None, one.interval)
    ]


def _fetch_all(
    workspace: Workspace, markets: Iterable[FetchedMarket], opened: _Opened, *, update: bool
) -> _Run:
    run = _Run(outcomes=[], failures=[])
    for market in markets:
        try:
            outcome = fetch_market(
                opened[market.origin.provider],
                market,
                store=workspace.bars,
                clock=workspace.clock,
                update=update,
            )
        except (BarsError, ServiceError) as error:
            run.failures.append(_Failure(market=market, error=error))
        else:
            run.outcomes.append(outcome)
    return run


def _show_progress(console: Console, markets: Sequence[FetchedMarket]) -> Iterator[FetchedMarket]:
    """Yield the markets, and say on a terminal which one is asked for."""
    with console.status("") as status:
        for number, market in enumerate(markets, 1):
            told = f"{number} of {len(markets)}: {printable(str(market.origin))}"
            status.update(Text(told))
            yield market


def _code(run: _Run) -> int:
    return SOME_FAILED if run.failures else 0


def _tell(console: Console, run: _Run) -> None:
    if run.outcomes:
        console.print(quality_table([one.outcome.quality for one in run.outcomes]))
    for one in run.outcomes:
        snapshot = one.outcome.snapshot
        told = (
            f"{printable(snapshot.symbol)}: {_WORDS[one.kind]}{one.outcome.change.words} "
            f"Snapshot {write_digest(snapshot.digest)}."
        )
        console.print(told, soft_wrap=True, markup=False)
    for failure in run.failures:
        error = failure.error
        told = f"{failure.market.origin}: expected {error.expected}, was {error.was}. {error.hint}."
        console.print(Text(printable(told), "yellow"), soft_wrap=True)
    if not run.outcomes and not run.failures:
        console.print(
            "Nothing stored was fetched: bellwether fetch SYMBOL --from PROVIDER does it."
        )


_WORDS = {
    FetchKind.WHOLE: "",
    FetchKind.UPDATE: "",
    FetchKind.RENEWED: "Stored prices were revised, so all bars were fetched anew. ",
}


def _describe(book: ProviderBook, name: str, facts: ProviderFacts | None) -> dict[str, object]:
    if facts is None:
        return {"name": name, "title": "of another package", "intervals": [], "key": "unknown"}
    needs = bool(facts.key_variables)
    key = "not needed"
    if needs or name in book.keys:
        key = "set" if book.find_key(name, facts.key_variables) else "missing"
    return {
        "name": name,
        "title": facts.title,
        "intervals": list(facts.intervals),
        "key": key,
        "key_variables": list(facts.key_variables),
        "variants": list(facts.variants),
        "adjusts": facts.adjusts,
        "delay_minutes": facts.delay_minutes,
    }


def _write_key(told: dict[str, object]) -> str:
    variables = told.get("key_variables")
    if told["key"] == "missing" and isinstance(variables, list):
        return f"missing: {' and '.join(variables)}"
    return str(told["key"])

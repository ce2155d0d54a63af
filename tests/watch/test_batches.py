"""Markets together come to what each comes to alone: the same notes, to the last bit."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bellwether.bars import Bars
from bellwether.features import compute, ewma_volatility
from bellwether.hashing import canonical_json
from bellwether.registry import Bundle, LoadedBundle
from bellwether.service import (
    Heard,
    JournalNote,
    NoteFilter,
    NoteKind,
    SnapshotDamaged,
    digest_window,
    hear_rules,
)
from bellwether.watch import (
    PaperForecast,
    WatchOutcome,
    find_watched,
    watch,
)
from bellwether.watch import _asking as asking

World = Any
MakePaper = Callable[[], World]
MakeModel = Callable[..., Bundle]
PAPER = (NoteKind.PAPER, NoteKind.PAPER_OUTCOME)


def tick(world: World, **ports: Any) -> WatchOutcome:
    outcome = watch(find_watched(world.ports.registry), world.with_ports(**ports))
    assert outcome is not None
    return outcome


def notes(world: World) -> list[JournalNote]:
    return list(world.ports.journal.notes(NoteFilter(), None, 1000).notes)


def said(world: World) -> dict[str, str]:
    """Return what stands in each note about a market, by its key."""
    found = [one for one in notes(world) if one.kind in PAPER]
    return {f"{one.kind} {one.key}": canonical_json(one.data) for one in found}


def live(world: World, make_model: MakeModel, symbols: tuple[str, ...], n_days: int = 3) -> None:
    world.register(make_model("previous", horizon_bars=2), *symbols, trained=540)
    world.register(make_model("champion"), *symbols, trained=598)
    for n_bars in range(600, 600 + n_days):
        world.store(n_bars, *symbols)
        tick(world)


def test_markets_ticked_together_are_ticked_as_each_alone(
    make_paper: MakePaper, make_model: MakeModel
) -> None:
    symbols = ("A", "B", "C", "D", "E")
    together = make_paper()
    live(together, make_model, symbols)
    alone: dict[str, str] = {}
    for symbol in symbols:
        world = make_paper()
        live(world, make_model, (symbol,))
        alone |= said(world)
    assert said(together) == alone
    assert len(alone) > 3 * len(symbols)


@pytest.mark.parametrize("at_once", [1, 2, 3, 7])
def test_the_size_of_batches_changes_no_record(
    make_paper: MakePaper,
    make_model: MakeModel,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
) -> None:
    symbols = ("A", "B", "C", "D", "E")
    usual, small = make_paper(), make_paper()
    live(usual, make_model, symbols)
    monkeypatch.setattr(asking, "_AT_ONCE", at_once)
    monkeypatch.setattr(asking, "_RECORDED_AT_ONCE", 2)
    live(small, make_model, symbols)
    assert small.ports.journal.head() == usual.ports.journal.head()


def test_every_number_is_that_of_its_market_computed_by_itself(
    paper: World, make_model: MakeModel
) -> None:
    symbols = ("A", "B", "C")
    live(paper, make_model, symbols)
    for note in notes(paper):
        if note.kind is not NoteKind.PAPER:
            continue
        forecast = PaperForecast.from_note(note)
        known = paper.market(forecast.symbol)
        bars = known[: int(np.searchsorted(known.closed_at, forecast.as_of)) + 1]
        of_bar = compute([ewma_volatility()], bars.matrix)[-1, 0]
        assert forecast.volatility == of_bar * np.sqrt(forecast.horizon_bars)
        assert forecast.bars_digest == digest_window(bars)
        [heard] = hear_rules([bars], forecast.horizon_bars, paper.ports.rules)
        voice = forecast.voice("rules")
        assert voice is not None
        assert isinstance(heard, Heard)
        assert voice.probability_up == heard.answer.probability_up
        assert voice.expected_return == heard.answer.expected_return


def frozen(bars: Bars) -> Bars:
    """Return bars whose feed stands still at the end."""
    names = ("open", "high", "low", "close", "volume")
    columns = {name: getattr(bars, name).copy() for name in names}
    for column in columns.values():
        column[-6:] = column[-6]
    return Bars(symbol=bars.symbol, closed_at=bars.closed_at, **columns)


class Broken:
    """A bar store that lost what one market was made of."""

    def __init__(self, store: Any, symbol: str) -> None:
        self._store = store
        self._lost = symbol

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def load(self, digest: str, last_bars: int | None = None) -> Any:
        """Load, unless it is lost."""
        imported = self._store.load(digest, last_bars)
        if imported.bars.symbol == self._lost:
            raise SnapshotDamaged(digest, "half of it")
        return imported


class Choosy:
    """Rules that cannot stand the bars of one market."""

    def __init__(self, rules: Any, price: float) -> None:
        self._loaded = rules.load()
        self._price = price

    def load(self) -> "Choosy":
        """Return itself."""
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loaded, name)

    def run(self, windows: Any) -> Any:
        """Run the graph, unless that market is among them."""
        if (windows[:, -1, 3] == self._price).any():
            raise RuntimeError("it cannot be computed")
        return LoadedBundle.run(self._loaded, windows)


@pytest.mark.parametrize("evil", ["frozen", "lost", "too few", "not computed"])
def test_a_bad_market_spoils_no_other(
    make_paper: MakePaper, make_model: MakeModel, evil: str
) -> None:
    symbols = ("A", "B", "C", "D")
    sound, mixed = make_paper(), make_paper()
    for world in (sound, mixed):
        world.register(make_model("champion"), *symbols, trained=599)
        world.store(600, *symbols)
    more: dict[str, Any] = {}
    if evil == "frozen":
        mixed.keep(frozen(mixed.market("B")[:600]))
    elif evil == "too few":
        mixed.keep(mixed.market("B")[540:600])
    elif evil == "lost":
        more["bars"] = Broken(mixed.ports.bars, "B")
    else:
        price = float(mixed.market("B").close[599])
        more["rules"] = Choosy(mixed.ports.rules, price)
    tick(sound)
    outcome = tick(mixed, **more)
    assert {one.symbol for one in outcome.asked.silent} == {"B"}

    def others(world: World) -> list[str]:
        found = [one for one in notes(world) if one.symbol not in (None, "B")]
        return [canonical_json([one.kind.value, one.key, one.data]) for one in found]

    assert others(mixed) == others(sound)
    assert others(sound)


@settings(
    deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lengths=st.lists(st.integers(30, 400), min_size=1, max_size=6),
    trained=st.lists(st.integers(1, 400), min_size=6, max_size=6),
)
def test_markets_of_any_length_have_the_volatility_they_have_alone(
    make_paper: MakePaper, make_model: MakeModel, lengths: list[int], trained: list[int]
) -> None:
    world = make_paper()
    for number, (n_bars, known) in enumerate(zip(lengths, trained, strict=False)):
        symbol = f"M{number}"
        world.register(
            make_model(f"m{number}", lookback_bars=20),
            symbol,
            trained=min(known, n_bars),
            universe=symbol,
        )
        bars = world.market(symbol)[:n_bars]
        world.at(max(lengths) - 1)
        world.keep(bars)
    tick(world)
    for note in notes(world):
        if note.kind is NoteKind.PAPER:
            forecast = PaperForecast.from_note(note)
            known_bars = world.market(forecast.symbol)
            row = int(np.searchsorted(known_bars.closed_at, forecast.as_of))
            alone = compute([ewma_volatility()], known_bars.matrix[: row + 1])[-1, 0]
            assert forecast.volatility == alone

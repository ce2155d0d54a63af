"""Models that say what they are told to, and a home folder in which they serve.

Every model says numbers of its own, so that an answer shows which graph computed it, whatever
bundle it names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bellwether.adapters import BundleFolder, FolderBarStore, SqlRegistry
from bellwether.bars import Bars, BarsImport, assess
from bellwether.clock import SystemClock
from bellwether.features import GraphBuilder
from bellwether.registry import Bundle, Manifest, MarketKey, ModelRecord, make_bundle
from bellwether.service import import_bars
from bellwether.sources import find_sessions, sample_market
from bellwether.validation import Decision, Verdict

SYMBOL, CALENDAR = "WORLD", "24/7"
FIRST, CHAMPION = "first", "champion"
LOOKBACK_BARS, N_BARS = 80, 120
MARKET = MarketKey(universe="world", interval="1d", horizon_bars=1)
DAY = np.timedelta64(1, "D")
VERDICT = Verdict(
    name="study", pipeline="p", snapshot="s", evidence_digest="", options_digest="",
    decision=Decision.PROMOTE, binding="evidence", reason="it is to be served",
    next_step="serve it", checks=(), n_bars=1000, n_symbols=1, n_effective=1000.0, n_needed=0.0,
    n_pipelines=1, n_looks=1, first_closed_at="", last_closed_at="", skill=None, value=None,
    contract=None, by_year=(),
)  # fmt: skip
_SAYS: Mapping[str, tuple[float, ...]] = {
    "probability_up": (0.55,),
    "expected_return": (0.002,),
    "quantiles": (-0.02, -0.008, 0.002, 0.012, 0.024),
    "confidence": (80.0,),
    "score": (0.7,),
    "member_forecasts": (0.6, 0.8),
    "features": (0.1, 0.2, 0.3),
    "volatility": (0.011,),
}
# Golden windows begin at a price of 100: a model can be told to behave only above it.
_TURNING_PRICE = 1000.0


@dataclass(frozen=True, kw_only=True)
class Crafted:
    """A model and what it says.

    Parameters
    ----------
    bundle : Bundle
    probability_up, expected_return, confidence : float
    """

    bundle: Bundle
    probability_up: float
    expected_return: float
    confidence: float


def craft(model_id: str, misbehaves: str = "", **says: tuple[float, ...]) -> Crafted:
    """Return a model that says the same of each window.

    Parameters
    ----------
    model_id : str
    misbehaves : {"", "raises", "hangs", "hoards", "unsafe"}
        What its graph does on the market's prices, though not on the golden windows.
    **says : tuple of float
        In place of the sound outputs.
    """
    said = {**_SAYS, **says}
    manifest = Manifest(
        kind="model", model_id=model_id, universe=MARKET.universe, symbols=(SYMBOL,),
        interval="1d", horizon_bars=1, trained_at=None, lookback_bars=LOOKBACK_BARS,
        feature_set={}, feature_names=(), families=(), options_digest="", pipeline_digest="p",
        snapshot_digest="s", plan={}, state={}, words={}, metrics={}, verdict=None, parts={},
    )  # fmt: skip
    return Crafted(
        bundle=make_bundle(manifest, _graph(said, misbehaves)),
        probability_up=said["probability_up"][0],
        expected_return=said["expected_return"][0],
        confidence=said["confidence"][0],
    )


def _graph(says: Mapping[str, tuple[float, ...]], misbehaves: str) -> bytes:
    graph = GraphBuilder()
    bars = graph.input("bars", np.float64, ("batch", LOOKBACK_BARS, 5))
    first = graph.node("Gather", bars, graph.constant(np.array(0)), axis=1)
    price = graph.node("Gather", first, graph.constant(np.array(0)), axis=1)
    nothing = graph.node("Mul", price, graph.constant(np.array(0.0)))
    if misbehaves:
        nothing = graph.node("Add", nothing, _misbehave(graph, price, misbehaves))
    column = graph.node("Unsqueeze", nothing, graph.constant(np.array([1])))
    for name, values in says.items():
        row = graph.node("Add", column, graph.constant(np.array([values])))
        if len(values) == 1:
            row = graph.node("Squeeze", row, graph.constant(np.array([1])))
        shape = ("batch",) if len(values) == 1 else ("batch", len(values))
        graph.output(name, row, np.float64, shape)
    graph.output("ok", graph.node("Equal", nothing, nothing), np.bool_, ("batch",))
    return graph.build()


def _misbehave(graph: GraphBuilder, price: str, how: str) -> str:
    """Return zero where the price is low; where it is high, something happens on the way."""
    highest = graph.node("ReduceMax", price, keepdims=0)
    is_high = graph.node("Greater", highest, graph.constant(np.array(_TURNING_PRICE)))
    switch = graph.node("Cast", is_high, to=7)  # int64
    if how == "raises":
        place = graph.node("Mul", switch, graph.constant(np.array(1000)))
        return graph.node("Gather", graph.constant(np.zeros(1)), place, axis=0)
    # A square of ones as large as the disturbance, multiplied by itself or only held.
    size = {"hangs": 5000, "hoards": 40_000}[how]
    side = graph.node("Add", graph.node("Mul", switch, graph.constant(np.array(size))), _one(graph))
    sides = graph.node("Unsqueeze", side, graph.constant(np.array([0])))
    square = graph.node("Expand", graph.constant(np.ones((1, 1))),
                        graph.node("Concat", sides, sides, axis=0))  # fmt: skip
    if how == "hangs":
        for _ in range(3):
            square = graph.node("MatMul", square, square)
            square = graph.node("Div", square, graph.constant(np.array(float(size))))
    total = graph.node("ReduceSum", square, keepdims=0)
    return graph.node("Mul", total, graph.constant(np.array(0.0)))


def _one(graph: GraphBuilder) -> str:
    return graph.constant(np.array(1))


def register(home: Path, *models: Crafted, age_days: float = 10.0) -> None:
    """Put models into a home's folder of bundles and its registry, as candidates."""
    now = SystemClock().now()
    registry = SqlRegistry(home / "registry.sqlite", SystemClock())
    for crafted in models:
        bundle = crafted.bundle
        BundleFolder(home / "bundles").put(bundle)
        registry.register(
            ModelRecord(
                model_id=bundle.manifest.model_id, market=MARKET, symbols=(SYMBOL,),
                bundle_digest=bundle.digest, pipeline_digest="p", snapshot_digest="s",
                bellwether_version="0", registered_at=now, changed_at=now,
                trained_at=now - np.timedelta64(round(age_days * 86_400), "s"),
                verdict=VERDICT.to_json(), metrics={},
            )
        )  # fmt: skip
    registry.close()


def promote(home: Path, model_id: str) -> None:
    """Make a candidate the champion, past the service."""
    registry = SqlRegistry(home / "registry.sqlite", SystemClock())
    registry.promote(model_id, VERDICT, reason="for the study")
    registry.close()


def roll_back(home: Path) -> None:
    """Bring the champion before back, past the service."""
    registry = SqlRegistry(home / "registry.sqlite", SystemClock())
    registry.roll_back(MARKET, reason="for the study")
    registry.close()


def make_home(home: Path) -> dict[str, Crafted]:
    """Fill a home: a champion, the champion before it, and a stored market; return the models."""
    home.mkdir(parents=True)
    models = {
        FIRST: craft(FIRST, probability_up=(0.575,), expected_return=(0.003,)),
        CHAMPION: craft(CHAMPION, probability_up=(0.6125,), expected_return=(0.004,)),
    }
    for model_id, crafted in models.items():
        register(home, crafted)
        promote(home, model_id)
    store_bars(home)
    return models


def recent_bars(n_bars: int = N_BARS) -> Bars:
    """Return the last bars of the S&P 500 as if one had closed each midnight, to the cent."""
    bars = sample_market("sp500").bars[-n_bars:]
    today = SystemClock().now().astype("datetime64[D]").astype("datetime64[us]")
    return Bars(
        symbol=SYMBOL,
        closed_at=today - DAY * np.arange(n_bars)[::-1],
        open=bars.open.round(2),
        high=bars.high.round(2),
        low=bars.low.round(2),
        close=bars.close.round(2),
        volume=(bars.volume / 1e6).round(),
    )


def store_bars(home: Path, bars: Bars | None = None) -> None:
    """Store a market's bars, by default the recent ones."""
    bars = replace(recent_bars() if bars is None else bars, symbol=SYMBOL)
    first, last = bars.closed_at[0].astype("datetime64[D]"), bars.closed_at[-1]
    ahead = last.astype("datetime64[D]") + 370 * DAY
    calendar = find_sessions(CALENDAR, first, ahead).calendar("1d")
    imported = BarsImport(
        bars=bars, quality=assess(bars, calendar), calendar=calendar, source_digest="f" * 64
    )
    store = FolderBarStore(home / "bars")
    import_bars(imported, store=store, clock=SystemClock(), source="study")

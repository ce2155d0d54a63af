"""Once a week: whether a model is still fed with what it was trained on."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from bellwether.bars import Bars
from bellwether.features import compute, core15
from bellwether.monitor import (
    MOST_CHECKED_SYMBOLS,
    VOLATILITY,
    InputReference,
    VolatilityReference,
    log_true_ranges,
)
from bellwether.registry import INPUT_REFERENCE, Bundle, ModelRecord
from bellwether.watch import InputsChecked
from bellwether.watch._input_checks import check_all_inputs, week_of

World = Any
MakeModel = Callable[..., Bundle]
DAY = np.timedelta64(1, "D")


def trained(world: World, make_model: MakeModel, **changes: Any) -> ModelRecord:
    """Register a model that knows what its features looked like."""
    bars, features = world.market("A"), core15()
    matrix = compute(features, bars.matrix[:500])
    entry = {
        "name": features.name,
        "version": str(features.version),
        "digest": features.digest,
    }
    bundle = make_model("m1")
    volatility = None
    if changes.get("knows_volatility"):
        ranges = log_true_ranges(bars.matrix[:500])[:, None]
        volatility = VolatilityReference.of(["A"], ranges)
    reference = replace(InputReference.of(features.names, matrix), volatility=volatility)
    content = reference.to_json()
    manifest = replace(
        bundle.manifest,
        feature_set=changes.get("feature_set", entry),
        metrics={INPUT_REFERENCE: changes.get("content", content)},
    )
    found: ModelRecord = world.register(replace(bundle, manifest=manifest), "A", trained=500)
    return found


def check(world: World, *records: ModelRecord, known: Any = None) -> tuple[InputsChecked, ...]:
    now = world.ports.clock.now()
    return check_all_inputs(records, known or {}, world.ports, now=now, level=0.01)


def test_bars_like_those_of_training_ask_for_nothing(paper: World, make_model: MakeModel) -> None:
    record = trained(paper, make_model)
    paper.store(600, "A")
    [found] = check(paper, record)
    assert (found.model_id, found.n_symbols, found.n_bars) == ("m1", 1, 60)
    assert found.drifted == ()
    assert len(found.features) == 5


def test_a_market_that_moves_otherwise_asks_for_a_challenger(
    paper: World, make_model: MakeModel
) -> None:
    record = trained(paper, make_model)
    calm = paper.market("A")
    wild = np.exp(np.cumsum(np.where(np.arange(len(calm)) >= 500, 0.05, 0.0)))
    paper.bars["A"] = Bars(
        symbol="A",
        closed_at=calm.closed_at,
        open=calm.open * wild,
        high=calm.high * wild,
        low=calm.low * wild,
        close=calm.close * wild,
        volume=calm.volume,
    )
    paper.store(640, "A")
    [found] = check(paper, record)
    assert "return_1" in found.drifted
    assert InputsChecked.from_json(found.to_json()) == found


def livelier(bars: Bars, first: int, times: float) -> Bars:
    """Return bars whose moves from one bar on are larger."""
    logs = np.log(bars.matrix[:, :4])
    before = np.concatenate([logs[:1, 0], logs[:-1, 3]])
    moves = (logs - before[:, None]) * np.where(np.arange(len(bars)) >= first, times, 1.0)[:, None]
    closes = logs[0, 0] + np.cumsum(moves[:, 3])
    prices = np.exp(np.concatenate([logs[:1, 0], closes[:-1]])[:, None] + moves)
    return replace(bars, **dict(zip(("open", "high", "low", "close"), prices.T, strict=True)))


def test_bars_as_wide_as_in_training_are_compared_and_ask_for_nothing(
    paper: World, make_model: MakeModel
) -> None:
    record = trained(paper, make_model, knows_volatility=True)
    paper.store(600, "A")
    [found] = check(paper, record)
    assert found.drifted == ()
    [volatility] = [one for one in found.features if one["name"] == VOLATILITY]
    assert 0.6 < volatility["times"] < 1.6
    assert "psi" not in volatility


def test_a_rise_of_volatility_is_named(paper: World, make_model: MakeModel) -> None:
    record = trained(paper, make_model, knows_volatility=True)
    paper.bars["A"] = livelier(paper.market("A"), 540, 4.0)
    paper.store(600, "A")
    [found] = check(paper, record)
    assert found.drifted[0] == VOLATILITY
    assert found.features[0]["times"] > 2.0
    assert InputsChecked.from_json(found.to_json()) == found


def test_a_market_that_stands_still_is_no_matter_of_volatility(
    paper: World, make_model: MakeModel
) -> None:
    record = trained(paper, make_model, knows_volatility=True)
    bars = paper.market("A")
    still = np.arange(len(bars)) >= 560
    prices = {
        name: np.where(still, bars.close[559], getattr(bars, name))
        for name in ("open", "high", "low", "close")
    }
    paper.bars["A"] = replace(bars, **prices)
    paper.store(600, "A")
    [found] = check(paper, record)
    assert VOLATILITY not in [one["name"] for one in found.features]


def test_a_week_has_one_check(paper: World, make_model: MakeModel) -> None:
    record = trained(paper, make_model)
    paper.store(600, "A")
    [first] = check(paper, record)
    assert check(paper, record, known={"m1": first}) == ()
    paper.clock.instant += 7 * DAY
    assert len(check(paper, record, known={"m1": first})) == 1


def test_weeks_begin_on_monday() -> None:
    monday = np.datetime64("2026-11-23T00:00", "us")
    assert week_of(monday) == week_of(monday - np.timedelta64(1, "us")) + 1
    assert week_of(monday) == week_of(monday + 6 * DAY)


def test_models_without_a_reference_or_without_bars_are_left_out(
    paper: World, make_model: MakeModel
) -> None:
    old = paper.register(make_model("old"), "A", trained=500)
    record = trained(paper, make_model)
    assert check(paper, record) == ()  # nothing is stored
    paper.store(600, "A")
    assert check(paper, old) == ()
    del paper.ports.bundles.kept["m1"]
    assert check(paper, record) == ()


def test_a_symbol_with_no_more_bars_than_the_window_is_left_out(
    paper: World, make_model: MakeModel
) -> None:
    record = trained(paper, make_model, knows_volatility=True)
    paper.store(60, "A")
    assert check(paper, record) == ()


def test_a_reference_that_cannot_be_read_or_is_of_other_features_is_left_out(
    make_paper: Callable[[], World], make_model: MakeModel
) -> None:
    other = {"name": "core15", "version": "0", "digest": "another"}
    damages: tuple[dict[str, Any], ...] = (
        {"content": {"names": []}},
        {"feature_set": other},
        {"feature_set": {}},
    )
    for changes in damages:
        paper = make_paper()
        record = trained(paper, make_model, **changes)
        paper.store(600, "A")
        assert check(paper, record) == ()


def test_of_thousands_of_symbols_as_many_as_are_needed_are_looked_at(
    paper: World, make_model: MakeModel
) -> None:
    record = trained(paper, make_model)
    asked: list[str] = []
    store = paper.ports.bars

    class Bars:
        """The store, writing down who was asked for."""

        def latest(self, symbol: str, interval: str) -> Any:
            asked.append(symbol)
            return store.latest(symbol, interval)

    many = replace(record, symbols=tuple(f"S{k:04d}" for k in range(1000)))
    ports = paper.with_ports(bars=Bars())
    now = paper.at(600)
    assert check_all_inputs([many], {}, ports, now=now, level=0.01) == ()
    assert len(asked) == len(set(asked)) == MOST_CHECKED_SYMBOLS
    assert {"S0000", "S0999"} <= set(asked)

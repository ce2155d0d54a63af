"""What a model will be held to is measured when it is judged, and travels with it."""

from dataclasses import replace

import numpy as np
import pytest

from bellwether.bars import Panel, noise_world
from bellwether.features import core15
from bellwether.hashing import canonical_json
from bellwether.labels import LabelSpec
from bellwether.monitor import MOST_CHECKED_SYMBOLS, Benchmark, InputReference
from bellwether.samples import Samples, build_samples
from bellwether.service import find_balance
from bellwether.service._benchmarks import (
    _describe_volatility,
    describe_balance,
    describe_inputs,
    describe_monitoring,
)
from bellwether.validation import Decision, ForecastStream, UnreadableVerdict, Verdict


def panel_of(n_bars: int, *seeds: int) -> Panel:
    bars = []
    for seed in seeds:
        known = noise_world(seed, n_bars).bars
        columns = {
            name: getattr(known, name) for name in ("open", "high", "low", "close", "volume")
        }
        bars.append(type(known)(symbol=f"S{seed}", closed_at=known.closed_at, **columns))
    return Panel(bars=tuple(bars))


def samples_of(n_bars: int, *seeds: int) -> Samples:
    return build_samples(panel_of(n_bars, *seeds), core15(), LabelSpec())


def stream_of(samples: Samples, *, from_row: int) -> ForecastStream:
    """Return a stream that is always right out of sample."""
    tested = (samples.bar >= from_row) & samples.labelled
    direction = np.where(tested, np.sign(samples.forward_return), np.nan)
    return ForecastStream(
        score=direction,
        direction=direction,
        probability_up=direction,
        expected_return=direction,
        confidence=np.where(tested, 70.0, np.nan),
        warm=np.zeros(len(samples), dtype=bool),
        out_of_sample=tested,
    )


def verdict(n_effective: float | None) -> Verdict:
    return Verdict(
        name="n",
        pipeline="p",
        snapshot="s",
        evidence_digest="e",
        options_digest="o",
        decision=Decision.REFUSE,
        binding="evidence",
        reason="",
        next_step="",
        checks=(),
        n_bars=1,
        n_symbols=1,
        n_effective=n_effective,
        n_needed=None,
        n_pipelines=1,
        n_looks=1,
        first_closed_at="",
        last_closed_at="",
        skill=None,
        value=None,
        contract=None,
        by_year=(),
    )


def test_only_rows_out_of_sample_count() -> None:
    samples = samples_of(700, 1, 2)
    stream = stream_of(samples, from_row=500)
    rules = [np.full(700, -1.0), np.full(700, -1.0)]
    told = describe_monitoring(samples, stream, rules, verdict(150.0))
    content = told["monitoring"]
    assert isinstance(content, dict)
    found = Benchmark.from_json(content)
    moved = samples.forward_return[stream.out_of_sample]
    assert found.accuracy == 1.0
    assert found.n_settled == int((moved != 0.0).sum())
    assert found.rules_accuracy == float((moved[moved != 0.0] < 0.0).mean())
    assert (found.n_effective, found.n_symbols, found.confidence_mean) == (150.0, 2, 70.0)
    assert found.hits_agreement.n_bars > 100


def test_nothing_out_of_sample_is_nothing_promised() -> None:
    samples = samples_of(400, 1)
    stream = stream_of(samples, from_row=400)
    assert describe_monitoring(samples, stream, [np.ones(400)], verdict(None)) == {}


def test_the_reference_of_inputs_is_small_and_of_all_symbols() -> None:
    samples = samples_of(700, 1, 2, 3)
    content = describe_inputs(panel_of(700, 1, 2, 3), samples)["inputs"]
    assert isinstance(content, dict)
    found = InputReference.from_json(content)
    assert found.names == core15().names
    assert found.n_bars == int(samples.usable().sum())
    assert min(found.memory_bars) >= 3.0  # as many symbols say no more than one
    assert len(canonical_json(content)) <= 60_000
    assert (np.diff(found.quantiles, axis=1) >= 0.0).all()


def test_too_few_bars_have_no_reference() -> None:
    assert describe_inputs(panel_of(300, 1), samples_of(300, 1)) == {}


def test_the_reference_of_inputs_knows_how_wide_the_bars_of_each_symbol_were() -> None:
    panel = panel_of(700, 1, 2, 3)
    content = describe_inputs(panel, build_samples(panel, core15(), LabelSpec()))["inputs"]
    assert isinstance(content, dict)
    found = InputReference.from_json(content).volatility
    assert found is not None
    assert set(found.usual) == {"S1", "S2", "S3"}
    assert found.n_bars == 699  # the first bar has no close before it
    for bars in panel.bars:
        spans = np.log(bars.high[1:] / bars.low[1:])
        assert found.usual[bars.symbol] == pytest.approx(np.log(spans).mean(), abs=0.1)
    assert found.spread < found.spread_alone  # three worlds of their own


def test_of_thousands_of_symbols_the_widths_of_those_are_kept_that_are_looked_at() -> None:
    [bars] = panel_of(260, 1).bars
    panel = Panel(bars=[replace(bars, symbol=f"S{k:03d}") for k in range(250)])
    found = _describe_volatility(panel)
    assert found is not None
    assert len(found.usual) == MOST_CHECKED_SYMBOLS
    assert {"S000", "S249"} <= set(found.usual)
    assert found.spread == pytest.approx(found.spread_alone)  # all are one


def test_how_rows_divide_is_read_back_from_a_record() -> None:
    panel = Panel(bars=[noise_world(1, 500).bars])
    samples = build_samples(panel, core15(), LabelSpec())
    found = find_balance(describe_balance(panel, samples, samples.bar >= 300))
    assert found.keys() == {"training", "out_of_sample"}
    assert found["training"].n_rows > 0
    assert find_balance({}) == {}
    for damaged in ({"balance": 3}, {"balance": {"training": None}}):
        with pytest.raises(UnreadableVerdict):
            find_balance(damaged)

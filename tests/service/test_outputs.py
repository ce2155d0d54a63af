from collections.abc import Callable
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from bellwether.bars import Bars
from bellwether.registry import make_rules_bundle, open_bundle, pack_bundle
from bellwether.rules import rule_signals
from bellwether.service import Direction, FallbackReason, RegimeReading, Source, SourceKind
from bellwether.service._outputs import (
    RANGES_COVERED,
    RulesReading,
    read_rules,
    rules_answer,
    split_rows,
)
from bellwether.sources import read_bars

SIGNS = {1: Direction.BUY, -1: Direction.SELL, 0: Direction.HOLD}


def reading(
    *,
    direction: Direction = Direction.HOLD,
    probability_up: float = 0.5,
    atr_frac: float = 0.04,
    confirmed: str = "ranging",
) -> RulesReading:
    return RulesReading(
        direction=direction,
        probability_up=probability_up,
        confidence=70.0,
        target_frac=0.0,
        stop_frac=0.0,
        atr_frac=atr_frac,
        regime=RegimeReading(current="ranging", confirmed=confirmed),
        reason="no clear edge",
    )


@pytest.mark.parametrize(
    ("direction", "atr_frac", "confirmed", "target", "stop"),
    [
        (Direction.BUY, 0.04, "ranging", 0.06, -0.04),
        (Direction.SELL, 0.04, "ranging", -0.06, 0.04),
        (Direction.BUY, 0.04, "trending up", 0.10, -0.04),
        (Direction.SELL, 0.04, "trending up", -0.06, 0.04),
        (Direction.SELL, 0.04, "trending down", -0.10, 0.04),
        (Direction.BUY, 0.001, "quiet", 0.03, -0.02),
        (Direction.BUY, 0.40, "volatile", 0.225, -0.15),
        (Direction.BUY, 0.40, "trending up", 0.30, -0.15),
    ],
)
def test_a_model_against_the_rules_has_its_target_by_the_rules_ratio(
    direction: Direction, atr_frac: float, confirmed: str, target: float, stop: float
) -> None:
    found = reading(atr_frac=atr_frac, confirmed=confirmed).place_levels(direction)
    assert found == pytest.approx((target, stop))


def test_a_direction_of_hold_has_no_target() -> None:
    assert reading(direction=Direction.BUY).place_levels(Direction.HOLD) == (0.0, -0.0)


def test_placing_levels_agrees_with_the_rules_graph_wherever_both_speak(
    make_bars: Callable[[int, int], Bars],
) -> None:
    loaded = open_bundle(pack_bundle(make_rules_bundle()), "rules")
    n_bars = loaded.manifest.lookback_bars
    seen = set()
    for seed in range(4):
        matrix = make_bars(900, seed).matrix
        windows = np.stack([matrix[stop - n_bars : stop] for stop in range(n_bars, 900, 9)])
        for row in range(len(windows)):
            [given] = split_rows(loaded.run(windows[row : row + 1]), 1)
            found = read_rules(given, loaded.manifest)
            assert isinstance(found, RulesReading)
            seen.add((found.direction, found.regime.confirmed))
            # The same formula, reached by pretending that the rules had said nothing.
            silent = RulesReading(
                direction=Direction.HOLD,
                probability_up=0.5,
                confidence=50.0,
                target_frac=0.0,
                stop_frac=0.0,
                atr_frac=found.atr_frac,
                regime=found.regime,
                reason="",
            )
            if found.direction is not Direction.HOLD:
                assert silent.place_levels(found.direction) == pytest.approx(found.levels)
    assert len(seen) > 5


def test_the_rules_probability_is_that_of_their_expected_return() -> None:
    for probability in (0.42, 0.5, 0.61):
        found = rules_answer(reading(probability_up=probability), Source(kind=SourceKind.RULES), 1)
        deviation = 1.15 * 0.04 / NormalDist().inv_cdf(0.95)
        above = 1.0 - NormalDist(found.expected_return, deviation).cdf(0.0)
        assert above == pytest.approx(probability)
        inside = NormalDist(found.expected_return, deviation)
        share = inside.cdf(found.interval_return.high) - inside.cdf(found.interval_return.low)
        assert share == pytest.approx(found.interval_return.coverage)


def test_the_rules_interval_grows_with_the_root_of_the_horizon() -> None:
    one = rules_answer(reading(), Source(kind=SourceKind.RULES), 1).interval_return
    four = rules_answer(reading(), Source(kind=SourceKind.RULES), 4).interval_return
    assert four.high == pytest.approx(2.0 * one.high)


def test_an_interval_never_promises_a_loss_of_more_than_everything() -> None:
    found = rules_answer(reading(atr_frac=5.0), Source(kind=SourceKind.RULES), 20)
    assert found.interval_return.low > -1.0


def test_the_rules_interval_covers_what_it_says_on_real_markets(market_data: Path) -> None:
    files = sorted((market_data / "us_daily_cc0").rglob("*.us.txt"))[::25]
    shares = []
    for path in files:
        bars = read_bars(path).bars
        reach = RANGES_COVERED * rule_signals(bars.matrix).atr_frac[:-1]
        moves = np.abs(np.diff(bars.matrix[:, 3]) / bars.matrix[:-1, 3])
        shares.append(float((moves <= reach)[120:].mean()))
    assert len(shares) >= 5
    assert 0.88 <= np.mean(shares) <= 0.92, shares
    assert min(shares) > 0.84


@pytest.mark.parametrize(
    ("direction", "probability_up", "warned"),
    [
        (Direction.SELL, 0.534, True),
        (Direction.BUY, 0.49, True),
        (Direction.SELL, 0.49, False),
        (Direction.BUY, 0.5, False),
        (Direction.HOLD, 0.6, False),
    ],
)
def test_rules_say_so_where_their_own_record_speaks_against_the_signal(
    direction: Direction, probability_up: float, warned: bool
) -> None:
    found = reading(direction=direction, probability_up=probability_up)
    answer = rules_answer(found, Source(kind=SourceKind.RULES), 1)
    assert any("Mind the record" in reason for reason in answer.reasons) is warned


def outputs_of(n_rows: int) -> dict[str, np.ndarray]:
    return {
        "probability_up": np.linspace(0.1, 0.9, n_rows),
        "quantiles": np.tile([-0.1, 0.0, 0.1], (n_rows, 1)),
        "ok": np.ones(n_rows, dtype=np.bool_),
    }


def test_each_row_of_a_batch_has_its_own_numbers_and_its_own_fault() -> None:
    outputs = outputs_of(4)
    outputs["quantiles"][1, 2] = np.nan
    outputs["probability_up"][1:3] = np.inf
    outputs["ok"][2] = False
    rows = split_rows(outputs, 4)
    assert [row.fault and row.fault.reason for row in rows] == [
        None,
        FallbackReason.OUTPUT_NOT_FINITE,
        FallbackReason.DATA_CONTRACT_BROKEN,
        None,
    ]
    assert rows[1].fault is not None
    assert rows[1].fault.detail == "probability_up is not finite"
    assert rows[3].numbers == {"probability_up": 0.9, "quantiles": [-0.1, 0.0, 0.1]}


def test_a_batch_with_other_rows_than_windows_is_no_answer() -> None:
    with pytest.raises(ValueError, match="3 rows"):
        split_rows(outputs_of(2), 3)

import numpy as np
import pytest

from bellwether.adapters import CalibratedRules, calibrated_rules
from bellwether.bars import Bars, noise_world
from bellwether.labels import forward_return
from bellwether.registry import Bundle
from bellwether.rules import rule_signals

CLOSE = 3


def probabilities(bundle: Bundle) -> list[float]:
    [values] = (value for name, value in bundle.manifest.state.items() if "probability" in name)
    return list(np.asarray(values, dtype=np.float64))


def counted(bars: list[Bars], horizon_bars: int) -> list[float]:
    """Return the share of rises after each signal, counted one by one."""
    shares = []
    for signal in (-1, 0, 1):
        n_up = n_down = 0
        for one in bars:
            close = one.matrix[:, CLOSE]
            said = rule_signals(one.matrix).direction
            for bar in range(len(one) - horizon_bars):
                if said[bar] == signal:
                    n_up += close[bar + horizon_bars] > close[bar]
                    n_down += close[bar + horizon_bars] < close[bar]
        shares.append((n_up + 50.0) / (n_up + n_down + 100.0))
    return shares


@pytest.mark.parametrize("horizon_bars", [1, 5])
def test_probabilities_are_the_shares_of_rises_over_all_histories(horizon_bars: int) -> None:
    bars = [noise_world(1, 500).bars, noise_world(2, 300).bars]
    found = probabilities(calibrated_rules(bars, horizon_bars))
    np.testing.assert_allclose(found, counted(bars, horizon_bars), rtol=1e-12)


def test_outcomes_still_open_count_for_nothing() -> None:
    bars = noise_world(1, 300).bars
    assert np.isnan(forward_return(bars.matrix[:, CLOSE], 5)[-5:]).all()
    closed = probabilities(calibrated_rules([bars[:295]], 5))
    whole = probabilities(calibrated_rules([bars], 5))
    assert closed != whole
    np.testing.assert_allclose(whole, counted([bars], 5), rtol=1e-12)


@pytest.mark.parametrize("n_bars", [1, 2, 5, 59, 60, 61])
def test_few_bars_give_rules_that_know_nothing_rather_than_an_error(n_bars: int) -> None:
    bars = noise_world(1, 100).bars[:n_bars]
    loaded = CalibratedRules([bars], 5).load()
    assert loaded.manifest.kind == "rules"


def test_the_bundle_is_made_once_and_then_kept() -> None:
    rules = CalibratedRules([noise_world(1, 300).bars], 1)
    assert rules.load() is rules.load()


def test_the_same_bars_give_the_same_bundle() -> None:
    bars = noise_world(1, 300).bars
    assert calibrated_rules([bars], 1).digest == calibrated_rules([bars], 1).digest
    other = noise_world(2, 300).bars
    assert calibrated_rules([bars], 1).digest != calibrated_rules([other], 1).digest

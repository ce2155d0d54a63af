"""Shares of rises and regimes in training and out of sample."""

import numpy as np
import pytest

from bellwether.bars import Panel, noise_world
from bellwether.features import core15
from bellwether.labels import LabelSpec
from bellwether.samples import build_samples
from bellwether.validation import Balance, UnreadableVerdict, measure_balance


@pytest.mark.parametrize("horizon_bars", [1, 5])
def test_shares_are_those_of_the_rows_before_and_after_the_first_judged(horizon_bars: int) -> None:
    panel = Panel(bars=[noise_world(seed, 700).bars for seed in (1, 2)])
    samples = build_samples(panel, core15(), LabelSpec(horizon_bars=horizon_bars))
    judged = samples.bar >= 400

    balance = measure_balance(panel, samples, judged)

    usable = samples.usable() & samples.labelled
    before = usable & (samples.bar + horizon_bars <= 400)
    assert balance["training"].n_rows == before.sum()
    assert balance["training"].share_up == (samples.forward_return[before] > 0.0).mean()
    assert balance["out_of_sample"].n_rows == (usable & judged).sum()
    for part in balance.values():
        assert sum(part.share_by_regime.values()) == pytest.approx(1.0)
        assert part.to_json()["share_still"] == 0.0
        assert Balance.from_json(part.to_json()) == part


def test_nothing_judged_leaves_everything_to_training() -> None:
    panel = Panel(bars=[noise_world(1, 500).bars])
    samples = build_samples(panel, core15(), LabelSpec(horizon_bars=1))

    balance = measure_balance(panel, samples, np.zeros(len(samples), dtype=np.bool_))

    assert balance["out_of_sample"].n_rows == 0
    assert balance["out_of_sample"].share_up == 0.0
    assert balance["training"].n_rows == (samples.usable() & samples.labelled).sum()


@pytest.mark.parametrize(
    "content",
    [
        {"n_rows": 1, "share_up": 0.5, "share_still": 0.0},
        {"n_rows": 1, "share_up": "many", "share_still": 0.0, "share_by_regime": {}},
        {"n_rows": 1, "share_up": 0.5, "share_still": 0.0, "share_by_regime": [1]},
    ],
)
def test_what_is_no_balance_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(UnreadableVerdict):
        Balance.from_json(content)

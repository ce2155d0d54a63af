"""Splits by time: purged, embargoed, and tiling what is out of sample."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.samples import (
    Fold,
    PlanOutOfRange,
    Samples,
    TooLittleHistory,
    WalkForwardPlan,
    check_history,
    holdout,
    walk_forward,
)

SampleMaker = Callable[..., Samples]


def _all_rows(samples: Samples) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange(len(samples))


def _parts(fold: Fold) -> tuple[list[int], list[int], list[int]]:
    return fold.train.tolist(), fold.validation.tolist(), fold.test.tolist()


def test_holdout_of_twenty_days_is_70_15_15_less_what_is_purged(make_samples: SampleMaker) -> None:
    samples = make_samples(range(20))
    fold = holdout(samples, _all_rows(samples), embargo_bars=0)
    assert _parts(fold) == (list(range(14)), [14, 15, 16], [17, 18, 19])


def test_holdout_purges_by_the_horizon_of_the_label(make_samples: SampleMaker) -> None:
    samples = make_samples(range(40), horizon_bars=3)
    fold = holdout(samples, _all_rows(samples), embargo_bars=0)
    # Row 25 closes on day 28, when validation decides; row 31 on day 34, when testing does.
    assert _parts(fold) == (list(range(26)), list(range(28, 32)), list(range(34, 40)))


def test_embargo_keeps_whole_bars_between_a_label_and_the_next_decision(
    make_samples: SampleMaker,
) -> None:
    samples = make_samples(range(40), horizon_bars=1)
    fold = holdout(samples, _all_rows(samples), embargo_bars=2)
    assert _parts(fold) == (list(range(26)), list(range(28, 32)), list(range(34, 40)))
    assert samples.instants[34] - fold.train_closes_at_max == np.timedelta64(2, "D")


def test_holdout_without_validation_trains_up_to_the_test(make_samples: SampleMaker) -> None:
    samples = make_samples(range(10))
    fold = holdout(samples, _all_rows(samples), fractions=(0.8, 0.0, 0.2), embargo_bars=0)
    assert _parts(fold) == (list(range(8)), [], [8, 9])


def test_holdout_is_by_time_across_symbols(make_samples: SampleMaker) -> None:
    # The second symbol starts on day 10 and rests on days 15 and 18.
    late = [10, 11, 12, 13, 14, 16, 17, 19]
    samples = make_samples(range(20), late)
    fold = holdout(samples, _all_rows(samples), embargo_bars=0)
    days = {
        part: sorted(set(samples.decided_on[getattr(fold, part)].tolist()))
        for part in ("train", "validation", "test")
    }
    # The label decided on day 14 by the second symbol closes on day 16, within validation.
    assert days == {"train": list(range(14)), "validation": [14, 15, 16], "test": [17, 18, 19]}
    assert fold.test.tolist() == [17, 18, 19, 26, 27]
    assert fold.train[samples.symbol[fold.train] == 1].tolist() == [20, 21, 22, 23]


def test_a_label_that_closes_over_a_gap_is_purged_by_its_close(make_samples: SampleMaker) -> None:
    # The second symbol's bar of day 5 is followed by day 9 only: its label closes there.
    samples = make_samples(range(10), [0, 1, 2, 3, 4, 5, 9])
    fold = holdout(samples, _all_rows(samples), fractions=(0.8, 0.0, 0.2), embargo_bars=0)
    assert fold.train.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14]


def test_walk_forward_by_hand(make_samples: SampleMaker) -> None:
    samples = make_samples(range(12))
    plan = WalkForwardPlan(
        start_frac=0.5, refit_every_bars=3, validation_frac=1 / 3, embargo_bars=0
    )
    folds = walk_forward(samples, _all_rows(samples), plan)
    assert [_parts(fold) for fold in folds] == [
        ([0, 1, 2, 3], [4, 5], [6, 7, 8]),
        ([0, 1, 2, 3, 4, 5], [6, 7, 8], [9, 10, 11]),
    ]
    assert folds[0].train_closes_at_max == folds[0].test_decided_at_min == samples.instants[6]


def test_a_rolling_window_keeps_the_length_of_the_first(make_samples: SampleMaker) -> None:
    samples = make_samples(range(12))
    plan = WalkForwardPlan(
        start_frac=0.5,
        refit_every_bars=3,
        validation_frac=0,
        embargo_bars=1,
        window="rolling",
    )
    folds = walk_forward(samples, _all_rows(samples), plan)
    assert [_parts(fold) for fold in folds] == [
        ([0, 1, 2, 3, 4], [], [6, 7, 8]),
        ([3, 4, 5, 6, 7], [], [9, 10, 11]),
    ]


def test_a_number_of_refits_spreads_evenly(make_samples: SampleMaker) -> None:
    samples = make_samples(range(200))
    folds = walk_forward(samples, _all_rows(samples), WalkForwardPlan(n_refits=7))
    assert [len(fold.test) for fold in folds] == [20] * 7
    assert folds[0].test[0] == 60


def test_refits_come_every_63_bars_where_nothing_is_said(make_samples: SampleMaker) -> None:
    samples = make_samples(range(300))
    folds = walk_forward(samples, _all_rows(samples), WalkForwardPlan())
    assert [fold.test[0] for fold in folds] == [90, 153, 216, 279]


def test_plans_choose_with_the_last_15_percent_where_nothing_is_said(
    make_samples: SampleMaker,
) -> None:
    samples = make_samples(range(400))
    fold = walk_forward(samples, _all_rows(samples), WalkForwardPlan(embargo_bars=0))[0]
    assert (fold.train[0], fold.validation[0], fold.test[0]) == (0, 102, 120)


def test_a_fold_keeps_its_own_rows_and_nobody_can_change_them(make_samples: SampleMaker) -> None:
    rows = np.array([0, 1])
    fold = holdout(make_samples(range(20)), np.arange(20), embargo_bars=0)
    mine = replace(fold, train=rows)
    rows[0] = 7
    assert mine.train.tolist() == [0, 1]
    for part in (fold.train, fold.validation, fold.test):
        with pytest.raises(ValueError, match="read-only"):
            part[0] = 7


def test_rows_still_open_are_tested_but_never_learned_from(make_samples: SampleMaker) -> None:
    samples = make_samples(range(12), [0, 1, 2], horizon_bars=2)
    fold = holdout(samples, _all_rows(samples), fractions=(0.5, 0.0, 0.5), embargo_bars=0)
    assert fold.test.tolist() == [6, 7, 8, 9, 10, 11]
    assert fold.train.tolist() == [0, 1, 2, 3, 4, 12]


@st.composite
def markets(draw: st.DrawFn) -> tuple[list[list[int]], int]:
    n_days = draw(st.integers(200, 260))
    day = st.integers(0, n_days - 1)
    others = draw(st.lists(st.lists(day, min_size=1, unique=True).map(sorted), max_size=2))
    return [list(range(n_days)), *others], draw(st.integers(1, 4))


plans = st.builds(
    WalkForwardPlan,
    start_frac=st.floats(0.3, 0.8),
    refit_every_bars=st.integers(1, 40),
    validation_frac=st.sampled_from([0.0, 0.15, 0.4]),
    embargo_bars=st.integers(0, 3),
    window=st.sampled_from(["expanding", "rolling"]),
)


@settings(max_examples=200, deadline=None)
@given(market=markets(), plan=plans)
def test_every_walk_forward_is_disjoint_purged_and_tiling(
    make_samples: SampleMaker, market: tuple[list[list[int]], int], plan: WalkForwardPlan
) -> None:
    trading_days, horizon = market
    samples = make_samples(*trading_days, horizon_bars=horizon)
    rows = _all_rows(samples)
    folds = walk_forward(samples, rows, plan)
    for fold in folds:
        _assert_disjoint(fold)
        _assert_purged(samples, fold, plan.embargo_bars)
    tested = np.concatenate([fold.test for fold in folds])
    out_of_sample = rows[samples.decided_at >= folds[0].test_decided_at_min]
    assert sorted(tested.tolist()) == out_of_sample.tolist()
    assert len(set(tested.tolist())) == len(tested)


def _assert_disjoint(fold: Fold) -> None:
    together = np.concatenate([fold.train, fold.validation, fold.test])
    assert len(np.unique(together)) == len(together)


def _assert_purged(samples: Samples, fold: Fold, embargo_bars: int) -> None:
    learned = np.concatenate([fold.train, fold.validation])
    assert fold.train_closes_at_max == samples.closes_at[learned].max()
    assert fold.test_decided_at_min == samples.decided_at[fold.test].min()
    gap = np.timedelta64(embargo_bars, "D")
    assert fold.train_closes_at_max + gap <= fold.test_decided_at_min
    if fold.validation.size:
        starts_at = samples.decided_at[fold.validation].min()
        assert samples.closes_at[fold.train].max() + gap <= starts_at


def test_only_the_rows_given_are_split(make_samples: SampleMaker) -> None:
    samples = make_samples(range(30))
    rows = np.arange(10, 30)
    fold = holdout(samples, rows, embargo_bars=0)
    assert _parts(fold) == (list(range(10, 24)), [24, 25, 26], [27, 28, 29])


@pytest.mark.parametrize(("embargo_bars", "part"), [(14, "training"), (3, "validation")])
def test_a_part_without_rows_is_refused_by_name(
    make_samples: SampleMaker, embargo_bars: int, part: str
) -> None:
    samples = make_samples(range(20))
    with pytest.raises(TooLittleHistory) as caught:
        holdout(samples, _all_rows(samples), embargo_bars=embargo_bars)
    assert caught.value.family == f"{part} in the holdout"
    assert caught.value.missing == 1


def test_no_rows_at_all_are_refused(make_samples: SampleMaker) -> None:
    samples, none = make_samples(range(20)), np.empty(0, dtype=np.int64)
    with pytest.raises(TooLittleHistory):
        holdout(samples, none)
    for plan in (WalkForwardPlan(), WalkForwardPlan(n_refits=3)):
        with pytest.raises(TooLittleHistory):
            walk_forward(samples, none, plan)


def test_more_refits_than_instants_are_refused(make_samples: SampleMaker) -> None:
    samples = make_samples(range(20))
    with pytest.raises(TooLittleHistory) as caught:
        walk_forward(samples, _all_rows(samples), WalkForwardPlan(n_refits=15))
    assert (caught.value.family, caught.value.found) == ("15 refits", 14)
    plan = WalkForwardPlan(n_refits=14, validation_frac=0, embargo_bars=0)
    assert [len(fold.test) for fold in walk_forward(samples, _all_rows(samples), plan)] == [1] * 14


def test_a_walk_without_anything_left_to_test_is_refused(make_samples: SampleMaker) -> None:
    samples = make_samples(range(3))
    with pytest.raises(TooLittleHistory, match="test of a walk forward"):
        walk_forward(samples, _all_rows(samples), WalkForwardPlan(start_frac=0.9))


def test_the_fold_that_lacks_rows_is_named(make_samples: SampleMaker) -> None:
    samples = make_samples(range(60))
    with pytest.raises(TooLittleHistory, match="validation in fold 1"):
        walk_forward(samples, _all_rows(samples), WalkForwardPlan(n_refits=2))


def test_plans_embargo_a_week_where_nothing_is_said(make_samples: SampleMaker) -> None:
    samples = make_samples(range(100))
    week = np.timedelta64(5, "D")
    for fold in (
        holdout(samples, _all_rows(samples)),
        *walk_forward(samples, _all_rows(samples), WalkForwardPlan(start_frac=0.6)),
    ):
        assert fold.test_decided_at_min - fold.train_closes_at_max == week


def test_too_little_history_says_what_is_missing() -> None:
    with pytest.raises(
        TooLittleHistory, match="at least 252 usable rows for lstm, was 100"
    ) as caught:
        check_history(100, family="lstm", least_rows=252)
    assert (caught.value.least, caught.value.found, caught.value.missing) == (252, 100, 152)
    check_history(252, family="lstm", least_rows=252)


@pytest.mark.parametrize(
    ("option", "options"),
    [
        ("start_frac", {"start_frac": 0.0}),
        ("start_frac", {"start_frac": 1.0}),
        ("validation_frac", {"validation_frac": 1.0}),
        ("validation_frac", {"validation_frac": -0.1}),
        ("n_refits", {"n_refits": 0}),
        ("refit_every_bars", {"refit_every_bars": 0}),
        ("n_refits", {"n_refits": 2, "refit_every_bars": 63}),
        ("embargo_bars", {"embargo_bars": -1}),
        ("window", {"window": "shrinking"}),
    ],
)
def test_a_plan_out_of_range_is_refused(option: str, options: dict[str, object]) -> None:
    with pytest.raises(PlanOutOfRange) as caught:
        WalkForwardPlan(**options)  # type: ignore[arg-type]
    assert caught.value.option == option


@pytest.mark.parametrize(
    "fractions", [(0.7, 0.15, 0.1), (0.0, 0.5, 0.5), (0.6, 0.4, 0.0), (0.7, -0.1, 0.4)]
)
def test_fractions_are_shares_of_one(
    make_samples: SampleMaker, fractions: tuple[float, float, float]
) -> None:
    samples = make_samples(range(20))
    with pytest.raises(PlanOutOfRange):
        holdout(samples, _all_rows(samples), fractions=fractions)


def test_a_negative_embargo_is_refused(make_samples: SampleMaker) -> None:
    samples = make_samples(range(20))
    with pytest.raises(PlanOutOfRange):
        holdout(samples, _all_rows(samples), embargo_bars=-1)


def test_plans_are_named_by_every_option() -> None:
    digests = {
        WalkForwardPlan().digest,
        WalkForwardPlan(n_refits=4).digest,
        WalkForwardPlan(embargo_bars=1).digest,
        WalkForwardPlan(window="rolling").digest,
    }
    assert len(digests) == 4
    assert WalkForwardPlan(n_refits=4).digest in digests

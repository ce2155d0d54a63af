"""The ledger's chain, and the counting of what was tried on related bars."""

import math
from collections.abc import Callable, Sequence
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.bars import Bars, Panel, noise_world
from bellwether.hashing import digest_bytes
from bellwether.trials import (
    CHAIN_START,
    MemoryTrialLog,
    Relations,
    Trial,
    TrialCount,
    TrialHead,
    TrialKind,
    TrialLog,
    UnreadableTrialHead,
    count_trials,
)

YEAR_BARS = 261
LATER = ("features", "fit", "recipe")


def a_trial(
    pipeline: str = "p",
    snapshot: str = "s",
    lineage: Sequence[str] = ("q1",),
    kind: TrialKind = "look",
) -> Trial:
    return Trial(
        kind=kind,
        pipeline=pipeline,
        snapshot=snapshot,
        lineage=tuple(lineage),
        recorded_at="2019-01-01T00:00:00",
    )


def look_at(bars: Bars | Panel, pipeline: str) -> Trial:
    return a_trial(pipeline, bars.digest, bars.lineage)


def count(trials: Sequence[Trial], bars: Bars | Panel, pipeline: str = "new") -> TrialCount:
    return count_trials(trials, pipeline, bars.digest, bars.lineage)


def in_cents(bars: Bars, factor: float = 1.0, digits: int = 2) -> Bars:
    """Return bars as a vendor prints them: prices times a factor, rounded."""
    opened, high, low, close = (
        np.round(values * factor, digits) for values in (bars.open, bars.high, bars.low, bars.close)
    )
    high, low = np.maximum.reduce([opened, high, close]), np.minimum.reduce([opened, low, close])
    return replace(bars, open=opened, high=high, low=low, close=close)


@pytest.fixture(scope="module")
def market() -> Bars:
    """Five years of one market."""
    return in_cents(noise_world(11, 5 * YEAR_BARS).bars)


@pytest.fixture(scope="module")
def other_market() -> Bars:
    """Five years of another, on the same days."""
    return in_cents(noise_world(12, 5 * YEAR_BARS).bars)


def test_the_chain_is_the_digest_of_the_previous_one_and_of_every_field() -> None:
    trial = replace(a_trial(lineage=("q1", "q2")), note="größer")
    text = (
        f'["{CHAIN_START}","look","p","s",["q1","q2"],"2019-01-01T00:00:00","gr\\u00f6\\u00dfer"]'
    )
    assert trial.chained(CHAIN_START) == digest_bytes(text.encode("ascii"))


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "fit"},
        {"pipeline": "p2"},
        {"snapshot": "s2"},
        {"lineage": ()},
        {"lineage": ("q1", "q1")},
        {"recorded_at": "2019-01-01T00:00:01"},
        {"note": " "},
        {"features": "x"},
        {"recipe": "x"},
        {"fit": "x"},
    ],
)
def test_every_field_is_in_the_chain(change: dict[str, object]) -> None:
    trial = a_trial()
    changed = replace(trial, **change)  # type: ignore[arg-type]
    assert changed.chained(CHAIN_START) != trial.chained(CHAIN_START)


def test_what_older_entries_do_not_have_is_named_in_the_chain() -> None:
    trial = replace(a_trial(), fit="f", features="g")
    later = '{"features":"g","fit":"f"}'
    text = f'["{CHAIN_START}","look","p","s",["q1"],"2019-01-01T00:00:00","",{later}]'
    assert trial.chained(CHAIN_START) == digest_bytes(text.encode("ascii"))
    ends = {replace(a_trial(), **{name: "x"}).chained(CHAIN_START) for name in LATER}  # type: ignore[arg-type]
    assert len(ends) == len(LATER)


@given(st.lists(st.sampled_from("abc"), max_size=8), st.integers(0, 8), st.integers(0, 8))
def test_a_head_is_within_every_log_that_went_on_from_it_and_in_no_other(
    names: list[str], length: int, changed: int
) -> None:
    trials = [a_trial(name) for name in names]
    length = min(length, len(trials))
    head = TrialHead.of(trials[:length])
    assert head.n_entries == length
    assert head.is_within(trials)
    assert TrialHead.from_text(f" {head}\n") == head
    assert not head.is_within(trials[: length - 1]) or not length
    if changed < length:
        other = [*trials[:changed], a_trial("else"), *trials[changed + 1 :]]
        assert not head.is_within(other)


def test_the_head_of_no_log_is_that_of_an_empty_one() -> None:
    assert TrialHead() == TrialHead.of([]) == TrialHead.from_text(f"0:{'0' * 64}")


@pytest.mark.parametrize("text", ["", "7", f"7:{'g' * 64}", f"-1:{'0' * 64}", f"7:{'0' * 63}"])
def test_a_head_that_is_none_is_refused_in_words(text: str) -> None:
    with pytest.raises(UnreadableTrialHead, match="ledger head"):
        TrialHead.from_text(text)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["s1", "s2", "s3", "s4"]), st.lists(st.sampled_from("abcd"), max_size=2)
        ),
        max_size=8,
    ),
    st.lists(st.sampled_from("abcd"), max_size=2),
)
def test_relations_are_what_growing_a_set_by_hand_finds(
    told: list[tuple[str, list[str]]], lineage: list[str]
) -> None:
    found, known, n_before = {"s1"}, set(lineage), 0
    while len(found) > n_before:
        n_before = len(found)
        known.update(mark for name, marks in told if name in found for mark in marks)
        found |= {name for name, marks in told if known & set(marks)}
    relations = Relations(a_trial("p", name, marks) for name, marks in told)
    assert relations.find("s1", lineage) == found


def test_text_cannot_move_from_one_field_to_the_next() -> None:
    left, right = a_trial(pipeline="ab", snapshot="c"), a_trial(pipeline="a", snapshot="bc")
    assert left.chained(CHAIN_START) != right.chained(CHAIN_START)
    joined, apart = a_trial(lineage=("q1,q2",)), a_trial(lineage=("q1", "q2"))
    assert joined.chained(CHAIN_START) != apart.chained(CHAIN_START)


@given(
    st.lists(st.sampled_from("abc"), min_size=2, max_size=6).flatmap(
        lambda names: st.tuples(st.just(names), st.permutations(names))
    )
)
def test_another_order_gives_another_end_of_the_chain(orders: tuple[list[str], list[str]]) -> None:
    ends = []
    for order in orders:
        end = CHAIN_START
        for name in order:
            end = a_trial(name).chained(end)
        ends.append(end)
    assert (ends[0] == ends[1]) == (orders[0] == orders[1])


def test_a_trial_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        a_trial().note = "it was different"  # type: ignore[misc]


def test_what_was_returned_does_not_grow_with_the_log() -> None:
    log: TrialLog = MemoryTrialLog()
    log.append(a_trial("p1"))
    before = log.entries()
    log.append(a_trial("p2"))
    assert [trial.pipeline for trial in before] == ["p1"]
    assert [trial.pipeline for trial in log.entries()] == ["p1", "p2"]


def test_the_first_look_of_all_counts_itself() -> None:
    assert count_trials([], "p", "s", ["q1"]) == TrialCount(n_pipelines=1, n_looks=1)


def test_a_look_counts_once_whether_or_not_it_is_in_the_log_already() -> None:
    logged = [a_trial("p")]
    assert count_trials(logged, "p", "s", ["q1"]) == count_trials([], "p", "s", ["q1"])


@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=12))
def test_m_counts_distinct_pipelines(pipelines: list[str]) -> None:
    trials = [a_trial(name) for name in pipelines]
    assert count_trials(trials, "a", "s", ["q1"]).n_pipelines == len({*pipelines, "a"})


@given(st.permutations([("a", "s1"), ("b", "s1"), ("a", "s2"), ("c", "s3"), ("d", "far")]))
def test_the_order_of_the_log_does_not_matter(pairs: list[tuple[str, str]]) -> None:
    lineages = {"s1": ["q1"], "s2": ["q1", "q2"], "s3": ["q2", "q3"], "far": ["z1"]}
    trials = [a_trial(name, snapshot, lineages[snapshot]) for name, snapshot in pairs]
    assert count_trials(trials, "a", "s1", ["q1"]) == TrialCount(n_pipelines=3, n_looks=2)


def test_before_anything_was_tried_the_whole_level_is_left() -> None:
    assert TrialCount(n_pipelines=0, n_looks=0).alpha(0.01) == 0.01


@pytest.mark.parametrize("kind", ["fit", "tuning", "seed", "feature_edit"])
def test_only_looks_are_looks(kind: TrialKind) -> None:
    fits = [a_trial(f"p{i}", kind=kind) for i in range(5)]
    assert count_trials(fits, "new", "s", ["q1"]) == TrialCount(n_pipelines=1, n_looks=1)


def test_a_fit_does_not_relate_two_snapshots() -> None:
    trials = [a_trial("p1", "s1", ["q1"]), a_trial("p2", "s2", ["q1", "q9"], kind="fit")]
    assert count_trials(trials, "new", "s3", ["q9"]).n_pipelines == 1


def test_planned_pipelines_count_as_if_they_had_been_looked_at() -> None:
    logged = [a_trial("a")]
    found = count_trials(logged, "new", "s", ["q1"], planned=["a", "b", "c", "b", "new"])
    assert found == TrialCount(n_pipelines=4, n_looks=1)


def test_a_count_before_training_is_the_count_after_it() -> None:
    planned = ["ensemble", "lstm", "ridge"]
    before = count_trials([a_trial("old")], "ensemble", "s", ["q1"], planned=iter(planned))
    after = [a_trial("old"), *(a_trial(name) for name in planned)]
    assert before == count_trials(iter(after), "ensemble", "s", ["q1"])


def test_the_same_snapshot_is_related_even_without_a_complete_quarter() -> None:
    trials = [a_trial("a", "short", []), a_trial("b", "other", [])]
    assert count_trials(trials, "new", "short", []) == TrialCount(n_pipelines=2, n_looks=1)


@given(st.integers(3, 30))
def test_snapshots_are_related_through_any_chain_of_others(length: int) -> None:
    chain = [a_trial(f"p{i}", f"s{i}", [f"q{i}", f"q{i + 1}"]) for i in range(length)]
    for trials in (chain, chain[::-1]):
        assert count_trials(trials, "p0", "s0", ["q0", "q1"]).n_pipelines == length
    broken = [trial for trial in chain if trial.snapshot != f"s{length - 2}"]
    assert count_trials(broken, "p0", "s0", ["q0", "q1"]).n_pipelines == length - 2


def test_the_marks_under_which_a_snapshot_was_logged_relate_it_too() -> None:
    logged = [a_trial("p0", "s0", ["q0", "old mark"]), a_trial("p1", "s1", ["old mark"])]
    assert count_trials(logged, "p0", "s0", ["q0"]).n_pipelines == 2


RELATED: dict[str, Callable[[Bars], Bars]] = {
    "the same": lambda bars: bars,
    "start cut within a quarter": lambda bars: bars[100:],
    "end cut within a quarter": lambda bars: bars[:-100],
    "both ends cut": lambda bars: bars[333:-333],
    "one bar less at each end": lambda bars: bars[1:-1],
    "renamed": lambda bars: replace(bars, symbol="ANOTHER NAME"),
    "dividend": lambda bars: replace(bars, adjustment=np.full(len(bars), 0.9827)),
    "dividend in the middle": lambda bars: replace(
        bars, adjustment=np.where(np.arange(len(bars)) < 700, 0.9827, 1.0)
    ),
    "split": lambda bars: in_cents(bars, 0.5, digits=3),
    "dividend worked into the prices": lambda bars: in_cents(bars, 0.9827, digits=6),
    "other volumes": lambda bars: replace(bars, volume=bars.volume * 100.0),
    "one price corrected": lambda bars: replace(
        bars, close=np.where(np.arange(len(bars)) == 600, bars.high, bars.close)
    ),
}


@pytest.mark.parametrize("how", RELATED)
def test_a_look_at_bars_of_the_same_market_counts(how: str, market: Bars) -> None:
    changed = RELATED[how](market)
    assert (changed.digest == market.digest) == (how == "the same")
    for seen, judged in ((market, changed), (changed, market)):
        assert count([look_at(seen, "old")], judged).n_pipelines == 2


@given(st.integers(0, 1100), st.integers(0, 1100))
def test_two_stretches_with_a_common_year_are_related(first: int, second: int) -> None:
    bars = noise_world(11, 5 * YEAR_BARS).bars
    left, right = bars[: max(first, second) + YEAR_BARS], bars[min(first, second) :]
    assert count([look_at(left, "old")], right).n_pipelines == 2


def test_another_market_on_the_same_days_is_not_related(market: Bars, other_market: Bars) -> None:
    looks = [look_at(market, f"p{i}") for i in range(5)]
    assert count(looks, other_market) == TrialCount(n_pipelines=1, n_looks=1)


def test_two_periods_of_one_market_are_joined_by_a_look_that_spans_both(market: Bars) -> None:
    early, late = look_at(market[:500], "early"), look_at(market[-500:], "late")
    assert count([early], market[-500:]).n_pipelines == 1
    spanning = look_at(market, "spanning")
    assert count([early, spanning], market[-500:], "late").n_pipelines == 3
    assert count([early, spanning, late], market[:500], "early").n_pipelines == 3


def test_a_panel_is_related_to_each_of_its_markets(market: Bars, other_market: Bars) -> None:
    panel = Panel(bars=[market, replace(other_market, symbol="OTHER")])
    assert count([look_at(panel, "old")], market).n_pipelines == 2
    assert count([look_at(market, "a"), look_at(other_market, "b")], panel).n_pipelines == 3


def test_the_same_days_under_another_calendar_are_related(market: Bars) -> None:
    moved = replace(market, closed_at=market.closed_at + np.timedelta64(3, "h"))
    assert count([look_at(market, "old")], moved).n_pipelines == 2


def test_adjusted_prices_rounded_to_cents_are_related(market: Bars) -> None:
    assert count([look_at(market, "old")], in_cents(market, 0.9827)).n_pipelines == 2


def test_each_extension_of_the_bars_is_one_more_look(market: Bars) -> None:
    log = MemoryTrialLog()
    for number, n_bars in enumerate((600, 621, 642, 900, 1305), start=1):
        grown = market[:n_bars]
        assert count(log.entries(), grown, "p") == TrialCount(n_pipelines=1, n_looks=number)
        log.append(look_at(grown, "p"))
        assert count(log.entries(), grown, "p").n_looks == number


def test_looks_of_other_pipelines_are_not_looks_of_this_one(market: Bars) -> None:
    looks = [look_at(market[:n], "other") for n in (600, 700, 800)]
    assert count(looks, market, "p") == TrialCount(n_pipelines=2, n_looks=1)


def test_looks_at_another_market_are_not_looks_at_this_one(
    market: Bars, other_market: Bars
) -> None:
    assert count([look_at(other_market, "p")], market, "p").n_looks == 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "c"]),
            st.sampled_from(["s1", "s2", "s3"]),
            st.sampled_from([("q1",), ("q1", "q2"), ("z1",), ()]),
        ),
        max_size=8,
    ),
    st.tuples(st.sampled_from("abc"), st.sampled_from(["s1", "s2", "s3"]), st.just(("q2", "z1"))),
)
def test_no_further_entry_ever_lowers_a_count(
    entries: list[tuple[str, str, tuple[str, ...]]], further: tuple[str, str, tuple[str, ...]]
) -> None:
    trials = [a_trial(*entry) for entry in entries]
    before = count_trials(trials, "a", "s1", ["q1"])
    after = count_trials([*trials, a_trial(*further)], "a", "s1", ["q1"])
    assert after.n_pipelines >= before.n_pipelines
    assert after.n_looks >= before.n_looks
    assert after.alpha(0.01) <= before.alpha(0.01)


@pytest.mark.parametrize(
    ("n_pipelines", "n_looks", "alpha"),
    [
        (1, 1, 0.01),
        (4, 1, 0.0025),
        (1, 2, 0.01 * 6.0 / (math.pi**2 * 4.0)),
        (1, 10, 0.01 * 6.0 / (math.pi**2 * 100.0)),
        (5, 3, 0.002 * 6.0 / (math.pi**2 * 9.0)),
    ],
)
def test_the_level_is_divided_by_m_and_by_the_series_of_looks(
    n_pipelines: int, n_looks: int, alpha: float
) -> None:
    found = TrialCount(n_pipelines=n_pipelines, n_looks=n_looks).alpha(0.01)
    assert found == pytest.approx(alpha, rel=1e-12)


@given(st.integers(1, 10_000), st.integers(1, 10_000), st.floats(1e-6, 0.05))
def test_every_look_and_every_pipeline_costs(n_pipelines: int, n_looks: int, level: float) -> None:
    alpha = TrialCount(n_pipelines=n_pipelines, n_looks=n_looks).alpha(level)
    assert 0.0 < alpha <= level
    assert TrialCount(n_pipelines=n_pipelines + 1, n_looks=n_looks).alpha(level) < alpha
    assert TrialCount(n_pipelines=n_pipelines, n_looks=n_looks + 1).alpha(level) < alpha


def test_endless_looks_at_one_pipeline_spend_a_convergent_series() -> None:
    spent = sum(TrialCount(n_pipelines=1, n_looks=m).alpha(0.01) for m in range(1, 20_001))
    # 1 + (6/pi^2) (zeta(2) - 1): the first look has the level to itself, the others a series.
    assert spent == pytest.approx(0.01 * (2.0 - 6.0 / math.pi**2), rel=1e-4)

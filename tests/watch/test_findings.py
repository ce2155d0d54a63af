"""What a tick found is told by channel, and once for thousands of symbols."""

from dataclasses import replace

import numpy as np

from bellwether.monitor import Benchmark
from bellwether.watch import (
    AskedPaper,
    InputsChecked,
    LateBar,
    PaperOutcome,
    RevisedOutcome,
    SettledPaper,
    SilentVoice,
    WatchOptions,
    begin_watch,
)
from bellwether.watch._findings import find_findings

AT = np.datetime64("2020-01-02T21:00", "us")
NOTHING_ASKED = AskedPaper(forecasts=(), silent=())
NOTHING_SETTLED = SettledPaper(new=(), n_waiting=0, given_up=(), late=(), revised=(), n_revised=0)
PROMISED = Benchmark(accuracy=0.56, accuracy_low=0.54, score_mean=0.15, score_low=0.10)
OPTIONS = WatchOptions()


def test_what_is_well_is_not_told() -> None:
    watch = begin_watch("m", 1, PROMISED)
    assert find_findings([watch], [], NOTHING_ASKED, NOTHING_SETTLED, OPTIONS) == ()


def test_a_model_is_told_with_its_condition_and_the_facts() -> None:
    red = replace(begin_watch("m", 1, PROMISED), condition="red", answers=False)
    [found] = find_findings([red], [], NOTHING_ASKED, NOTHING_SETTLED, OPTIONS)
    assert (found.subject, found.channel, found.condition) == ("m", "performance", "red")
    assert found.facts["done"] == "the next rung of the ladder answers"
    assert found.facts["promised_accuracy"] == 0.56


def test_a_model_that_the_rules_are_better_than_is_told_as_amber() -> None:
    behind = replace(begin_watch("m", 1, PROMISED), answers=False)
    [found] = find_findings([behind], [], NOTHING_ASKED, NOTHING_SETTLED, OPTIONS)
    assert found.condition == "amber"
    assert "the rules are expected to be better" in found.words


def test_drifted_inputs_ask_for_a_challenger_and_no_more() -> None:
    check = InputsChecked(
        model_id="m",
        week=1,
        at="2020",
        n_symbols=1,
        n_bars=60,
        drifted=("volatility_20",),
        features=({"name": "volatility_20", "p": 1e-6},),
    )
    calm = replace(check, model_id="calm", drifted=())
    [found] = find_findings([], [check, calm], NOTHING_ASKED, NOTHING_SETTLED, OPTIONS)
    assert (found.channel, found.condition) == ("inputs", "amber")
    assert "the model goes on" in found.words


def test_thousands_of_silent_symbols_are_one_finding() -> None:
    silent = tuple(
        SilentVoice(
            who="m",
            symbol=f"S{k:04d}",
            interval="1d",
            n_bars=1,
            reason="bundle_missing",
            words="its file is gone",
        )
        for k in range(3000)
    )
    asked = AskedPaper(forecasts=(), silent=silent)
    [found] = find_findings([], [], asked, NOTHING_SETTLED, OPTIONS)
    assert found.facts["n_symbols"] == 3000
    assert "and 2990 more: its file is gone" in found.words


def test_bars_that_are_late_missing_or_revised_are_told() -> None:
    lost = PaperOutcome(
        key="k", symbol="B", as_of=AT, closes_at=AT, realized_return=None, words="no bar came"
    )
    settled = SettledPaper(
        new=(lost,),
        n_waiting=1,
        given_up=(lost,),
        late=(LateBar(symbol="A", interval="1d", closes_at=AT, n_sessions=3, n_forecasts=2),),
        revised=(
            RevisedOutcome(
                key="r",
                symbol="C",
                interval="1d",
                as_of=AT,
                closes_at=AT,
                settled_return=0.1,
                return_now=0.2,
            ),
        ),
        n_revised=1,
    )
    found = find_findings([], [], NOTHING_ASKED, settled, OPTIONS)
    assert [one.subject for one in found] == ["late bars", "missing bars", "revised bars"]
    assert {one.channel for one in found} == {"data"}

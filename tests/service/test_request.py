from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bellwether.bars import Bars, Panel, noise_world
from bellwether.labels import LabelSpec
from bellwether.models import UnknownFamily
from bellwether.samples import TooLittleHistory, build_samples
from bellwether.service import (
    HistoryTooShort,
    MemoryEvidence,
    SilentWatcher,
    TrainingRequest,
    TrainingResult,
    check_history_length,
)
from bellwether.service._request import check_usable_rows
from bellwether.validation import FamilyPlan, MalformedEvidence, TrainingPlan

MakePlan = Callable[..., TrainingPlan]


@pytest.fixture(scope="module")
def bars() -> Bars:
    return noise_world(1, 700).bars


@pytest.fixture
def request_of(make_plan: MakePlan, bars: Bars) -> Callable[..., TrainingRequest]:
    def make(*families: str, **changes: Any) -> TrainingRequest:
        panel = changes.pop("panel", Panel(bars=[bars]))
        return TrainingRequest(
            panel=panel, universe="w", plan=make_plan(*(families or ("ridge",))), **changes
        )

    return make


MakeRequest = Callable[..., TrainingRequest]


def without_volume(bars: Bars) -> Bars:
    prices = {name: getattr(bars, name) for name in ("open", "high", "low", "close")}
    volume = np.zeros(len(bars))
    return Bars(symbol=bars.symbol, closed_at=bars.closed_at, **prices, volume=volume)


def test_a_market_without_volume_has_no_feature_of_volume(
    request_of: MakeRequest, bars: Bars
) -> None:
    assert request_of().feature_set.name == "core15"
    silent = without_volume(noise_world(2, 700).bars)
    assert request_of(panel=Panel(bars=[bars, silent])).feature_set.name == "core14"


def test_a_pipeline_is_features_label_plan_options_seed_and_costs(
    request_of: MakeRequest, bars: Bars
) -> None:
    asked = request_of("ridge", "gradient_boosting")
    plan = asked.plan
    contract = FamilyPlan(family="ridge", preset="contract", n_refits=2)
    others = (
        asked,
        replace(asked, plan=replace(plan, seed=1)),
        replace(asked, plan=replace(plan, state_refit_bars=21)),
        replace(asked, plan=replace(plan, families=(contract,))),
        replace(asked, label=LabelSpec(horizon_bars=5)),
        replace(asked, cost_bps=2.0),
        replace(asked, ic_worth_finding=0.2),
        replace(asked, panel=Panel(bars=[without_volume(bars)])),
    )
    digests = [other.pipeline(["ridge"]) for other in others]
    digests += [asked.pipeline(plan_of) for plan_of in (["gradient_boosting"], ["ridge", "x"])]
    assert len(set(digests)) == len(digests) - 1  # the unknown name adds nothing to ridge


def test_a_pipeline_is_not_its_names_its_bars_or_its_judge(request_of: MakeRequest) -> None:
    asked = request_of("ridge")
    others = (
        replace(asked, universe="other"),
        replace(asked, plan=replace(asked.plan, name="other")),
        replace(asked, panel=Panel(bars=[noise_world(9, 800).bars])),
    )
    assert {other.pipeline(["ridge"]) for other in others} == {asked.pipeline(["ridge"])}


def test_a_family_beside_another_is_the_same_pipeline_unless_it_loses_rows(
    request_of: MakeRequest,
) -> None:
    alone = request_of("ridge").pipeline(["ridge"])
    assert request_of("ridge", "gradient_boosting").pipeline(["ridge"]) == alone
    assert request_of("ridge", "lstm").pipeline(["ridge"]) != alone


def test_an_unknown_family_is_named_before_anything_is_computed(request_of: MakeRequest) -> None:
    with pytest.raises(UnknownFamily, match="did you mean 'ridge'"):
        request_of("rigde").pipeline(["rigde"])


@pytest.mark.parametrize("n_bars", [40, 100, 300, 499])
def test_less_than_two_years_is_too_short_and_says_by_how_much(n_bars: int) -> None:
    bars = noise_world(1, n_bars).bars
    with pytest.raises(HistoryTooShort, match=rf"{bars.symbol}, was {n_bars} bars over") as caught:
        check_history_length(Panel(bars=[noise_world(2, 700).bars, bars]))
    assert (caught.value.symbol, caught.value.n_bars) == (bars.symbol, n_bars)
    assert caught.value.exit_code == 5


def test_many_bars_within_a_year_are_too_short_as_well(bars: Bars) -> None:
    hours = bars.closed_at[0] + np.arange(700) * np.timedelta64(1, "h")
    columns = {name: getattr(bars, name) for name in ("open", "high", "low", "close", "volume")}
    with pytest.raises(HistoryTooShort, match=r"700 bars over 0\.1 years"):
        check_history_length(
            Panel(bars=[Bars(symbol="H", interval="1h", closed_at=hours, **columns)])
        )


def test_two_years_are_enough() -> None:
    check_history_length(Panel(bars=[noise_world(1, 525).bars]))


@pytest.mark.parametrize("family", ["ridge", "gradient_boosting", "transformer", "lstm"])
@pytest.mark.parametrize("horizon_bars", [1, 5])
@pytest.mark.parametrize("n_bars", [40, 100])
def test_what_is_said_to_be_missing_is_missing_to_the_bar(
    request_of: MakeRequest, family: str, horizon_bars: int, n_bars: int
) -> None:
    label = LabelSpec(horizon_bars=horizon_bars)

    def asked(n: int) -> TrainingRequest:
        return request_of(family, panel=Panel(bars=[noise_world(1, n).bars]), label=label)

    with pytest.raises(TooLittleHistory, match=family) as caught:
        check_usable_rows(asked(n_bars))
    error = caught.value
    assert error.family == family
    assert f"add {error.missing} more bars" in error.hint
    enough = asked(n_bars + error.missing)
    check_usable_rows(enough)
    n_steps = 20 if family in ("transformer", "lstm") else 1
    samples = build_samples(enough.panel, enough.feature_set, label)
    assert int((samples.usable(n_steps) & samples.labelled).sum()) == error.least
    with pytest.raises(TooLittleHistory):
        check_usable_rows(asked(n_bars + error.missing - 1))


def test_memory_keeps_evidence_and_misses_what_it_never_had(
    edge_desk: tuple[Any, TrainingResult],
) -> None:
    evidence = edge_desk[1].candidates[0].evidence
    store = MemoryEvidence()
    assert store.put(evidence) == evidence.digest
    assert store.get(evidence.digest) is evidence
    with pytest.raises(MalformedEvidence, match="none"):
        store.get("0" * 64)


def test_the_silent_watcher_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    watcher = SilentWatcher()
    watcher.planned([])
    watcher.judging()
    assert capsys.readouterr().out == ""

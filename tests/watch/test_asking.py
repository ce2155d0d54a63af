"""Every closed bar of a watched market gets one forecast, whoever fails and however often."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bellwether.adapters import MemoryBarStore
from bellwether.bars import RowRefusal
from bellwether.features import compute, ewma_volatility
from bellwether.registry import Bundle, LoadedBundle, UnknownModel
from bellwether.service import (
    JournalUnavailable,
    NoteFilter,
    NoteKind,
    PredictOptions,
    PredictPorts,
    SnapshotDamaged,
    digest_window,
    predict,
)
from bellwether.watch import (
    RULES,
    AskedPaper,
    PaperForecast,
    Voice,
    ask_paper,
    find_watched,
)

World = Any  # the class lives in conftest, which is no module
MakeModel = Callable[..., Bundle]


def ask(world: World, *shadows: str, **ports: Any) -> AskedPaper:
    markets = find_watched(world.ports.registry)
    return ask_paper(markets, world.with_ports(**ports), shadows=shadows)


def forecasts(world: World) -> list[PaperForecast]:
    page = world.ports.journal.notes(NoteFilter(kinds=(NoteKind.PAPER,)), None, 1000)
    return [PaperForecast.from_note(note) for note in page.notes]


def voices(forecast: PaperForecast) -> list[str]:
    return [voice.who for voice in forecast.voices]


def test_the_latest_bar_gets_a_forecast_by_the_rules_and_the_champion(
    paper: World, make_model: MakeModel
) -> None:
    paper.register(make_model("champion", horizon_bars=5), trained=500)
    paper.store(500)
    asked = ask(paper)
    assert asked.silent == ()
    [forecast] = asked.forecasts
    bars = paper.market("A")[:500]
    assert (forecast.symbol, forecast.interval, forecast.horizon_bars) == ("A", "1d", 5)
    assert forecast.as_of == bars.closed_at[-1]
    assert forecast.closes_at == paper.calendar.closes_at[504]
    assert forecast.price == bars.close[-1]
    assert forecast.bars_digest == digest_window(bars)
    volatility = compute([ewma_volatility()], bars.matrix)[-1, 0]
    assert forecast.volatility == volatility * np.sqrt(5)
    assert voices(forecast) == [RULES, "champion"]
    assert forecast.voice("champion") == Voice(
        who="champion",
        bundle_digest=paper.ports.registry.get("champion").bundle_digest,
        direction=1,
        probability_up=0.55,
        expected_return=0.002,
        confidence=80.0,
        members={},
    )
    assert forecasts(paper) == [forecast]


def test_a_forecast_is_what_the_ladder_would_say_to_whoever_asks(
    paper: World, make_model: MakeModel
) -> None:
    paper.register(make_model("champion", probability_up=(0.41,), confidence=(51.0,)))
    paper.store(500)
    [forecast] = ask(paper).forecasts
    ports = PredictPorts(
        registry=paper.ports.registry,
        bundles=paper.ports.bundles,
        rules=paper.ports.rules,
        clock=paper.clock,
    )
    for who, is_enabled in (("champion", True), (RULES, False)):
        served = predict(
            paper.market("A")[:500],
            ports=ports,
            calendar=paper.calendar,
            options=PredictOptions(models_enabled=is_enabled),
        )
        voice = forecast.voice(who)
        assert voice is not None
        assert served.bars_digest == forecast.bars_digest
        if who == RULES:  # the model is not sure enough to be served: its forecast counts
            assert voice.direction == served.direction.sign
            assert voice.probability_up == served.probability_up
            assert voice.confidence == served.confidence
        else:
            assert (voice.direction, voice.probability_up, voice.confidence) == (-1, 0.41, 51.0)


def test_asking_again_makes_nothing_new(paper: World, make_model: MakeModel) -> None:
    paper.register(make_model("champion"))
    paper.store(500)
    ask(paper)
    head = paper.ports.journal.head()
    assert ask(paper) == AskedPaper(forecasts=(), silent=())
    paper.ports.checkpoints.drop("")
    assert ask(paper) == AskedPaper(forecasts=(), silent=())
    assert paper.ports.journal.head() == head


def test_bars_that_were_missed_are_caught_up_as_they_would_have_been_asked(
    make_paper: Callable[[], World], make_model: MakeModel
) -> None:
    asleep, awake = make_paper(), make_paper()
    for world in (asleep, awake):
        world.register(make_model("champion", horizon_bars=2))
        world.store(500)
        ask(world)
    asleep.store(507)
    late = ask(asleep).forecasts
    in_time: list[PaperForecast] = []
    for n_bars in range(501, 508):
        awake.store(n_bars)
        in_time += ask(awake).forecasts
    assert list(late) == in_time
    assert [one.as_of for one in late] == list(asleep.calendar.closes_at[500:507])


def test_at_most_a_year_is_caught_up(paper: World, make_model: MakeModel) -> None:
    paper.register(make_model("champion"), trained=300)
    paper.store(600)
    found = ask(paper).forecasts
    assert len(found) == 260
    assert found[0].as_of == paper.calendar.closes_at[340]


def test_a_model_is_not_heard_about_bars_it_was_trained_on(
    paper: World, make_model: MakeModel
) -> None:
    paper.register(make_model("old"), trained=500)
    paper.register(make_model("new"), trained=503)
    paper.store(505)
    found = ask(paper).forecasts
    assert [voices(one) for one in found] == [[RULES, "old"]] * 3 + [[RULES, "new", "old"]] * 3
    assert found[0].as_of == paper.calendar.closes_at[499]


def test_shadows_are_heard_and_other_candidates_are_not(
    paper: World, make_model: MakeModel
) -> None:
    paper.register(make_model("champion"))
    for name in ("shadow", "stranger"):
        paper.register(make_model(name), promoted=False)
    paper.store(500)
    [forecast] = ask(paper, "shadow").forecasts
    assert voices(forecast) == [RULES, "champion", "shadow"]
    with pytest.raises(UnknownModel):
        ask(paper, "nobody")


def test_a_shadow_is_enough_to_watch_a_market(paper: World, make_model: MakeModel) -> None:
    paper.register(make_model("shadow"), promoted=False)
    paper.store(500)
    assert [voices(one) for one in ask(paper, "shadow").forecasts] == [[RULES, "shadow"]]
    assert ask(paper).forecasts == ()


def test_a_symbol_of_several_universes_has_one_forecast_with_all_voices(
    paper: World, make_model: MakeModel
) -> None:
    paper.register(make_model("one"), "A", universe="one")
    paper.register(make_model("two"), "A", "B", universe="two")
    paper.store(500, "A", "B")
    found = ask(paper).forecasts
    assert {one.symbol: voices(one) for one in found} == {
        "A": [RULES, "one", "two"],
        "B": [RULES, "two"],
    }


def test_each_horizon_has_forecasts_of_its_own(paper: World, make_model: MakeModel) -> None:
    paper.register(make_model("near", horizon_bars=1))
    paper.register(make_model("far", horizon_bars=20))
    paper.store(500)
    near, far = ask(paper).forecasts
    assert (voices(near), voices(far)) == ([RULES, "near"], [RULES, "far"])
    assert near.key != far.key
    assert far.volatility == pytest.approx(near.volatility * np.sqrt(20))


def test_a_model_that_cannot_be_loaded_stops_nobody_else(
    paper: World, make_model: MakeModel
) -> None:
    for name in ("broken", "champion"):
        paper.register(make_model(name))
    del paper.ports.bundles.kept["broken"]
    paper.store(501)
    asked = ask(paper)
    assert [voices(one) for one in asked.forecasts] == [[RULES, "champion"]] * 2
    [silent] = asked.silent
    assert (silent.who, silent.symbol, silent.n_bars) == ("broken", "A", 2)
    assert silent.reason == "bundle_missing"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"probability_up": (1.5,)}, "output_out_of_range"),
        ({"confidence": (float("nan"),)}, "output_not_finite"),
        ({"quantiles": (0.1, 0.0, 0.0, 0.0, 0.0)}, "output_out_of_range"),
        ({"lookback_bars": 601}, "too_few_bars"),
    ],
)
def test_what_the_ladder_would_not_let_answer_is_no_voice(
    paper: World, make_model: MakeModel, said: dict[str, Any], reason: str
) -> None:
    paper.register(make_model("champion", **said))
    paper.store(500)
    asked = ask(paper)
    assert [voices(one) for one in asked.forecasts] == [[RULES]]
    assert [(one.who, one.reason) for one in asked.silent] == [("champion", reason)]


class NoRules:
    def load(self) -> LoadedBundle:
        raise OSError("no disk")


def test_without_the_rules_the_models_are_heard(paper: World, make_model: MakeModel) -> None:
    paper.register(make_model("champion"))
    paper.store(500)
    asked = ask(paper, rules=NoRules())
    assert [voices(one) for one in asked.forecasts] == [["champion"]]
    assert [(one.who, one.reason) for one in asked.silent] == [(RULES, "rules_failed")]


def test_a_bar_nobody_speaks_about_is_asked_about_again(
    paper: World, make_model: MakeModel
) -> None:
    bundle = make_model("champion")
    paper.register(bundle)
    paper.store(500)
    kept = paper.ports.bundles.kept.pop("champion")
    assert ask(paper, rules=NoRules()).forecasts == ()
    paper.ports.bundles.kept["champion"] = kept
    assert len(ask(paper).forecasts) == 1


def test_bars_on_which_nobody_may_answer_get_no_forecast(
    paper: World, make_model: MakeModel
) -> None:
    paper.register(make_model("champion"))
    bars = paper.market("A")
    kept = np.delete(np.arange(503), [499])
    columns = ("closed_at", "open", "high", "low", "close", "volume")
    gap = replace(
        bars[:503], adjustment=np.ones(502), **{n: getattr(bars, n)[kept] for n in columns}
    )
    paper.at(502)
    paper.keep(gap)
    asked = ask(paper)
    assert [one.as_of for one in asked.forecasts] == list(bars.closed_at[501:503])
    assert [(one.who, one.reason) for one in asked.silent] == [("bars", "gap_at_the_end")]


def test_markets_without_usable_bars_are_named_and_hold_up_no_other(
    paper: World, make_model: MakeModel
) -> None:
    paper.register(make_model("champion"), "A", "B", "C", "D")
    paper.store(500, "A", "B", "C")
    refusal = RowRefusal(line=9, reason="no close", text="", at=paper.clock.instant - 60 * 10**6)
    paper.keep(paper.market("B")[:500], refusal)
    damaged = paper.ports.bars.latest("C", "1d").digest

    class HalfBroken(MemoryBarStore):
        def load(self, digest: str, last_bars: int | None = None) -> Any:
            if digest == damaged:
                raise SnapshotDamaged("C", "its digest does not hold")
            return paper.ports.bars.load(digest, last_bars)

        def markets(self) -> Any:
            return paper.ports.bars.markets()

    asked = ask(paper, bars=HalfBroken())
    assert [one.symbol for one in asked.forecasts] == ["A"]
    assert [(one.who, one.symbol, one.reason) for one in asked.silent] == [
        ("bars", "B", "data_contract_broken"),
        ("bars", "C", "bars_unavailable"),
        ("bars", "D", "bars_unavailable"),
    ]


def test_a_bar_that_has_not_closed_by_the_clock_waits(paper: World, make_model: MakeModel) -> None:
    paper.register(make_model("champion"))
    paper.store(502)
    paper.at(500)
    assert [one.as_of for one in ask(paper).forecasts] == list(paper.calendar.closes_at[499:501])


def test_markets_that_nobody_serves_any_more_are_not_watched(
    paper: World, make_model: MakeModel
) -> None:
    record = paper.register(make_model("champion"))
    assert find_watched(paper.ports.registry) == (record.market,)
    paper.ports.registry.retire("champion", reason="old")
    assert find_watched(paper.ports.registry) == ()


def test_a_journal_that_fails_half_way_is_gone_on_with(paper: World, make_model: MakeModel) -> None:
    paper.register(make_model("champion"), "A", "B")
    paper.store(500, "A", "B")
    whole = paper.ports.journal

    class Failing:
        def note(self, notes: Any) -> Any:
            whole.note(notes[:1])
            raise JournalUnavailable("memory", "killed")

        notes, head = staticmethod(whole.notes), staticmethod(whole.head)

    with pytest.raises(JournalUnavailable):
        ask(paper, journal=Failing())
    assert [one.symbol for one in forecasts(paper)] == ["A"]
    assert [one.symbol for one in ask(paper).forecasts] == ["B"]
    assert [one.symbol for one in forecasts(paper)] == ["A", "B"]

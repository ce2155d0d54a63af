"""The treaty of Registry, kept by every registry there is."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.steady import PROMOTING

from bellwether.adapters import MemoryRegistry, SqlRegistry
from bellwether.clock import FixedClock
from bellwether.registry import (
    IllegalMove,
    MarketKey,
    ModelExists,
    ModelRecord,
    NotPromotable,
    NotRenewable,
    Registry,
    Serving,
    Stage,
    UnknownModel,
    verdict_data,
)
from bellwether.validation import Decision

NOW = np.datetime64("2019-01-02T12:00", "us")
MARKET = MarketKey(universe="world", interval="1d", horizon_bars=1)


def candidate(model_id: str, market: MarketKey = MARKET) -> ModelRecord:
    return ModelRecord(
        model_id=model_id,
        market=market,
        symbols=("A", "B"),
        bundle_digest=f"bundle of {model_id}",
        pipeline_digest="p",
        snapshot_digest="s",
        bellwether_version="0",
        trained_at=np.datetime64("2018-12-31T21:00", "us"),
        registered_at=NOW,
        changed_at=NOW,
        metrics={"accuracy": 0.51},
    )


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Registry]:
    if request.param == "memory":
        yield MemoryRegistry(FixedClock(NOW))
        return
    place: Path | str = tmp_path / "deep" / "registry.sqlite"
    if request.param == "postgresql":
        place = request.getfixturevalue("postgres_url")
    opened = SqlRegistry(place, FixedClock(NOW))
    yield opened
    opened.close()


def promote(registry: Registry, *model_ids: str) -> None:
    for model_id in model_ids:
        registry.register(candidate(model_id))
        registry.promote(model_id, PROMOTING, reason="it passed")


def test_a_new_registry_is_empty(registry: Registry) -> None:
    assert not registry.records()
    assert not registry.history()
    assert registry.serving(MARKET) == registry.serving_symbol("A", "1d", 1) == Serving()


def test_a_registered_model_comes_back_as_it_was(registry: Registry) -> None:
    judged = replace(candidate("m1"), verdict=verdict_data(PROMOTING))
    assert registry.register(judged) == registry.get("m1") == judged
    assert list(registry.records()) == [judged]


def test_the_registry_dates_what_it_registers(registry: Registry) -> None:
    early = replace(candidate("m1"), registered_at=NOW - 5, changed_at=NOW - 5)
    assert registry.register(early) == candidate("m1")


def test_registering_the_same_bundle_again_changes_nothing(registry: Registry) -> None:
    promote(registry, "m1")
    assert registry.register(candidate("m1")).stage is Stage.CHAMPION
    assert len(registry.history()) == 2


def test_another_bundle_under_a_taken_id_is_refused(registry: Registry) -> None:
    registry.register(candidate("m1"))
    with pytest.raises(ModelExists):
        registry.register(replace(candidate("m1"), bundle_digest="other"))
    assert registry.get("m1") == candidate("m1")


def test_nobody_is_registered_as_champion(registry: Registry) -> None:
    with pytest.raises(IllegalMove):
        registry.register(replace(candidate("m1"), stage=Stage.CHAMPION))
    assert not registry.records()


def test_an_unknown_model_is_an_error_that_lists_the_known_ones(registry: Registry) -> None:
    registry.register(candidate("m1"))
    asks: list[Callable[[], object]] = [
        lambda: registry.get("m2"),
        lambda: registry.promote("m2", PROMOTING, reason="?"),
        lambda: registry.renew("m2", reason="?"),
        lambda: registry.refuse("m2", None, reason="?"),
        lambda: registry.retire("m2", reason="?"),
    ]
    for ask in asks:
        with pytest.raises(UnknownModel, match="m1") as caught:
            ask()
        assert caught.value.known == ("m1",)


def test_a_promoted_model_serves_with_its_verdict(registry: Registry) -> None:
    promote(registry, "m1")
    champion = registry.get("m1")
    assert (champion.stage, champion.verdict) == (Stage.CHAMPION, verdict_data(PROMOTING))
    assert registry.serving(MARKET) == Serving(champion=champion)
    assert registry.serving_symbol("B", "1d", 1) == Serving(champion=champion)


def later_fit(model_id: str, **changes: Any) -> ModelRecord:
    newer = replace(
        candidate(model_id),
        trained_at=np.datetime64("2019-06-28T21:00", "us"),
        snapshot_digest="newer bars",
        verdict=verdict_data(replace(PROMOTING, decision=Decision.REFUSE, snapshot="newer bars")),
    )
    return replace(newer, **changes)


def test_a_later_fit_takes_the_champions_place_on_the_champions_verdict(registry: Registry) -> None:
    promote(registry, "m1")
    registry.register(later_fit("m2"))
    renewed = registry.renew("m2", reason="no worse")
    assert (renewed.stage, renewed.verdict) == (Stage.CHAMPION, verdict_data(PROMOTING))
    assert renewed.is_renewal
    assert not registry.get("m1").is_renewal
    previous = registry.get("m1")
    assert registry.serving(MARKET) == Serving(champion=renewed, previous=previous)
    last = registry.history()[-1]
    assert (last.before, last.after, last.reason) == (Stage.CANDIDATE, Stage.CHAMPION, "no worse")
    assert registry.roll_back(MARKET, reason="?").champion == registry.get("m1")


def test_a_renewal_can_be_renewed(registry: Registry) -> None:
    promote(registry, "m1")
    for number, day in enumerate(("2019-06-28T21:00", "2019-09-28T21:00"), start=2):
        trained_at = np.datetime64(day, "us")
        registry.register(later_fit(f"m{number}", trained_at=trained_at))
        registry.renew(f"m{number}", reason="no worse")
    assert registry.get("m3").verdict == verdict_data(PROMOTING)


@pytest.mark.parametrize(
    "changes",
    [
        {"pipeline_digest": "other"},
        {"symbols": ("A",)},
        {"trained_at": np.datetime64("2018-12-31T21:00", "us")},
        {"market": replace(MARKET, universe="elsewhere")},
    ],
)
def test_nothing_renews_a_champion_of_which_it_is_no_later_fit(
    registry: Registry, changes: dict[str, Any]
) -> None:
    promote(registry, "m1")
    registry.register(later_fit("m2", **changes))
    with pytest.raises(NotRenewable):
        registry.renew("m2", reason="?")
    assert registry.serving(MARKET) == Serving(champion=registry.get("m1"))
    assert registry.get("m2").stage is Stage.CANDIDATE


def test_nobody_is_renewed_where_nobody_serves(registry: Registry) -> None:
    registry.register(later_fit("m2"))
    with pytest.raises(NotRenewable, match="nobody serves"):
        registry.renew("m2", reason="?")


def test_what_was_refused_renews_nobody(registry: Registry) -> None:
    promote(registry, "m1")
    registry.register(later_fit("m2"))
    registry.refuse("m2", None, reason="?")
    with pytest.raises(IllegalMove):
        registry.renew("m2", reason="?")


def test_a_third_champion_retires_the_first(registry: Registry) -> None:
    promote(registry, "m1", "m2", "m3")
    stages = {record.model_id: record.stage for record in registry.records()}
    assert stages == {"m1": Stage.RETIRED, "m2": Stage.PREVIOUS, "m3": Stage.CHAMPION}


def test_champions_of_other_markets_are_left_alone(registry: Registry) -> None:
    promote(registry, "m1")
    for place, market in enumerate(
        (
            replace(MARKET, universe="other"),
            replace(MARKET, interval="1h"),
            replace(MARKET, horizon_bars=5),
        )
    ):
        registry.register(candidate(f"n{place}", market))
        registry.promote(f"n{place}", PROMOTING, reason="it passed")
        assert registry.serving(market).previous is None
    assert registry.get("m1").stage is Stage.CHAMPION


def test_a_refused_promotion_changes_nothing(registry: Registry) -> None:
    promote(registry, "m1")
    registry.register(candidate("m2"))
    refused = replace(PROMOTING, decision=Decision.REFUSE)
    with pytest.raises(NotPromotable):
        registry.promote("m2", refused, reason="please")
    assert registry.serving(MARKET).champion == registry.get("m1")
    assert registry.get("m2").stage is Stage.CANDIDATE
    assert len(registry.history()) == 3


def test_a_refused_model_keeps_the_verdict_and_is_never_promoted(registry: Registry) -> None:
    refused = replace(PROMOTING, decision=Decision.REFUSE, reason="no skill")
    registry.register(candidate("m1"))
    record = registry.refuse("m1", refused, reason="no skill")
    assert (record.stage, record.verdict) == (Stage.REFUSED, verdict_data(refused))
    with pytest.raises(IllegalMove):
        registry.promote("m1", PROMOTING, reason="please")


def test_a_rollback_brings_the_previous_champion_back(registry: Registry) -> None:
    promote(registry, "m1", "m2")
    assert registry.roll_back(MARKET, reason="red") == Serving(champion=registry.get("m1"))
    assert registry.get("m2").stage is Stage.RETIRED


def test_a_rollback_without_a_previous_champion_leaves_the_rules(registry: Registry) -> None:
    promote(registry, "m1")
    assert registry.roll_back(MARKET, reason="red") == Serving()
    assert registry.roll_back(MARKET, reason="red") == Serving()
    assert registry.get("m1").stage is Stage.RETIRED


def test_a_retired_champion_leaves_the_previous_one_where_it_is(registry: Registry) -> None:
    promote(registry, "m1", "m2")
    registry.retire("m2", reason="too old")
    assert registry.serving(MARKET) == Serving(previous=registry.get("m1"))
    with pytest.raises(IllegalMove):
        registry.retire("m2", reason="again")


def test_the_history_tells_every_move_in_order(registry: Registry) -> None:
    promote(registry, "m1", "m2")
    registry.roll_back(MARKET, reason="red")
    told = [
        (move.model_id, move.before and move.before.value, move.after.value, move.reason)
        for move in registry.history()
    ]
    assert told == [
        ("m1", None, "candidate", "registered"),
        ("m1", "candidate", "champion", "it passed"),
        ("m2", None, "candidate", "registered"),
        ("m1", "champion", "previous", "succeeded: it passed"),
        ("m2", "candidate", "champion", "it passed"),
        ("m2", "champion", "retired", "rolled back: red"),
        ("m1", "previous", "champion", "brought back: red"),
    ]
    assert {str(move.at) for move in registry.history()} == {str(NOW)}
    assert registry.history()[1].verdict == verdict_data(PROMOTING)


def in_threads(work: list[Callable[[], object]]) -> None:
    failures: list[BaseException] = []

    def guarded(one: Callable[[], object]) -> None:
        try:
            one()
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=guarded, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_promotions_at_the_same_time_leave_one_champion_and_one_previous(
    registry: Registry,
) -> None:
    ids = [f"m{place}" for place in range(8)]
    in_threads([partial(promote, registry, model_id) for model_id in ids])
    stages = sorted(record.stage.value for record in registry.records())
    assert stages == sorted(["champion", "previous", *["retired"] * 6])
    moves = [move for move in registry.history() if move.after is Stage.CHAMPION]
    assert sorted(move.model_id for move in moves) == ids
    assert registry.serving(MARKET).champion == registry.get(moves[-1].model_id)
    assert registry.serving(MARKET).previous == registry.get(moves[-2].model_id)


def test_readers_never_see_a_market_without_its_champion(registry: Registry) -> None:
    promote(registry, "m0")
    done = threading.Event()
    seen: list[Serving] = []

    def write() -> None:
        try:
            promote(registry, *(f"m{place}" for place in range(1, 12)))
        finally:
            done.set()

    def read() -> None:
        seen.append(registry.serving_symbol("A", "1d", 1))
        while not done.is_set():
            seen.append(registry.serving_symbol("A", "1d", 1))

    in_threads([write, read])
    assert seen
    assert all(serving.champion is not None for serving in seen)

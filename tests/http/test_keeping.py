import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import httpx
import numpy as np
import pytest

from bellwether.adapters import MemoryJournal, SqlJournal
from bellwether.clock import FixedClock
from bellwether.http._journal_writer import KeepingOptions
from bellwether.http._keeping import JOURNALLED, Keeper
from bellwether.http._metrics import Metrics
from bellwether.service import (
    Direction,
    Journal,
    JournalTrouble,
    JournalUnavailable,
    Prediction,
    Rung,
    ServedAnswer,
    Source,
    SourceKind,
)

Found = TypeVar("Found")
World = Any  # the class lives in conftest, which is no module
NOW = np.datetime64("2019-01-02T12:00", "us")
QUICK = KeepingOptions(patience_seconds=20.0, retry_seconds=0.01, flush_seconds=0.01)


def answer(number: int, **changed: Any) -> Prediction:
    told: dict[str, Any] = {
        "symbol": "A",
        "interval": "1d",
        "as_of": NOW + number,
        "horizon_bars": 1,
        "direction": Direction.HOLD,
        "probability_up": None,
        "expected_return": None,
        "interval_return": None,
        "confidence": 0.0,
        "price": None,
        "target": None,
        "stop": None,
        "regime": None,
        "reasons": ("because",),
        "source": Source(kind=SourceKind.NONE),
        "rung": Rung.HOLD,
        "fallback_reason": None,
        "bars_digest": "",
    }
    return Prediction(**{**told, **changed})


class GatedJournal(MemoryJournal):
    """A journal that can be held up and made to fail, and remembers its transactions."""

    __slots__ = ("bad_ids", "entered", "fault", "gate", "sizes")

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Semaphore(0)
        self.fault: JournalTrouble | None = None
        self.bad_ids: set[str] = set()
        self.sizes: list[int] = []

    def record_many(self, served: Sequence[ServedAnswer]) -> None:
        self.entered.release()
        assert self.gate.wait(30)
        self._check()
        if self.bad_ids & {one.prediction.prediction_id for one in served}:
            raise ZeroDivisionError("nobody foresaw this")
        super().record_many(served)
        self.sizes.append(len(served))

    def count(self, repeats: Mapping[str, tuple[int, np.datetime64]]) -> tuple[str, ...]:
        self._check()
        return super().count(repeats)

    def _check(self) -> None:
        if self.fault is not None:
            raise JournalUnavailable("here", "out of order", self.fault)


class Desk:
    """A keeper with everything around it."""

    def __init__(self, journal: Journal, rules: Any, options: KeepingOptions = QUICK) -> None:
        self.metrics = Metrics()
        self.keeper = Keeper(journal, rules, FixedClock(NOW), self.metrics, options)

    def failures(self) -> dict[str, float]:
        """Return how many answers went out unconfirmed, by reason."""
        return self._counts("bellwether_journal_failures_total")

    def troubles(self) -> dict[str, float]:
        """Return how often which trouble began."""
        return self._counts("bellwether_journal_troubles_total")

    def _counts(self, name: str) -> dict[str, float]:
        return {
            line.split('"')[1]: float(line.split()[-1])
            for line in self.metrics.render().decode().splitlines()
            if line.startswith(f"{name}{{")
        }


@pytest.fixture
def journal() -> GatedJournal:
    return GatedJournal()


def run(desk: Desk, scenario: Callable[[Keeper], Awaitable[Found]]) -> Found:
    """Run a scenario on a loop of its own, and close the keeper at its end."""

    async def whole() -> Found:
        try:
            return await scenario(desk.keeper)
        finally:
            await desk.keeper.close()

    return asyncio.run(whole())


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until something holds."""
    for _ in range(6000):
        if is_so():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came about")


def kept(journal: Journal) -> list[str]:
    return [entry.prediction_id for entry in journal.entries(limit=1000).entries]


def test_an_answer_is_in_the_journal_when_its_keeping_says_so(
    journal: GatedJournal, steady_rules: Any
) -> None:
    async def scenario(keeper: Keeper) -> None:
        assert await keeper.keep(answer(0))
        assert kept(journal) == [answer(0).prediction_id]
        assert keeper.describe().trouble is None

    run(Desk(journal, steady_rules), scenario)


def test_what_comes_in_during_a_transaction_shares_the_next_one(
    journal: GatedJournal, steady_rules: Any
) -> None:
    options = replace(QUICK, most_at_once=6)

    async def scenario(keeper: Keeper) -> list[bool]:
        journal.gate.clear()
        first = asyncio.ensure_future(keeper.keep(answer(0)))
        await until(lambda: journal.entered.acquire(blocking=False))
        others = [asyncio.ensure_future(keeper.keep(answer(n))) for n in range(1, 10)]
        await until(lambda: keeper.describe().waiting == 9)
        journal.gate.set()
        return list(await asyncio.gather(first, *others))

    assert all(run(Desk(journal, steady_rules, options), scenario))
    assert journal.sizes == [1, 6, 3]
    assert kept(journal) == [answer(n).prediction_id for n in range(10)]


@pytest.mark.parametrize("reason", [JournalTrouble.LOCKED, JournalTrouble.DISK_FULL])
def test_a_journal_that_fails_is_told_and_written_once_it_works_again(
    journal: GatedJournal, steady_rules: Any, reason: JournalTrouble
) -> None:
    desk = Desk(journal, steady_rules)

    async def scenario(keeper: Keeper) -> None:
        journal.fault = reason
        assert not any([await keeper.keep(answer(n)) for n in range(3)])
        told = keeper.describe()
        assert told.trouble is not None
        assert (told.trouble.reason, told.trouble.until) == (reason, None)
        assert (told.not_journalled, reason.words in str(keeper.trouble)) == (3, True)
        journal.fault = None
        await until(lambda: keeper.trouble is None)  # by itself: nobody asks meanwhile
        assert kept(journal) == [answer(n).prediction_id for n in range(3)]
        assert told.trouble.until == f"{NOW}Z"
        assert await keeper.keep(answer(3))

    run(desk, scenario)
    assert desk.failures() == {reason.value: 3.0}
    assert desk.troubles() == {reason.value: 1.0}
    assert desk.metrics.last_error is not None
    assert desk.metrics.last_error.reason == f"journal_{reason.value}"


def test_a_late_journal_takes_no_answer_along_and_gets_them_all_in_the_end(
    journal: GatedJournal, steady_rules: Any
) -> None:
    desk = Desk(journal, steady_rules)

    async def scenario(keeper: Keeper) -> None:
        journal.gate.clear()
        assert not await keeper.keep(answer(0), 0.03)
        for number in range(1, 20):  # nobody waits any more
            assert not await asyncio.wait_for(keeper.keep(answer(number), 600.0), 60)
        assert kept(journal) == []
        journal.gate.set()
        await until(lambda: keeper.trouble is None)
        assert await keeper.keep(answer(20))
        assert kept(journal) == [answer(n).prediction_id for n in range(21)]

    run(desk, scenario)
    assert desk.failures() == {"late": 20.0}


def test_an_answer_that_cannot_be_recorded_spoils_no_other(
    journal: GatedJournal, steady_rules: Any
) -> None:
    desk = Desk(journal, steady_rules)
    journal.bad_ids = {answer(2).prediction_id}

    async def scenario(keeper: Keeper) -> list[bool]:
        journal.gate.clear()
        first = asyncio.ensure_future(keeper.keep(answer(0)))
        await until(lambda: journal.entered.acquire(blocking=False))
        others = asyncio.ensure_future(keeper.keep_many([answer(n) for n in range(1, 4)]))
        await until(lambda: keeper.describe().waiting == 3)
        journal.gate.set()
        return [await first, *await others]

    assert run(desk, scenario) == [True, True, False, True]
    assert desk.failures() == {"refused": 1.0}
    assert desk.troubles() == {}


def test_only_so_many_answers_wait_for_a_journal_that_is_gone(
    journal: GatedJournal, steady_rules: Any
) -> None:
    desk = Desk(journal, steady_rules, replace(QUICK, most_waiting=5, retry_seconds=60.0))
    journal.fault = JournalTrouble.GONE

    async def scenario(keeper: Keeper) -> None:
        for number in range(8):
            assert not await keeper.keep(answer(number))
        assert keeper.describe().waiting == 5
        journal.fault = None

    run(desk, scenario)
    assert desk.failures() == {"gone": 5.0, "crowded": 3.0}


def test_repeats_are_counted_together_a_little_later(
    journal: GatedJournal, steady_rules: Any
) -> None:
    async def scenario(keeper: Keeper) -> None:
        await keeper.keep_many([answer(0), answer(1)])
        for _ in range(5):
            assert keeper.repeat(answer(0).prediction_id)
        assert keeper.repeat(answer(1).prediction_id, 3)
        assert journal.get(answer(0).prediction_id).n_served == 1
        await until(lambda: journal.get(answer(1).prediction_id).n_served == 4)
        assert journal.get(answer(0).prediction_id).n_served == 6

    run(Desk(journal, steady_rules), scenario)


def test_repeats_outlast_a_failure_and_the_end_of_the_process(
    journal: GatedJournal, steady_rules: Any
) -> None:
    desk = Desk(journal, steady_rules, replace(QUICK, flush_seconds=0.01))

    async def scenario(keeper: Keeper) -> None:
        await keeper.keep(answer(0))
        journal.fault = JournalTrouble.READ_ONLY
        keeper.repeat(answer(0).prediction_id)
        await until(lambda: keeper.trouble is not None)
        keeper.repeat(answer(0).prediction_id)
        journal.fault = None

    run(desk, scenario)
    assert journal.get(answer(0).prediction_id).n_served == 3


def test_a_repeat_of_what_the_journal_lacks_is_to_be_kept_again(
    journal: GatedJournal, steady_rules: Any
) -> None:
    async def scenario(keeper: Keeper) -> None:
        stranger = answer(7).prediction_id
        assert keeper.repeat(stranger)  # nobody can know yet
        await until(lambda: not keeper.repeat(stranger))
        assert await keeper.keep(answer(7))
        assert keeper.repeat(stranger)
        await until(lambda: journal.get(stranger).n_served >= 2)

    run(Desk(journal, steady_rules), scenario)


def test_closing_writes_what_is_in_line_or_gives_up(
    journal: GatedJournal, steady_rules: Any
) -> None:
    options = replace(QUICK, retry_seconds=600.0, closing_seconds=20.0)

    async def scenario(keeper: Keeper) -> None:
        journal.fault = JournalTrouble.GONE
        assert not await keeper.keep(answer(0))

    run(Desk(journal, steady_rules, options), scenario)
    assert kept(journal) == []


def test_an_answer_whose_asker_has_gone_is_still_written(
    journal: GatedJournal, steady_rules: Any
) -> None:
    async def scenario(keeper: Keeper) -> None:
        journal.gate.clear()
        keeping = asyncio.ensure_future(keeper.keep(answer(0)))
        await until(lambda: journal.entered.acquire(blocking=False))
        keeping.cancel()
        journal.gate.set()
        assert await keeper.keep(answer(1))
        assert kept(journal) == [answer(0).prediction_id, answer(1).prediction_id]

    run(Desk(journal, steady_rules), scenario)


def test_the_rules_calibration_is_kept_beside_their_first_answer(
    journal: GatedJournal, steady_rules: Any
) -> None:
    manifest = steady_rules.load().manifest
    by_rules = Source(kind=SourceKind.RULES, state_digest=manifest.state_digest)
    calibrated_since = replace(by_rules, state_digest="f" * 64)

    async def scenario(keeper: Keeper) -> None:
        assert await keeper.keep(answer(0, source=calibrated_since))
        assert journal.state(manifest.state_digest) is None
        assert await keeper.keep(answer(1, source=by_rules))
        assert await keeper.keep(answer(2, source=by_rules))
        assert journal.state(manifest.state_digest) == manifest.state

    run(Desk(journal, steady_rules), scenario)


def with_journal(world: World, journal: Journal | None) -> World:
    return replace(world, ports=replace(world.ports, journal=journal))


@pytest.mark.parametrize("path", ["/v1/predict", "/v1/predict/batch"])
def test_a_response_says_whether_its_answers_are_in_the_journal(
    world: World, journal: GatedJournal, path: str
) -> None:
    body = world.body() if path == "/v1/predict" else {"questions": [world.body()] * 2}
    found = with_journal(world, journal).ask("POST", path, json=body)
    assert (found.status_code, found.headers[JOURNALLED]) == (200, "true")
    journal.fault = JournalTrouble.LOCKED
    found = with_journal(world, journal).ask("POST", path, json=body)
    assert (found.status_code, found.headers[JOURNALLED]) == (200, "false")
    assert JOURNALLED not in with_journal(world, None).ask("POST", path, json=body).headers


def test_status_and_metrics_tell_of_a_journal_that_is_gone_and_of_its_return(
    world: World, tmp_path: Path
) -> None:
    path, elsewhere = tmp_path / "journal.sqlite", tmp_path / "elsewhere.sqlite"
    world = with_journal(world, SqlJournal(path))

    async def scenario(client: httpx.AsyncClient) -> None:
        async def ask() -> str:
            found = await client.post("/v1/predict", json=world.body())
            assert found.status_code == 200
            return str(found.headers[JOURNALLED])

        async def told() -> Any:
            return (await client.get("/v1/status")).json()["journal"]["trouble"]

        assert await ask() == "true"
        assert await told() is None
        path.rename(elsewhere)
        assert [await ask(), await ask()] == ["false", "false"]
        trouble = await told()
        assert (trouble["reason"], trouble["until"]) == ("gone", None)
        assert not path.exists()
        elsewhere.rename(path)
        for _ in range(3000):
            if (await told())["until"] is not None:
                break
            await asyncio.sleep(0.01)
        assert await ask() == "true"
        assert 'bellwether_journal_failures_total{reason="gone"} 2.0' in (
            (await client.get("/metrics")).text
        )

    world.visit(scenario)
    reader = SqlJournal(path)
    assert reader.entries().entries[0].n_served == 4
    reader.verify()
    reader.close()
    world.ports.journal.close()

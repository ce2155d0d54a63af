import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from bellwether.adapters import GroupCommitJournal, MemoryJournal, SqlJournal
from bellwether.service import (
    Direction,
    JournalEntry,
    JournalUnavailable,
    OptionOutOfRange,
    Prediction,
    Rung,
    ServedAnswer,
    Source,
    SourceKind,
)

NOW = np.datetime64("2019-01-02T12:00", "us")


def answer(number: int) -> Prediction:
    return Prediction(
        symbol="A",
        interval="1d",
        as_of=NOW + number,
        horizon_bars=1,
        direction=Direction.HOLD,
        probability_up=None,
        expected_return=None,
        interval_return=None,
        confidence=0.0,
        price=None,
        target=None,
        stop=None,
        regime=None,
        reasons=("because",),
        source=Source(kind=SourceKind.NONE),
        rung=Rung.HOLD,
        fallback_reason=None,
        bars_digest="",
    )


class GatedJournal(MemoryJournal):
    """A journal whose transactions wait until they are let through, and are remembered."""

    __slots__ = ("entered", "error", "gate", "sizes")

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.entered = threading.Semaphore(0)
        self.sizes: list[int] = []
        self.error: BaseException | None = None

    def append_many(self, served: Sequence[ServedAnswer]) -> tuple[JournalEntry, ...]:
        self.entered.release()
        assert self.gate.wait(30)
        self.sizes.append(len(served))
        if self.error is not None:
            raise self.error
        return super().append_many(served)


def wait_until_queued(journal: GroupCommitJournal, count: int) -> None:
    waiter = threading.Event()
    for _ in range(3000):
        if len(journal._queue) == count:
            return
        waiter.wait(0.01)
    raise AssertionError(f"{len(journal._queue)} queued")


@pytest.mark.parametrize("n_threads", [1, 2, 16])
def test_every_answer_of_every_thread_is_durable_when_its_append_returns(
    tmp_path: Path, n_threads: int
) -> None:
    path = tmp_path / "journal.sqlite"
    shared = GroupCommitJournal(SqlJournal(path))
    reader = SqlJournal(path)

    def append(number: int) -> bool:
        entry = shared.append(answer(number), NOW)
        return reader.get(answer(number).prediction_id) == entry

    with ThreadPoolExecutor(n_threads) as pool:
        assert all(pool.map(append, range(200)))
    assert reader.verify().number == 200


def test_answers_that_arrive_together_share_a_transaction() -> None:
    inner = GatedJournal()
    journal = GroupCommitJournal(inner, most_at_once=6)
    with ThreadPoolExecutor(12) as pool:
        first = pool.submit(journal.append, answer(0), NOW)
        assert inner.entered.acquire(timeout=30)
        others = [pool.submit(journal.append, answer(n), NOW) for n in range(1, 10)]
        wait_until_queued(journal, 9)
        inner.gate.set()
        entries = [one.result(30) for one in (first, *others)]
    assert inner.sizes == [1, 6, 3]
    assert [e.prediction_id for e in entries] == [answer(n).prediction_id for n in range(10)]


def test_one_callers_many_answers_are_never_torn() -> None:
    inner = GatedJournal()
    inner.gate.set()
    journal = GroupCommitJournal(inner, most_at_once=2)
    entries = journal.append_many(
        [ServedAnswer(prediction=answer(n), served_at=NOW) for n in range(5)]
    )
    assert inner.sizes == [5]
    assert [entry.number for entry in entries] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("error", [JournalUnavailable("x", "disk full"), KeyboardInterrupt()])
def test_a_failed_transaction_is_told_to_all_who_shared_it_and_the_next_goes_on(
    error: BaseException,
) -> None:
    inner = GatedJournal()
    journal = GroupCommitJournal(inner)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(journal.append, answer(0), NOW)
        assert inner.entered.acquire(timeout=30)
        others = [pool.submit(journal.append, answer(n), NOW) for n in range(1, 4)]
        wait_until_queued(journal, 3)
        inner.error = error
        inner.gate.set()
        found = [one.exception(30) for one in (first, *others)]
    assert sorted({type(one).__name__ for one in found}) == sorted(
        {type(error).__name__, "JournalUnavailable"}
    )
    assert len({id(one) for one in found if isinstance(one, JournalUnavailable)}) >= 3 - (
        not isinstance(error, JournalUnavailable)
    )
    inner.error = None
    assert journal.append(answer(9), NOW).number == 1


def test_a_transaction_holds_at_least_one_answer() -> None:
    with pytest.raises(OptionOutOfRange):
        GroupCommitJournal(MemoryJournal(), most_at_once=0)

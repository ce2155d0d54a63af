"""Keeping: every answer goes into the journal before it goes out, or says that it is not there."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence

import numpy as np

from bellwether.bars import Bars
from bellwether.clock import Clock
from bellwether.http._journal_writer import (
    JournalWriter,
    KeepingOptions,
    Trouble,
    Waiting,
    Written,
    tell_lost,
)
from bellwether.http._keeping_types import JournalTroubleAnswer, KeepingAnswer
from bellwether.http._metrics import Metrics
from bellwether.service import Journal, JournalTrouble, Prediction, RulesSource, ServedAnswer

JOURNALLED = "x-bellwether-journalled"
"""Header of an answer's response: true where it is in the journal, false where nobody knows."""

_LEAST_PATIENCE_SECONDS = 0.02
_MOST_UNKNOWN = 10_000
_log = logging.getLogger(__name__)


class Keeper:
    """Writes answers down through one thread, and knows of each whether it is durable.

    Parameters
    ----------
    journal : Journal
    rules : RulesSource
        Whose calibration is kept beside the rules' own answers, for their replay.
    clock : Clock
    metrics : Metrics
    options : KeepingOptions, optional

    Notes
    -----
    To be used on one event loop at a time. An answer waits for nobody but the transaction that
    makes it durable, which it shares with whatever came in at the same time.

    A journal that fails or is late does not take the answer along: it goes out within its time,
    labelled, and is written once the journal can be written again, as long as it is among the
    last few thousand. While there is trouble nobody waits: answers are put in line and go out
    labelled at once. The next group that is committed ends it.

    Repeats are counted in memory and written every second and at the end. A crash takes the
    counts of the last second; the answers themselves were durable before.
    """

    __slots__ = (
        "_clock",
        "_flushing",
        "_last",
        "_loop",
        "_metrics",
        "_n_missed",
        "_options",
        "_repeats",
        "_trouble",
        "_unknown",
        "_writer",
    )

    def __init__(
        self,
        journal: Journal,
        rules: RulesSource,
        clock: Clock,
        metrics: Metrics,
        options: KeepingOptions | None = None,
    ) -> None:
        self._options = KeepingOptions() if options is None else options
        self._writer = JournalWriter(journal, rules, self._options, self._tell)
        self._clock = clock
        self._metrics = metrics
        self._loop: asyncio.AbstractEventLoop | None = None
        self._trouble: Trouble | None = None
        self._last: JournalTroubleAnswer | None = None
        self._n_missed = 0
        self._repeats: dict[str, tuple[int, np.datetime64]] = {}
        self._flushing: asyncio.TimerHandle | None = None
        self._unknown: dict[str, None] = {}

    async def keep(
        self,
        answer: Prediction,
        seconds: float | None = None,
        stored_window: Bars | None = None,
    ) -> bool:
        """Write an answer down; whether it is known to be durable.

        Parameters
        ----------
        answer : Prediction
        seconds : float, optional
            How long it may wait, a fiftieth of a second at least.
        stored_window : Bars, optional
            The bars it was computed from, to be kept whole.

        Returns
        -------
        is_journalled : bool
            False says that nobody knows yet, and has been counted under its reason.
        """
        loop = self._loop = asyncio.get_running_loop()
        trouble = self._trouble
        served = ServedAnswer(
            prediction=answer, served_at=self._clock.now(), stored_window=stored_window
        )
        waiting = Waiting(served, loop.create_future() if trouble is None else None)
        if not self._writer.put(waiting):
            tell_lost([waiting], JournalTrouble.CROWDED.words)
            return self._miss(JournalTrouble.CROWDED)
        if trouble is not None or waiting.told is None:
            return self._miss(trouble.reason if trouble else JournalTrouble.LATE)
        wanted = self._options.patience_seconds if seconds is None else seconds
        patience = max(wanted, _LEAST_PATIENCE_SECONDS)
        timer = loop.call_later(patience, self._give_up, waiting.told, patience)
        try:
            reason = await waiting.told
        finally:
            timer.cancel()
        return True if reason is None else self._miss(reason)

    async def keep_many(
        self,
        answers: Sequence[Prediction],
        seconds: float | None = None,
        stored_windows: Sequence[Bars | None] = (),
    ) -> Sequence[bool]:
        """Write some answers down together; of each whether it is known to be durable.

        Parameters
        ----------
        answers : sequence of Prediction
        seconds : float, optional
            As for `keep`.
        stored_windows : sequence of Bars or None, optional
            As for `keep`, one an answer.
        """
        windows = stored_windows or [None] * len(answers)
        if len(answers) == 1:  # saves a task
            return [await self.keep(answers[0], seconds, windows[0])]
        pairs = zip(answers, windows, strict=True)
        return await asyncio.gather(*(self.keep(one, seconds, bars) for one, bars in pairs))

    def repeat(self, prediction_id: str, n: int = 1) -> bool:
        """Count an answer that is given again from memory.

        Parameters
        ----------
        prediction_id : str
            Of an answer that `keep` said True of.
        n : int, default 1
            How many times.

        Returns
        -------
        is_journalled : bool
            False where the journal turned out not to have the answer (it was replaced, say):
            nothing is counted, and the answer is to be kept again.
        """
        if prediction_id in self._unknown:
            return False
        now = self._clock.now()
        before, earlier = self._repeats.get(prediction_id, (0, now))
        self._repeats[prediction_id] = (before + n, max(now, earlier))
        if self._flushing is None:
            self._loop = asyncio.get_running_loop()
            self._flushing = self._loop.call_later(self._options.flush_seconds, self._flush)
        return True

    def describe(self) -> KeepingAnswer:
        """Return how it goes, for the service's status."""
        return KeepingAnswer(
            waiting=self._writer.n_waiting, not_journalled=self._n_missed, trouble=self._last
        )

    @property
    def trouble(self) -> str | None:
        """What is the matter, in words, or None."""
        found = self._trouble
        return None if found is None else f"{found.reason.words} ({found.detail})"

    async def close(self) -> None:
        """Write what is left, within a few seconds."""
        if self._flushing is not None:
            self._flushing.cancel()
            self._flush()
        await asyncio.to_thread(self._writer.close, self._options.closing_seconds)

    def _miss(self, reason: JournalTrouble) -> bool:
        self._n_missed += 1
        self._metrics.note_journal_failure(reason.value)
        return False

    def _give_up(self, told: "asyncio.Future[JournalTrouble | None]", seconds: float) -> None:
        if not told.done():
            told.set_result(JournalTrouble.LATE)
            detail = f"no word from it within {seconds:g} s"
            self._note(Trouble(reason=JournalTrouble.LATE, detail=detail))

    def _flush(self) -> None:
        self._flushing = None
        repeats, self._repeats = self._repeats, {}
        self._writer.count(repeats)

    def _tell(self, written: Written) -> None:
        """Take the writer's word over to the event loop, where one still runs."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._hear, written)

    def _hear(self, written: Written) -> None:
        trouble = written.trouble
        for waiting in written.group:
            if waiting.told is not None and not waiting.told.done():
                waiting.told.set_result(None if trouble is None else trouble.reason)
        for key in written.unknown:
            self._unknown[key] = None
        while len(self._unknown) > _MOST_UNKNOWN:
            self._unknown.pop(next(iter(self._unknown)))
        if trouble is None:
            self._recover(written)
        elif trouble.reason is not JournalTrouble.REFUSED:
            self._note(trouble)

    def _recover(self, written: Written) -> None:
        for waiting in written.group if self._unknown else ():
            self._unknown.pop(waiting.prediction_id, None)
        if self._trouble is not None and self._last is not None:
            self._trouble = None
            self._last.until = f"{self._clock.now()}Z"
            _log.info("reason=journal_recovered: answers are written down again")

    def _note(self, trouble: Trouble) -> None:
        before = self._trouble
        # What is late in times of trouble is late because of it.
        if before is not None and trouble.reason in {before.reason, JournalTrouble.LATE}:
            return
        self._trouble = trouble
        now, reason = self._clock.now(), trouble.reason
        self._last = JournalTroubleAnswer(
            reason=reason, detail=trouble.detail, since=f"{now}Z", until=None
        )
        self._metrics.note_journal_trouble(reason.value, trouble.detail, now)
        _log.warning("reason=journal_%s: %s (%s)", reason.value, reason.words, trouble.detail)

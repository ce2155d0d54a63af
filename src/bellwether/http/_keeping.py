"""Keeping: every answer goes into the journal before it goes out."""

import asyncio
import logging

from bellwether.clock import Clock
from bellwether.errors import BellwetherError
from bellwether.service import Journal, Prediction, RulesSource, SourceKind

_log = logging.getLogger(__name__)


class Keeper:
    """Appends answers to a journal off the event loop.

    Parameters
    ----------
    journal : Journal
        One that shares a commit among many threads answers most requests a second.
    rules : RulesSource
        Whose calibration is kept beside the rules' own answers, for their replay.
    clock : Clock
    patience_seconds : float
        How long an answer waits for its place in the journal.

    Notes
    -----
    A journal that fails or is late does not take the answer along; the log says which answer
    is missing and why.
    """

    __slots__ = ("_clock", "_journal", "_patience_seconds", "_rules")

    def __init__(
        self, journal: Journal, rules: RulesSource, clock: Clock, patience_seconds: float
    ) -> None:
        self._journal = journal
        self._rules = rules
        self._clock = clock
        self._patience_seconds = patience_seconds

    async def keep(self, answer: Prediction) -> None:
        """Append an answer, durably where it returns without a word in the log."""
        try:
            async with asyncio.timeout(self._patience_seconds):
                await asyncio.to_thread(self._append, answer)
        except (BellwetherError, OSError) as error:  # a time-out is an OSError
            _log.warning(
                "reason=journal_unavailable prediction=%s: %s", answer.prediction_id, error
            )

    def _append(self, answer: Prediction) -> None:
        by_rules = answer.source.kind is SourceKind.RULES
        state = self._rules.load().manifest.state if by_rules else None
        self._journal.append(answer, self._clock.now(), state=state)

"""Checks of the whole journal: off the event loop, one at a time, never waited for too long."""

import asyncio
from dataclasses import dataclass

import numpy as np

from bellwether.clock import Clock
from bellwether.http._journal_errors import CheckUnderway
from bellwether.service import Journal, JournalHead, JournalTampered


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check of the chain came to.

    Parameters
    ----------
    started_at : numpy.datetime64
        UTC instant from which on records were read.
    head : JournalHead or None
        The sound end of the chain.
    fault : JournalTampered or None
    """

    started_at: np.datetime64
    head: JournalHead | None
    fault: JournalTampered | None = None


class Verifier:
    """Verifies a journal for whoever asks.

    Parameters
    ----------
    journal : Journal
    clock : Clock
    patience_seconds : float
        How long one request waits. The check goes on, and its result is kept for the next.

    Notes
    -----
    To be used on one event loop.
    """

    __slots__ = ("_clock", "_journal", "_patience_seconds", "_underway")

    def __init__(self, journal: Journal, clock: Clock, patience_seconds: float) -> None:
        self._journal = journal
        self._clock = clock
        self._patience_seconds = patience_seconds
        self._underway: tuple[JournalHead | None, asyncio.Task[Finding]] | None = None

    async def verify(self, head: JournalHead | None) -> Finding:
        """Return what a check finds, this one's or one still under way with the same head.

        Raises
        ------
        CheckUnderway
            If it takes longer than the patience, or another one is under way.
        JournalUnavailable
            If the journal cannot be read.
        """
        if self._underway is None:
            check = asyncio.create_task(asyncio.to_thread(self._check, head))
            self._underway = (head, check)
        asked, check = self._underway
        if asked != head and not check.done():
            raise CheckUnderway(self._patience_seconds)
        if asked != head:
            self._underway = None
            return await self.verify(head)
        try:
            async with asyncio.timeout(self._patience_seconds):
                await asyncio.wait([check])
        except TimeoutError as error:
            raise CheckUnderway(self._patience_seconds) from error
        if self._underway == (head, check):
            self._underway = None
        return check.result()

    def _check(self, head: JournalHead | None) -> Finding:
        started_at = self._clock.now()
        try:
            return Finding(started_at=started_at, head=self._journal.verify(head))
        except JournalTampered as fault:
            return Finding(started_at=started_at, head=None, fault=fault)

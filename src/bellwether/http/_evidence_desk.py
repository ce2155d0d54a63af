"""The evidence desk at the door: one question at a time, and plans remembered."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from bellwether.hashing import canonical_json
from bellwether.http._errors import TooBusy
from bellwether.service import EvidenceDesk, EvidenceQuestion

MOST_WAITING = 32
_MOST_KEPT = 256


class Desk:
    """Asks the evidence desk off the event loop.

    Parameters
    ----------
    desk : EvidenceDesk

    Notes
    -----
    To be used on one event loop. One question is with the desk at a time: the threads of this
    process are for those who want predictions.
    """

    def __init__(self, desk: EvidenceDesk) -> None:
        self._desk = desk
        self._turn = asyncio.Lock()
        self._n_waiting = 0
        self._kept: OrderedDict[str, Mapping[str, Any]] = OrderedDict()

    async def ask(self, question: EvidenceQuestion, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the answer to a question.

        Raises
        ------
        TooBusy
            If too many wait for theirs already.
        """
        if self._n_waiting >= MOST_WAITING:
            raise TooBusy(MOST_WAITING)
        self._n_waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(self._desk.ask, question, asked)
        finally:
            self._n_waiting -= 1

    async def ask_once(
        self, question: EvidenceQuestion, asked: Mapping[str, Any], when: str
    ) -> Mapping[str, Any]:
        """Return the answer to a question that has the same answer for some time.

        Parameters
        ----------
        question : EvidenceQuestion
        asked : mapping
        when : str
            The time: what was answered at another is asked again.
        """
        key = canonical_json([question.value, dict(asked), when])
        if key not in self._kept:
            self._kept[key] = await self.ask(question, asked)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]

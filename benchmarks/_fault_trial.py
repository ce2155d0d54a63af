"""The trial of a service by one fault: asked before, during and after, and every answer judged."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from _clients import Clients, Exchange
from _crafted import recent_bars
from _fault_site import FaultCase, Site
from _judging import Judge, is_champions, models_of, reasons_of
from _questions import Question, ask_all

BUDGET_SECONDS = 0.25
# What the loopback, the clients and a core that is shared with them may add.
MORE_SECONDS = 0.10
_N_CALM = 48
# Answers by symbol may be given again for a second.
_SETTLING_SECONDS = 1.6
_REPEAT_SECONDS = 0.05
_LATE = "time_budget_exceeded"


@dataclass(kw_only=True)
class Finding:
    """What a case came to.

    Parameters
    ----------
    case : FaultCase
    recovery_seconds : float
        Infinite where the champion did not come back in time.
    exchanges : list of Exchange
        Made while the cause was there.
    faults : list of str
        Whatever was wrong with any answer of the case.
    n_judged, n_invalid : int
        Exchanges of the whole case.
    """

    case: FaultCase
    recovery_seconds: float = np.inf
    exchanges: list[Exchange] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    n_judged: int = 0
    n_invalid: int = 0

    @property
    def name(self) -> str:
        """Group and name."""
        return name_of(self.case)

    @property
    def reasons(self) -> Counter[str]:
        """How many requests were answered for which reasons."""
        return Counter(
            "champion" if reason is None else reason
            for one in self.exchanges
            if one.status == 200
            for reason in reasons_of(one)
        )

    @property
    def n_in_time(self) -> int:
        """Exchanges that were over in time."""
        return sum(one.seconds <= BUDGET_SECONDS + MORE_SECONDS for one in self.exchanges)

    @property
    def n_unjournalled(self) -> int:
        """Answers that say that they are not in the journal."""
        return sum(one.is_journalled is False for one in self.exchanges)

    def quantile_ms(self, share: float) -> float:
        """Return a quantile of the time an exchange took."""
        seconds = [one.seconds for one in self.exchanges] or [np.inf]
        return 1e3 * float(np.quantile(seconds, share))


def name_of(case: FaultCase) -> str:
    """Return a case's full name."""
    return f"{case.group}: {case.name}"


def choose_questions(case: FaultCase, sound: Sequence[Question]) -> list[Question]:
    """Return what is asked while the cause is there."""
    return [*(case.wrong or [one for one in sound if not one.kind.startswith("symbol")]),
            *(one for one in sound if one.kind.startswith("symbol"))]  # fmt: skip


@contextlib.asynccontextmanager
async def repeating(case: FaultCase, site: Site) -> AsyncIterator[None]:
    """Do again and again what a case wants done again and again."""
    if case.repeat is None:
        yield
        return
    again, is_over = case.repeat, False

    def repeat() -> None:
        while not is_over:
            again(site)
            time.sleep(_REPEAT_SECONDS)

    going = asyncio.create_task(asyncio.to_thread(repeat))
    try:
        yield
    finally:
        is_over = True
        await going


class Trial:
    """One case on its way.

    Parameters
    ----------
    case : FaultCase
    site : Site
    n_requests, n_clients, seed : int
    """

    def __init__(
        self, case: FaultCase, site: Site, *, n_requests: int, n_clients: int, seed: int
    ) -> None:
        self._case = case
        self._site = site
        self._n_requests = n_requests
        self._sound = ask_all(recent_bars())
        port = site.server.port
        self._calm = Clients(port, self._sound, n_clients=n_clients, seed=seed)
        asked = choose_questions(case, self._sound)
        self._harsh = Clients(port, asked, n_clients=n_clients, seed=seed + 1)
        self._judge = Judge(models=site.models)
        self._finding = Finding(case=case)

    async def run(self) -> Finding:
        """Ask before, during and after, and return what was found."""
        case = self._case
        await self._wait_for_champion(30.0)
        self._judge_all(await self._calm.ask(_N_CALM), {None})
        await asyncio.to_thread(case.break_it, self._site)
        try:
            async with repeating(case, self._site):
                over_at = time.perf_counter() + _SETTLING_SECONDS
                settling = await self._harsh.ask_while(lambda: time.perf_counter() < over_at)
                self._judge_all(settling, case.allowed | {None})
                self._finding.exchanges = await self._harsh.ask(self._n_requests)
        finally:
            await asyncio.to_thread(case.mend, self._site)
            await asyncio.to_thread(self._site.release)
        self._judge_all(self._finding.exchanges, case.allowed, by_reason=True)
        seen = {reason for one in self._finding.exchanges for reason in reasons_of(one)}
        seen |= {reason for one in settling for reason in reasons_of(one)}
        if not case.shows & seen:
            self._finding.faults.append(f"the fault did not show: {sorted(map(str, seen))}")
        if case.group == "journal" and not self._finding.n_unjournalled:
            self._finding.faults.append("the fault did not show: every answer was journalled")
        others = {who for one in self._finding.exchanges for who in models_of(one)}
        if case.answered_by is not None and others - {case.answered_by}:
            self._finding.faults.append(f"answered by {others}")
            self._finding.n_invalid += 1
        self._finding.recovery_seconds = await self._wait_for_champion(case.patience_seconds)
        return self._finding

    async def _wait_for_champion(self, seconds: float) -> float:
        """Return the time until the champion has answered every kind of question, written down."""
        missing = {one.kind for one in self._sound}
        begun = time.perf_counter()
        last = begun

        def note(exchange: Exchange) -> bool:
            nonlocal last
            kept = exchange.is_journalled is not False
            if kept and is_champions(exchange) and exchange.question.kind in missing:
                missing.discard(exchange.question.kind)
                last = exchange.received_at
            if time.perf_counter() - begun > 10.0:
                self._calm.pause_seconds = 0.2
            return not missing

        found = await self._calm.ask_until(note, seconds)
        self._calm.pause_seconds = 0.0
        self._judge_all(found, self._case.allowed | {None, "inference_process_down"})
        return np.inf if missing else last - begun

    def _judge_all(
        self, found: list[Exchange], allowed: set[str | None] | frozenset[str | None],
        *, by_reason: bool = False,
    ) -> None:  # fmt: skip
        for one in found:
            faults = self._judge.find_faults(one)
            if not faults:
                mine = allowed
                if by_reason and self._case.wrong and not one.question.is_wrong:
                    mine = frozenset({None})  # the stored bars are sound
                others = reasons_of(one) - mine - {_LATE}
                faults = [f"reason {other}" for other in others]
            self._finding.n_judged += 1
            self._finding.n_invalid += bool(faults)
            self._finding.faults += [f"{one.question.kind}: {fault}" for fault in faults[:3]]

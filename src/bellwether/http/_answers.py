"""Answers in memory: computed on stored bars, kept as bytes, computed anew before they are old."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import TypeAlias

from bellwether.answering import Answerer
from bellwether.clock import Clock
from bellwether.http._keeping import Keeper
from bellwether.http._markets import Markets
from bellwether.http._metrics import Metrics
from bellwether.http._options import HttpOptions
from bellwether.service import Prediction, Question, StoredMarket, UnknownSymbol

Asked: TypeAlias = tuple[str, str, int, bool]
"""Symbol, interval, horizon, and whether it is asked why."""

# Of the time an answer holds, the part after which it is computed anew behind the scenes.
_RENEW_FRAC = 0.8
_NEVER = float("-inf")
# Repeats are told together: each by itself would take as long as all else of its request.
_TELL_SECONDS = 0.5
_GATHER_SECONDS = 0.01


class HeldAnswer:
    """The answer about one market, as it is sent.

    Attributes
    ----------
    asked : (symbol, interval, horizon_bars, why)
    body : bytes
        JSON.
    etag : bytes
    prediction : Prediction or None
        None where the market is unknown, or nothing was computed yet.
    error : UnknownSymbol or None
    """

    __slots__ = (
        "asked",
        "body",
        "error",
        "etag",
        "holds_until",
        "is_kept",
        "is_unserved",
        "n_repeats",
        "prediction",
        "renews_at",
        "task",
    )

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.body = self.etag = b""
        self.prediction: Prediction | None = None
        self.error: UnknownSymbol | None = None
        self.holds_until = self.renews_at = _NEVER
        self.is_kept = False
        self.is_unserved = False
        self.n_repeats = 0
        self.task: asyncio.Task[None] | None = None

    def take(self, prediction: Prediction) -> None:
        """Become another answer, or the same anew."""
        self.error = None
        self.prediction = prediction
        self.body = prediction.encode()
        # An explanation that was late is there the next time: another text of the same answer.
        n_told = b"-%d" % len(prediction.contributions) if prediction.contributions else b""
        self.etag = b'W/"%b%b"' % (prediction.prediction_id.encode("ascii"), n_told)


class Answers:
    """Answers about stored markets, each held for a short time.

    Parameters
    ----------
    markets : Markets
    answerer : Answerer
    keeper : Keeper or None
        Writes answers down before they are sent.
    clock : Clock
    options : HttpOptions
    metrics : Metrics

    Notes
    -----
    To be used on one event loop. An answer holds for `symbol_seconds`; from four fifths of that
    on the next request has it computed anew, and is answered with the one that holds. Where none
    holds, all who ask wait for the same computation. So whatever an answer rests on - bars,
    champion, rules, the time - shows in it within `symbol_seconds`, at one computation a market.
    Answers that grow old at the same time are computed as one batch.
    """

    def __init__(
        self,
        *,
        markets: Markets,
        answerer: Answerer,
        keeper: Keeper | None,
        clock: Clock,
        options: HttpOptions,
        metrics: Metrics,
    ) -> None:
        self._markets = markets
        self._answerer = answerer
        self._keeper = keeper
        self._clock = clock
        self._options = options
        self._metrics = metrics
        self._held: OrderedDict[Asked, HeldAnswer] = OrderedDict()
        self._under_way: dict[Asked, HeldAnswer] = {}
        self._n_forgotten = 0
        self._due: dict[Asked, HeldAnswer] = {}
        self._is_closed = False
        self._telling: asyncio.TimerHandle | None = None

    async def get(self, asked: Asked) -> HeldAnswer:
        """Return the answer about a market: one that holds, or a new one.

        Parameters
        ----------
        asked : (symbol, interval, horizon_bars, why)

        Notes
        -----
        Where the market is unknown, the answer's error says so.
        """
        held = self._held.get(asked)
        if held is not None:
            self._held.move_to_end(asked)
            now = asyncio.get_running_loop().time()
            if now < held.holds_until:
                if now >= held.renews_at and held.task is None:
                    self._renew_soon(held)
                return held
        [answer] = await self.get_many([asked])
        return answer

    async def get_many(self, asked: Sequence[Asked]) -> list[HeldAnswer]:
        """Return the answers about several markets, in the order asked.

        Parameters
        ----------
        asked : sequence of (symbol, interval, horizon_bars, why)
        """
        now = asyncio.get_running_loop().time()
        found = [self._held.get(one) or self._under_way.get(one) or one for one in asked]
        fresh = {one: HeldAnswer(one) for one in found if isinstance(one, tuple)}
        answers = [fresh[one] if isinstance(one, tuple) else one for one in found]
        late = [one for one in dict.fromkeys(answers) if now >= one.holds_until]
        idle = [one for one in late if one.task is None]
        if idle:
            self._begin(idle)
        for task in {one.task for one in late if one.task is not None}:
            await asyncio.shield(task)
        return answers

    def count(self, answer: HeldAnswer) -> bool | None:
        """Count an answer that is about to be sent; whether it is known to be in the journal.

        Returns
        -------
        is_journalled : bool or None
            None where there is no journal, or no answer.
        """
        if answer.prediction is None:
            return None
        self._metrics.note_served(answer.prediction)
        if self._keeper is None:
            return None
        if answer.is_unserved:
            answer.is_unserved = False  # its place in the journal counts it already
        elif answer.is_kept:
            answer.n_repeats += 1
            if self._telling is None:
                loop = asyncio.get_running_loop()
                self._telling = loop.call_later(_TELL_SECONDS, self._tell_repeats)
        return answer.is_kept

    def forget(self) -> None:
        """Compute every answer anew when it is next asked for: who serves, or what, has changed."""
        self._n_forgotten += 1
        for answer in self._held.values():
            answer.holds_until = _NEVER

    def close(self) -> None:
        """Compute nothing any more; repeats are told to the journal's keeper."""
        self._is_closed = True
        if self._telling is not None:
            self._telling.cancel()
            self._tell_repeats()
        for answer in (*self._held.values(), *self._under_way.values()):
            if answer.task is not None:
                answer.task.cancel()
        self._markets.close()

    def _renew_soon(self, answer: HeldAnswer) -> None:
        """Compute an answer anew together with the others that are due in this moment."""
        if not self._due:
            asyncio.get_running_loop().call_later(_GATHER_SECONDS, self._renew_due)
        self._due[answer.asked] = answer

    def _renew_due(self) -> None:
        due, self._due = self._due, {}
        idle = [answer for answer in due.values() if answer.task is None]
        if idle and not self._is_closed:
            self._begin(idle)

    def _tell_repeats(self) -> None:
        self._telling = None
        for answer in self._held.values():
            self._tell(answer)

    def _tell(self, answer: HeldAnswer) -> None:
        """Tell how often an answer was given again, before it becomes another one or is let go."""
        n_repeats, answer.n_repeats = answer.n_repeats, 0
        if not n_repeats or answer.prediction is None or self._keeper is None:
            return
        if not self._keeper.repeat(answer.prediction.prediction_id, n_repeats):
            answer.is_kept = False  # the journal lost it: it is to be written down again
            answer.holds_until = _NEVER

    def _begin(self, answers: Sequence[HeldAnswer]) -> None:
        task = asyncio.ensure_future(self._renew(answers))
        for answer in answers:
            answer.task = task
            self._under_way[answer.asked] = answer

    async def _renew(self, answers: Sequence[HeldAnswer]) -> None:
        started = asyncio.get_running_loop().time()
        n_forgotten = self._n_forgotten
        try:
            known = []
            markets = await self._markets.find([one.asked[:2] for one in answers])
            for answer, market in zip(answers, markets, strict=True):
                if isinstance(market, UnknownSymbol):
                    answer.error = market
                else:
                    known.append((answer, market))
            await self._compute(known, started)
            for answer, _ in known:
                if n_forgotten == self._n_forgotten:
                    answer.renews_at = started + _RENEW_FRAC * self._options.symbol_seconds
                    answer.holds_until = started + self._options.symbol_seconds
                self._hold(answer)
        finally:
            for answer in answers:
                answer.task = None
                self._under_way.pop(answer.asked, None)

    def _hold(self, answer: HeldAnswer) -> None:
        self._held[answer.asked] = answer
        self._held.move_to_end(answer.asked)
        while len(self._held) > self._options.symbols_in_memory:
            _, gone = self._held.popitem(last=False)
            self._tell(gone)

    async def _compute(
        self, known: Sequence[tuple[HeldAnswer, StoredMarket]], started: float
    ) -> None:
        predictions = await self._ask([(answer.asked[2:], market) for answer, market in known])
        seconds = asyncio.get_running_loop().time() - started
        for prediction in predictions:
            self._metrics.note_computed(prediction, seconds, self._clock.now())
        left = self._options.time_budget_seconds - seconds
        pairs = zip((answer for answer, _ in known), predictions, strict=True)
        await asyncio.gather(*(self._keep(answer, one, left) for answer, one in pairs))

    async def _ask(
        self, asked: Sequence[tuple[tuple[int, bool], StoredMarket]]
    ) -> list[Prediction]:
        """Return an answer about each market, asking models only where anybody may answer."""
        held = [market.hold(horizon) for (horizon, _), market in asked]
        open_places = [place for place, one in enumerate(held) if one is None]
        questions = [self._question(*asked[place]) for place in open_places]
        if len(questions) == 1:
            given: Sequence[Prediction] = [await self._answerer.answer(questions[0])]
        else:
            given = await self._answerer.answer_many(questions) if questions else ()
        labelled = (
            asked[place][1].label(one) for place, one in zip(open_places, given, strict=True)
        )
        return [next(labelled) if one is None else one for one in held]

    def _question(self, asked: tuple[int, bool], market: StoredMarket) -> Question:
        horizon_bars, why = asked
        return market.ask(horizon_bars, self._options.why_seconds if why else None)

    async def _keep(self, answer: HeldAnswer, prediction: Prediction, seconds: float) -> None:
        """Write an answer down where it is a new one, and only then take it up."""
        before = answer.prediction
        same = before is not None and before.prediction_id == prediction.prediction_id
        if not same:
            self._tell(answer)
        if not (same and answer.is_kept):
            if self._keeper is not None:
                answer.is_kept = await self._keeper.keep(prediction.without_why, seconds)
            answer.is_unserved = True
        answer.take(prediction)

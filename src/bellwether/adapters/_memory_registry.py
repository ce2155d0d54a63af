"""The registry's twin in memory: for studies, demonstrations and tests."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bellwether.clock import Clock
from bellwether.registry import (
    MarketKey,
    ModelExists,
    ModelRecord,
    Move,
    Serving,
    Stage,
    UnknownModel,
    find_serving,
    plan_exit,
    plan_promotion,
    plan_registration,
    plan_renewal,
    plan_rollback,
    verdict_data,
)

if TYPE_CHECKING:
    # A service that only reads the registry must not pay for the gate's libraries.
    from bellwether.validation import Verdict


class MemoryRegistry:
    """A registry that forgets at the end of the process; treaty as `Registry`.

    Parameters
    ----------
    clock : Clock
        Dates the moves.
    """

    __slots__ = ("_clock", "_guard", "_moves", "_records")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._records: dict[str, ModelRecord] = {}
        self._moves: list[Move] = []
        self._guard = threading.RLock()

    def register(self, record: ModelRecord) -> ModelRecord:
        """Remember a new model as CANDIDATE or REFUSED and return it as remembered."""
        with self._guard:
            known = self._records.get(record.model_id)
            if known is not None:
                if not known.same_model(record):
                    raise ModelExists(record.model_id)
                return known
            move = plan_registration(record, at=self._clock.now())
            self._records[record.model_id] = replace(
                record, registered_at=move.at, changed_at=move.at
            )
            self._moves.append(move)
            return self._records[record.model_id]

    def get(self, model_id: str) -> ModelRecord:
        """Return one model."""
        with self._guard:
            if model_id not in self._records:
                raise UnknownModel(model_id, list(self._records))
            return self._records[model_id]

    def records(self) -> Sequence[ModelRecord]:
        """Return every model, in the order of registration."""
        with self._guard:
            return tuple(self._records.values())

    def serving(self, market: MarketKey) -> Serving:
        """Return the champion and the previous champion of a market, read at one instant."""
        stages = {r.stage: r for r in self.records() if r.market == market}
        return Serving(champion=stages.get(Stage.CHAMPION), previous=stages.get(Stage.PREVIOUS))

    def serving_symbol(self, symbol: str, interval: str, horizon_bars: int) -> Serving:
        """Return the models that may answer for a symbol (see `find_serving`)."""
        return find_serving(self.records(), symbol, interval, horizon_bars)

    def promote(self, model_id: str, verdict: "Verdict", *, reason: str) -> ModelRecord:
        """Make a candidate the champion of its market; the champion becomes the previous one."""
        with self._guard:
            record = self.get(model_id)
            serving = self.serving(record.market)
            self._apply(
                plan_promotion(record, serving, verdict, at=self._clock.now(), reason=reason)
            )
            return self.get(model_id)

    def renew(self, model_id: str, *, reason: str) -> ModelRecord:
        """Make a later fit of the champion's own pipeline the champion, on the same verdict."""
        with self._guard:
            record = self.get(model_id)
            serving = self.serving(record.market)
            self._apply(plan_renewal(record, serving, at=self._clock.now(), reason=reason))
            return self.get(model_id)

    def refuse(self, model_id: str, verdict: "Verdict | None", *, reason: str) -> ModelRecord:
        """Mark a candidate as refused, with the verdict that did."""
        with self._guard:
            at = self._clock.now()
            move = plan_exit(self.get(model_id), Stage.REFUSED, at=at, reason=reason)
            self._apply((replace(move, verdict=verdict_data(verdict)),))
            return self.get(model_id)

    def roll_back(self, market: MarketKey, *, reason: str) -> Serving:
        """Retire a market's champion, bring the previous one back, return who serves now."""
        with self._guard:
            self._apply(plan_rollback(self.serving(market), at=self._clock.now(), reason=reason))
            return self.serving(market)

    def retire(self, model_id: str, *, reason: str) -> ModelRecord:
        """Take a model out of service for good."""
        with self._guard:
            at = self._clock.now()
            self._apply((plan_exit(self.get(model_id), Stage.RETIRED, at=at, reason=reason),))
            return self.get(model_id)

    def history(self) -> Sequence[Move]:
        """Return every move ever made, oldest first."""
        with self._guard:
            return tuple(self._moves)

    def _apply(self, moves: Sequence[Move]) -> None:
        changed = {move.model_id: self._records[move.model_id].after(move) for move in moves}
        self._records |= changed
        self._moves.extend(moves)

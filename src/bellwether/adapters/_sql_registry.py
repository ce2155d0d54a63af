"""The registry in an SQL database: SQLite in a file by default, others by URL."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import sqlalchemy as sa

from bellwether.adapters._database import Database, retried
from bellwether.adapters._serving_memory import ServingMemory
from bellwether.adapters._sql_tables import REGISTRY, models, moves
from bellwether.clock import Clock
from bellwether.hashing import canonical_json
from bellwether.registry import (
    BadModelId,
    MarketKey,
    ModelExists,
    ModelRecord,
    Move,
    RegistryUnavailable,
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


class _DamagedRow(Exception):
    pass


_SERVING = (Stage.CHAMPION, Stage.PREVIOUS)


class SqlRegistry:
    """A registry in an SQL database; treaty as `Registry`.

    Parameters
    ----------
    place : pathlib.Path or str
        A file for SQLite, made if need be with its folder; or a URL of SQLite or PostgreSQL
        ("postgresql://...").
    clock : Clock
        Dates the moves.
    opens_late : bool, default False
        Do not raise where the database cannot be opened now: each use tries again.

    Raises
    ------
    RegistryUnavailable
        By any method, if the database cannot be opened, read or written, or a later version
        of bellwether made it.

    Notes
    -----
    Writers wait for each other, readers never (see `Database`). An older schema is upgraded, a
    file that may not be written is read. Besides, an index allows one champion and one
    previous champion a market, so that not even a stranger's SQL can seat two.

    Cost: a read about 0.3 ms, who serves a symbol about 15 microseconds while nobody writes
    (see `ServingMemory`), a promotion a few ms (the disk's fsync).
    """

    __slots__ = ("_clock", "_database", "_memory")

    def __init__(self, place: Path | str, clock: Clock, *, opens_late: bool = False) -> None:
        self._clock = clock
        self._database = Database(place, REGISTRY, opens_late=opens_late)
        self._memory: ServingMemory[tuple[str, str, int], Serving]
        self._memory = ServingMemory(self._database.file)

    def close(self) -> None:
        """Let go of the database; the registry may be used again and will connect anew."""
        self._memory.close()
        self._database.close()

    @retried
    def register(self, record: ModelRecord) -> ModelRecord:
        """Remember a new model as CANDIDATE or REFUSED and return it as remembered."""
        with self._writing() as connection:
            known = _find(connection, record.model_id)
            if known is not None:
                if not known.same_model(record):
                    raise ModelExists(record.model_id)
                return known
            move = plan_registration(record, at=self._clock.now())
            new = replace(record, registered_at=move.at, changed_at=move.at)
            connection.execute(sa.insert(models).values(**_model_row(new)))
            connection.execute(sa.insert(moves).values(**_move_row(move)))
            return new

    @retried
    def get(self, model_id: str) -> ModelRecord:
        """Return one model."""
        with self._reading() as connection:
            return _get(connection, model_id)

    @retried
    def records(self) -> Sequence[ModelRecord]:
        """Return every model, in the order of registration."""
        with self._reading() as connection:
            return _select(connection)

    @retried
    def serving(self, market: MarketKey) -> Serving:
        """Return the champion and the previous champion of a market, read at one instant."""
        with self._reading() as connection:
            return _serving(connection, market)

    @retried
    def serving_symbol(self, symbol: str, interval: str, horizon_bars: int) -> Serving:
        """Return the models that may answer for a symbol (see `find_serving`)."""
        asked = (symbol, interval, horizon_bars)
        return self._memory.find(asked, lambda: self._read_serving(*asked))

    def _read_serving(self, symbol: str, interval: str, horizon_bars: int) -> Serving:
        with self._reading() as connection:
            records = _select(
                connection,
                models.c.stage.in_(_SERVING),
                models.c.interval == interval,
                models.c.horizon_bars == horizon_bars,
            )
        return find_serving(records, symbol, interval, horizon_bars)

    @retried
    def promote(self, model_id: str, verdict: "Verdict", *, reason: str) -> ModelRecord:
        """Make a candidate the champion of its market; the champion becomes the previous one."""
        with self._writing() as connection:
            record = _get(connection, model_id)
            serving = _serving(connection, record.market)
            at = self._clock.now()
            _apply(connection, plan_promotion(record, serving, verdict, at=at, reason=reason))
            return _get(connection, model_id)

    @retried
    def renew(self, model_id: str, *, reason: str) -> ModelRecord:
        """Make a later fit of the champion's own pipeline the champion, on the same verdict."""
        with self._writing() as connection:
            record = _get(connection, model_id)
            serving = _serving(connection, record.market)
            _apply(connection, plan_renewal(record, serving, at=self._clock.now(), reason=reason))
            return _get(connection, model_id)

    @retried
    def refuse(self, model_id: str, verdict: "Verdict | None", *, reason: str) -> ModelRecord:
        """Mark a candidate as refused, with the verdict that did."""
        return self._leave(model_id, Stage.REFUSED, reason, verdict_data(verdict))

    @retried
    def roll_back(self, market: MarketKey, *, reason: str) -> Serving:
        """Retire a market's champion, bring the previous one back, return who serves now."""
        with self._writing() as connection:
            at = self._clock.now()
            plan = plan_rollback(_serving(connection, market), at=at, reason=reason)
            _apply(connection, plan)
            return _serving(connection, market)

    @retried
    def retire(self, model_id: str, *, reason: str) -> ModelRecord:
        """Take a model out of service for good."""
        return self._leave(model_id, Stage.RETIRED, reason, None)

    @retried
    def history(self) -> Sequence[Move]:
        """Return every move ever made, oldest first."""
        with self._reading() as connection:
            rows = connection.execute(sa.select(moves).order_by(moves.c.number))
            return tuple(_move(row) for row in rows.mappings())

    def _leave(
        self, model_id: str, stage: Stage, reason: str, verdict: Mapping[str, object] | None
    ) -> ModelRecord:
        with self._writing() as connection:
            at = self._clock.now()
            move = plan_exit(_get(connection, model_id), stage, at=at, reason=reason)
            _apply(connection, (replace(move, verdict=verdict),))
            return _get(connection, model_id)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with self._undamaged(), self._database.reading() as connection:
            yield connection

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with self._undamaged(), self._database.writing() as connection:
            yield connection

    @contextlib.contextmanager
    def _undamaged(self) -> Iterator[None]:
        try:
            yield
        except _DamagedRow as error:
            raise RegistryUnavailable(self._database.name, str(error)[:200]) from error


def _select(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> tuple[ModelRecord, ...]:
    rows = connection.execute(sa.select(models).where(*where).order_by(models.c.number))
    return tuple(_record(row) for row in rows.mappings())


def _find(connection: sa.Connection, model_id: str) -> ModelRecord | None:
    return next(iter(_select(connection, models.c.model_id == model_id)), None)


def _get(connection: sa.Connection, model_id: str) -> ModelRecord:
    record = _find(connection, model_id)
    if record is None:
        raise UnknownModel(model_id, [known.model_id for known in _select(connection)])
    return record


def _serving(connection: sa.Connection, market: MarketKey) -> Serving:
    found = _select(
        connection,
        models.c.stage.in_(_SERVING),
        models.c.universe == market.universe,
        models.c.interval == market.interval,
        models.c.horizon_bars == market.horizon_bars,
    )
    stages = {record.stage: record for record in found}
    return Serving(champion=stages.get(Stage.CHAMPION), previous=stages.get(Stage.PREVIOUS))


def _apply(connection: sa.Connection, plan: Sequence[Move]) -> None:
    for move in plan:
        moved = _get(connection, move.model_id).after(move)
        changed = {name: _model_row(moved)[name] for name in ("stage", "changed_at", "verdict")}
        connection.execute(
            sa.update(models).where(models.c.model_id == move.model_id).values(**changed)
        )
        connection.execute(sa.insert(moves).values(**_move_row(move)))


def _model_row(record: ModelRecord) -> dict[str, Any]:
    return {
        "model_id": record.model_id,
        "universe": record.market.universe,
        "interval": record.market.interval,
        "horizon_bars": record.market.horizon_bars,
        "symbols": canonical_json(record.symbols),
        "stage": record.stage.value,
        "bundle_digest": record.bundle_digest,
        "pipeline_digest": record.pipeline_digest,
        "snapshot_digest": record.snapshot_digest,
        "bellwether_version": record.bellwether_version,
        "trained_at": _to_micros(record.trained_at),
        "registered_at": _to_micros(record.registered_at),
        "changed_at": _to_micros(record.changed_at),
        "verdict": _to_text(record.verdict),
        "metrics": canonical_json(record.metrics),
    }


def _record(row: sa.RowMapping) -> ModelRecord:
    try:
        return _decode(row)
    except (ValueError, TypeError, BadModelId) as error:
        raise _DamagedRow(f"the entry of {row['model_id']!r} is damaged: {error}") from error


def _decode(row: sa.RowMapping) -> ModelRecord:
    return ModelRecord(
        model_id=row["model_id"],
        market=MarketKey(
            universe=row["universe"], interval=row["interval"], horizon_bars=row["horizon_bars"]
        ),
        symbols=tuple(json.loads(row["symbols"])),
        bundle_digest=row["bundle_digest"],
        pipeline_digest=row["pipeline_digest"],
        snapshot_digest=row["snapshot_digest"],
        bellwether_version=row["bellwether_version"],
        trained_at=np.datetime64(row["trained_at"], "us"),
        registered_at=np.datetime64(row["registered_at"], "us"),
        changed_at=np.datetime64(row["changed_at"], "us"),
        stage=Stage(row["stage"]),
        verdict=_from_text(row["verdict"]),
        metrics=json.loads(row["metrics"]),
    )


def _move_row(move: Move) -> dict[str, Any]:
    return {
        "model_id": move.model_id,
        "before": None if move.before is None else move.before.value,
        "after": move.after.value,
        "at": _to_micros(move.at),
        "reason": move.reason,
        "verdict": _to_text(move.verdict),
    }


def _move(row: sa.RowMapping) -> Move:
    return Move(
        model_id=row["model_id"],
        before=None if row["before"] is None else Stage(row["before"]),
        after=Stage(row["after"]),
        at=np.datetime64(row["at"], "us"),
        reason=row["reason"],
        verdict=_from_text(row["verdict"]),
    )


def _to_micros(instant: np.datetime64) -> int:
    return int(instant.astype("datetime64[us]").astype(np.int64))


def _to_text(content: Mapping[str, object] | None) -> str | None:
    return None if content is None else canonical_json(content)


def _from_text(text: str | None) -> Mapping[str, object] | None:
    if text is None:
        return None
    content: Mapping[str, object] = json.loads(text)
    return content

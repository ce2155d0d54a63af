"""The journal's twin in memory: for studies, demonstrations and tests."""

import threading
from collections.abc import Mapping, Sequence

import numpy as np

from bellwether.bars import Bars
from bellwether.service import (
    PREDICTION,
    WINDOW_BARS,
    ChainCheck,
    EntryFilter,
    EntryPage,
    JournalEntry,
    JournalHead,
    JournalRecord,
    Prediction,
    ServedAnswer,
    Settlement,
    State,
    UnknownPrediction,
    check_kept,
    check_limit,
    count_repeats,
    digest_state,
    extend_with_answers,
    extend_with_settlements,
    read_entry,
    record_columns,
)

_PLACE = "memory"


class MemoryJournal:
    """A journal that forgets at the end of the process; treaty as `Journal`, except durability."""

    __slots__ = ("_answers", "_guard", "_records", "_settled", "_states", "_windows")

    def __init__(self) -> None:
        self._records: list[JournalRecord] = []
        self._answers: dict[str, int] = {}
        self._settled: dict[str, int] = {}
        self._windows: dict[str, Bars] = {}
        self._states: dict[str, State] = {}
        self._guard = threading.RLock()

    def append(
        self,
        prediction: Prediction,
        served_at: np.datetime64,
        stored_window: Bars | None = None,
        state: State | None = None,
    ) -> JournalEntry:
        """Remember one answer and return its entry."""
        answer = ServedAnswer(
            prediction=prediction, served_at=served_at, stored_window=stored_window, state=state
        )
        return self.append_many([answer])[0]

    def append_many(self, served: Sequence[ServedAnswer]) -> tuple[JournalEntry, ...]:
        """Remember some answers, all or none, and return the entry of each."""
        with self._guard:
            self.record_many(served)
            return tuple(self._entry(answer.prediction.prediction_id) for answer in served)

    def record_many(self, served: Sequence[ServedAnswer]) -> None:
        """Remember some answers, all or none, for callers who need no entries."""
        for answer in served:
            check_kept(answer)
        keys = [answer.prediction.prediction_id for answer in served]
        with self._guard:
            known = {k: self._records[self._answers[k]] for k in keys if k in self._answers}
            for key, record in extend_with_answers(self.head(), known, served).items():
                if key in known:
                    self._records[self._answers[key]] = record
                else:
                    self._answers[key] = len(self._records)
                    self._records.append(record)
            for answer in served:
                self._keep(answer)

    def count(self, repeats: Mapping[str, tuple[int, np.datetime64]]) -> tuple[str, ...]:
        """Count answers that were given again, all or none, and return the unknown ids."""
        with self._guard:
            known = {k: self._records[self._answers[k]] for k in repeats if k in self._answers}
            for key, record in count_repeats(known, repeats).items():
                self._records[self._answers[key]] = record
        return tuple(sorted(repeats.keys() - known.keys()))

    def get(self, prediction_id: str) -> JournalEntry:
        """Return one entry."""
        with self._guard:
            if prediction_id not in self._answers:
                raise UnknownPrediction(prediction_id)
            return self._entry(prediction_id)

    def entries(
        self, wanted: EntryFilter | None = None, cursor: int | None = None, limit: int = 100
    ) -> EntryPage:
        """Return a page of entries in the order of their numbers."""
        check_limit(limit)
        wanted = EntryFilter() if wanted is None else wanted
        with self._guard:
            every = [self._entry(key) for key in self._answers]
        step = -1 if wanted.newest_first else 1
        behind = [
            entry
            for entry in every[::step]
            if _fits(entry, wanted) and (cursor is None or step * entry.number > step * cursor)
        ]
        page = tuple(behind[:limit])
        return EntryPage(entries=page, cursor=page[-1].number if len(behind) > limit else None)

    def window(self, prediction_id: str) -> Bars | None:
        """Return the bars stored with a prediction, or None."""
        with self._guard:
            return self._windows.get(prediction_id)

    def state(self, digest: str) -> State | None:
        """Return a stored state by its digest, or None."""
        with self._guard:
            return self._states.get(digest)

    def settle(self, settlements: Sequence[Settlement]) -> tuple[Settlement, ...]:
        """Record what became of some predictions, all or none, and return what was new."""
        with self._guard:
            new: dict[str, Settlement] = {}
            for one in settlements:
                if one.prediction_id not in self._answers:
                    raise UnknownPrediction(one.prediction_id)
                if one.prediction_id not in self._settled:
                    new.setdefault(one.prediction_id, one)
            for record in extend_with_settlements(self.head(), tuple(new.values())):
                self._settled[record.data["prediction_id"]] = len(self._records)
                self._records.append(record)
        return tuple(new.values())

    def head(self) -> JournalHead:
        """Return the end of the chain, to be kept elsewhere."""
        with self._guard:
            if not self._records:
                return JournalHead()
            last = self._records[-1]
        return JournalHead(number=last.number, digest=last.digest)

    def verify(self, head: JournalHead | None = None) -> JournalHead:
        """Check every record from the first, and return the end of the chain."""
        check = ChainCheck(_PLACE, head)
        with self._guard:
            every = tuple(self._records)
        for record in every:
            columns = record_columns(record.data)
            seal = record.seal if columns["kind"] == PREDICTION else None
            check.take(record, seal, columns)
        return check.close()

    def _entry(self, key: str) -> JournalEntry:
        settled = self._records[self._settled[key]] if key in self._settled else None
        return read_entry(self._records[self._answers[key]], _PLACE, settled)

    def _keep(self, answer: ServedAnswer) -> None:
        if answer.stored_window is not None:
            window = answer.stored_window[-WINDOW_BARS:]
            self._windows.setdefault(answer.prediction.prediction_id, window)
        if answer.state is not None:
            self._states.setdefault(digest_state(answer.state), dict(answer.state))


def _fits(entry: JournalEntry, wanted: EntryFilter) -> bool:
    told, settled = entry.prediction, entry.settlement
    return (
        all(told[name] == value for name, value in wanted.told.items())
        and (wanted.source is None or told["source"]["kind"] == wanted.source.value)
        and (wanted.outcome is None or (settled is not None and settled.outcome is wanted.outcome))
        and (wanted.settled is not True or settled is not None)
        and (wanted.settled is not False or (settled is None and entry.as_of is not None))
        and _is_within(entry.as_of, wanted)
    )


def _is_within(as_of: np.datetime64 | None, wanted: EntryFilter) -> bool:
    first, last = wanted.as_of_from, wanted.as_of_to
    if as_of is None:
        return first is None and last is None
    return bool((first is None or as_of >= first) and (last is None or as_of <= last))

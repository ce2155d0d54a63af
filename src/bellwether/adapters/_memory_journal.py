"""The journal's twin in memory: for studies, demonstrations and tests."""

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from heapq import merge
from itertools import islice

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
    JournalNote,
    JournalRecord,
    NoteFilter,
    NotePage,
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
    extend_with_notes,
    extend_with_settlements,
    read_entry,
    read_note,
    record_columns,
)

_PLACE = "memory"


class MemoryJournal:
    """A journal that forgets at the end of the process; treaty as `Journal`, except durability."""

    __slots__ = (
        "_answers", "_guard", "_names", "_noted", "_of_kind", "_of_symbol", "_open", "_read",
        "_records", "_settled", "_states", "_windows",
    )  # fmt: skip

    def __init__(self) -> None:
        self._records: list[JournalRecord] = []
        self._answers: dict[str, int] = {}
        self._settled: dict[str, int] = {}
        self._noted: dict[tuple[str, str], JournalNote] = {}
        # Ways to find them: id and symbol by place in the chain, places, notes, what was read.
        self._names: dict[int, tuple[str, str]] = {}
        self._of_symbol: dict[str, list[int]] = {}
        self._open: dict[str, list[int]] = {}
        self._of_kind: dict[str, list[JournalNote]] = {}
        self._read: dict[str, JournalEntry] = {}
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
                    self._replace(key, record)
                else:
                    self._answers[key] = len(self._records)
                    symbol = record.data["prediction"]["symbol"]
                    self._names[len(self._records)] = (key, symbol)
                    for places in (self._of_symbol, self._open):
                        places.setdefault(symbol, []).append(len(self._records))
                    self._records.append(record)
            for answer in served:
                self._keep(answer)

    def count(self, repeats: Mapping[str, tuple[int, np.datetime64]]) -> tuple[str, ...]:
        """Count answers that were given again, all or none, and return the unknown ids."""
        with self._guard:
            known = {k: self._records[self._answers[k]] for k in repeats if k in self._answers}
            for key, record in count_repeats(known, repeats).items():
                self._replace(key, record)
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
            entries = map(self._entry_at, self._find_answers(wanted, cursor))
            page = tuple(islice((one for one in entries if _fits(one, wanted)), limit + 1))
        last = page[limit - 1].number if len(page) > limit else None
        return EntryPage(entries=page[:limit], cursor=last)

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
                self._close(record.data["prediction_id"])
                self._records.append(record)
        return tuple(new.values())

    def note(self, notes: Sequence[JournalNote]) -> tuple[JournalNote, ...]:
        """Record some notes, all or none, and return those that were new."""
        with self._guard:
            new = {
                (note.kind.value, note.key): note
                for note in reversed(notes)
                if (note.kind.value, note.key) not in self._noted
            }
            records = extend_with_notes(self.head(), tuple(reversed(new.values())))
            kept = {(note.kind.value, note.key): note for note in map(_read_note, records)}
            self._noted.update(kept)
            for note in kept.values():
                self._of_kind.setdefault(note.kind.value, []).append(note)
            self._records += records
        return tuple(kept.values())

    def notes(
        self, wanted: NoteFilter | None = None, cursor: int | None = None, limit: int = 500
    ) -> NotePage:
        """Return a page of notes in the order of their numbers."""
        check_limit(limit)
        wanted = NoteFilter() if wanted is None else wanted
        with self._guard:
            found = (one for one in self._find_notes(wanted, cursor) if _fits_note(one, wanted))
            page = tuple(islice(found, limit + 1))
        last = page[limit - 1].number if len(page) > limit else None
        return NotePage(notes=page[:limit], cursor=last)

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

    def _find_answers(self, wanted: EntryFilter, cursor: int | None) -> Iterable[int]:
        """Return places of answers that may be wanted, in the order of the page."""
        by_symbol = self._open if wanted.settled is False else self._of_symbol
        symbol = wanted.told.get("symbol")
        if symbol is None:
            places: Sequence[int] = list(merge(*by_symbol.values()))
        else:
            places = by_symbol.get(str(symbol), [])
        if cursor is None:
            return reversed(places) if wanted.newest_first else tuple(places)
        # The record numbered n stands at place n - 1.
        if wanted.newest_first:
            return reversed(places[: bisect_left(places, cursor - 1)])
        return places[bisect_right(places, cursor - 1) :]

    def _find_notes(self, wanted: NoteFilter, cursor: int | None) -> Iterable[JournalNote]:
        """Return notes that may be wanted, in the order of the page."""
        asked = dict.fromkeys(kind.value for kind in wanted.kinds)
        kinds = list(asked or self._of_kind)
        if wanted.key is not None:
            keys = [(kind, wanted.key) for kind in kinds]
            named = sorted((self._noted[key] for key in keys if key in self._noted), key=_number)
            found = [one for one in named if cursor is None or _is_behind(one, wanted, cursor)]
            return reversed(found) if wanted.newest_first else found
        lists = [self._of_kind.get(kind, []) for kind in kinds]
        if wanted.newest_first:
            stop = len(self._records) + 1 if cursor is None else cursor
            parts = [reversed(one[: bisect_left(one, stop, key=_number)]) for one in lists]
            return merge(*parts, key=_number, reverse=True)
        start = 0 if cursor is None else cursor
        return merge(*(one[bisect_right(one, start, key=_number) :] for one in lists), key=_number)

    def _entry_at(self, place: int) -> JournalEntry:
        key, _ = self._names[place]
        return self._entry(key)

    def _entry(self, key: str) -> JournalEntry:
        if key not in self._read:
            settled = self._records[self._settled[key]] if key in self._settled else None
            self._read[key] = read_entry(self._records[self._answers[key]], _PLACE, settled)
        return self._read[key]

    def _replace(self, key: str, record: JournalRecord) -> None:
        self._records[self._answers[key]] = record
        self._read.pop(key, None)

    def _close(self, key: str) -> None:
        """Take note that the next record settles an answer."""
        self._settled[key] = len(self._records)
        self._read.pop(key, None)
        place = self._answers[key]
        waiting = self._open[self._names[place][1]]
        del waiting[bisect_left(waiting, place)]

    def _keep(self, answer: ServedAnswer) -> None:
        if answer.stored_window is not None:
            window = answer.stored_window[-WINDOW_BARS:]
            self._windows.setdefault(answer.prediction.prediction_id, window)
        if answer.state is not None:
            self._states.setdefault(digest_state(answer.state), dict(answer.state))


def _number(note: JournalNote) -> int:
    return note.number


def _is_behind(note: JournalNote, wanted: NoteFilter, cursor: int) -> bool:
    return note.number < cursor if wanted.newest_first else note.number > cursor


def _fits_note(note: JournalNote, wanted: NoteFilter) -> bool:
    return (
        (not wanted.kinds or note.kind in wanted.kinds)
        and wanted.symbol in (None, note.symbol)
        and wanted.key in (None, note.key)
    )


def _read_note(record: JournalRecord) -> JournalNote:
    return read_note(record, _PLACE)


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

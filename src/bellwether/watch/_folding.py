"""The fold: from the journal's notes to the state of every watched model.

Outcomes are folded in batches, and a note of the journal closes each batch: whoever reads the
chain later, in whatever pieces, makes the same batches and comes to the same states.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bellwether.monitor import ForeignState, instant_text
from bellwether.service import Journal, JournalNote, NoteFilter, NoteKind
from bellwether.watch._accounting import settled_bet
from bellwether.watch._checkpoints import Checkpoint, Checkpoints
from bellwether.watch._health import ModelWatch, SettledVoice, StandingChange
from bellwether.watch._judging import begin_watch, step_watch
from bellwether.watch._options import WatchOptions
from bellwether.watch._paper import RULES, PaperForecast, PaperOutcome
from bellwether.watch._telling import alarm_of, describe_watch, make_standing
from bellwether.watch._watch_notes import BatchClose, Begin, InputsChecked, read_watch_note

FOLD, MODELS, STANDINGS, DETAILS = "fold", "fold/", "standing/", "watch/"
FORMAT = 1
MOST_CHANGES = 20
_PAGE = 1000
_KINDS = (NoteKind.PAPER, NoteKind.PAPER_OUTCOME, NoteKind.WATCH)


class Fold:
    """What the notes read so far have come to; begins with nothing, which a rebuild does.

    Parameters
    ----------
    journal : Journal

    Attributes
    ----------
    until : int
        Number of the last outcome that was folded.
    watches : dict of str to ModelWatch
    inputs : dict of str to InputsChecked
        Last check of inputs by model.
    pending : list of (int, PaperOutcome)
        Outcomes that no batch holds yet.
    changes : list of StandingChange
        Those of the notes read since it was made or loaded, in order.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._read_from = 1
        self._position = 0
        self._open: dict[str, tuple[int, PaperForecast]] = {}
        self._told: dict[str, list[StandingChange]] = {}
        self._touched: set[str] = set()
        self.until = 0
        self.options = WatchOptions()
        self.watches: dict[str, ModelWatch] = {}
        self.inputs: dict[str, InputsChecked] = {}
        self.pending: list[tuple[int, PaperOutcome]] = []
        self.changes: list[StandingChange] = []

    @classmethod
    def load(cls, journal: Journal, checkpoints: Checkpoints) -> "Fold":
        """Return the fold as it was saved; a new one where nothing usable is."""
        fold = cls(journal)
        try:
            fold._load(checkpoints)
        except ForeignState:
            return cls(journal)
        return fold

    def _load(self, checkpoints: Checkpoints) -> None:
        saved = checkpoints.load(FOLD)
        if saved is None or saved.content.get("format") != FORMAT:
            return
        try:
            models = [
                (one.content["watch"], one.content["changes"], one.number)
                for one in checkpoints.find(MODELS)
            ]
            self._read_from = int(saved.content["read_from"])
            inputs = map(InputsChecked.from_json, saved.content["inputs"])
            self.inputs = {one.model_id: one for one in inputs}
            self.options = WatchOptions.from_json(saved.content["options"])
        except (KeyError, TypeError, ValueError) as error:
            raise ForeignState("a stored fold of the journal", repr(error)) from error
        for content, changes, number in models:
            watch = ModelWatch.from_json(content)
            if number > saved.number:
                raise ForeignState("states of one moment", f"{watch.model_id} at {number}")
            self.watches[watch.model_id] = watch
            self._told[watch.model_id] = [StandingChange.from_json(one) for one in changes]
        if len(models) != saved.content["n_models"]:
            raise ForeignState(f"{saved.content['n_models']} models", f"{len(models)}")
        self.until = saved.number
        self._position = min(self._read_from - 1, self.until)

    def read(self, new: Sequence[JournalNote] = ()) -> None:
        """Take every note that is new, and fold each batch that is closed.

        Parameters
        ----------
        new : sequence of JournalNote, optional
            Notes that were recorded just now, in their order: they are not read again, as long as
            no records of others stand between them.
        """
        known = new if _follow_each_other(new) else ()
        cursor: int | None = self._position
        while cursor is not None:
            page = self._journal.notes(NoteFilter(kinds=_KINDS), cursor, _PAGE)
            cursor = page.cursor
            for note in page.notes:
                if known and note.number == known[0].number:
                    cursor = self._take_all(known)
                    break
                self._take_all([note])

    def _take_all(self, notes: Sequence[JournalNote]) -> int:
        for note in notes:
            self._take(note)
            self._position = note.number
        return self._position

    def unbegun(self) -> Mapping[str, PaperForecast]:
        """Return the models among the pending outcomes that are new, with a forecast of each."""
        found: dict[str, PaperForecast] = {}
        for _, outcome in self.pending:
            forecast = self._find_forecast(outcome)
            if forecast is not None:
                new = [who for who in _models_of(forecast) if who not in self.watches]
                found |= {who: forecast for who in new if who not in found}
        return dict(sorted(found.items()))

    def save(self, checkpoints: Checkpoints) -> None:
        """Keep the states, the standings and the details of all models that changed."""
        state = {
            "format": FORMAT,
            "read_from": self._read_from,
            "inputs": [self.inputs[model_id].to_json() for model_id in sorted(self.inputs)],
            "options": self.options.to_json(),
            "n_models": len(self.watches),
        }
        kept = [Checkpoint(name=FOLD, number=self.until, content=state)]
        for model_id in sorted(self._touched):
            kept += self._checkpoints_of(self.watches[model_id])
        checkpoints.save(kept)
        self._touched.clear()

    def _checkpoints_of(self, watch: ModelWatch) -> list[Checkpoint]:
        changes = [change.to_json() for change in self._told.get(watch.model_id, ())]
        checked = self.inputs.get(watch.model_id)
        details = {
            **describe_watch(watch, self.options),
            "inputs": None if checked is None else checked.to_json(),
            "changes": changes,
        }
        standing = make_standing(watch, self.options).to_json()
        contents = {
            MODELS: {"watch": watch.to_json(), "changes": changes},
            STANDINGS: standing,
            DETAILS: details,
        }
        return [
            Checkpoint(name=f"{prefix}{watch.model_id}", number=self.until, content=content)
            for prefix, content in contents.items()
        ]

    def _take(self, note: JournalNote) -> None:
        if note.kind is NoteKind.PAPER:
            self._open[note.key] = (note.number, PaperForecast.from_note(note))
        elif note.kind is NoteKind.PAPER_OUTCOME and note.number > self.until:
            self.pending.append((note.number, PaperOutcome.from_note(note)))
        elif note.kind is NoteKind.PAPER_OUTCOME:
            self._open.pop(note.key, None)
        else:
            self._take_watching(note)

    def _take_watching(self, note: JournalNote) -> None:
        fact = read_watch_note(note)
        if isinstance(fact, InputsChecked):
            self.inputs[fact.model_id] = fact
            self._touched.update({fact.model_id} & self.watches.keys())
        elif isinstance(fact, Begin) and fact.model_id not in self.watches:
            new = begin_watch(fact.model_id, fact.horizon_bars, fact.benchmark)
            self.watches[fact.model_id] = new
            self._touched.add(fact.model_id)
        elif isinstance(fact, BatchClose) and fact.until > self.until:
            self._close(fact)

    def _close(self, close: BatchClose) -> None:
        """Fold one batch: every model's bars in order, the symbols of a bar in order."""
        batch = [outcome for number, outcome in self.pending if number <= close.until]
        self.pending = [one for one in self.pending if one[0] > close.until]
        if close.options != self.options:
            self._touched.update(self.watches)
        self.until, self.options = close.until, close.options
        bars: dict[str, dict[str, list[SettledVoice]]] = {}
        for outcome in batch:
            self._deal(outcome, bars)
        for model_id, by_bar in sorted(bars.items()):
            for as_of, settled in sorted(by_bar.items()):
                settled.sort(key=lambda voice: voice.bet.symbol)
                self._step(model_id, as_of, settled)
        if batch:
            self._forget(batch)

    def _deal(self, outcome: PaperOutcome, bars: dict[str, dict[str, list[SettledVoice]]]) -> None:
        forecast = self._find_forecast(outcome)
        if forecast is None:
            return
        for who in filter(self.watches.__contains__, _models_of(forecast)):
            voice, bet = forecast.voice(who), settled_bet(forecast, outcome, who)
            if outcome.realized_return is None:
                self._give_up(who)
            elif bet is not None and voice is not None:
                of_model = bars.setdefault(who, {}).setdefault(instant_text(outcome.as_of), [])
                of_model.append(SettledVoice(bet=bet, confidence=voice.confidence))

    def _step(self, model_id: str, as_of: str, settled: Sequence[SettledVoice]) -> None:
        before = self.watches[model_id]
        watch = self.watches[model_id] = step_watch(before, as_of, settled, self.options)
        self._touched.add(model_id)
        if watch.n_changes == before.n_changes:
            return
        # The evidence that led to it: after a recovery the detectors have begun anew.
        shown = before if watch.condition == "recovering" else watch
        change = StandingChange(
            model_id=model_id,
            number=watch.n_changes,
            as_of=as_of,
            before=before.condition,
            standing=make_standing(watch, self.options),
            facts=alarm_of(shown, self.options),
        )
        self.changes.append(change)
        told = self._told.setdefault(model_id, [])
        self._told[model_id] = [*told, change][-MOST_CHANGES:]

    def _give_up(self, model_id: str) -> None:
        watch = self.watches[model_id]
        self.watches[model_id] = replace(watch, n_given_up=watch.n_given_up + 1)
        self._touched.add(model_id)

    def _find_forecast(self, outcome: PaperOutcome) -> PaperForecast | None:
        if outcome.key not in self._open:
            # Older than what was read again: it was late.
            wanted = NoteFilter(kinds=(NoteKind.PAPER,), key=outcome.key)
            for note in self._journal.notes(wanted, limit=1).notes:
                self._open[note.key] = (note.number, PaperForecast.from_note(note))
        _, forecast = self._open.get(outcome.key, (0, None))
        return forecast

    def _forget(self, batch: Sequence[PaperOutcome]) -> None:
        """Let go of what is settled, and note from where the rest must be read again."""
        for outcome in batch:
            self._open.pop(outcome.key, None)
        last = max(outcome.closes_at for outcome in batch)
        waiting = [number for number, one in self._open.values() if one.closes_at > last]
        # What is late by now is looked up by its key once it is settled.
        self._read_from = min(waiting, default=self.until + 1)


def _models_of(forecast: PaperForecast) -> list[str]:
    return [voice.who for voice in forecast.voices if voice.who != RULES]


def _follow_each_other(notes: Sequence[JournalNote]) -> bool:
    return all(note.number == notes[0].number + place for place, note in enumerate(notes))

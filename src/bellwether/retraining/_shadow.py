"""Shadow: what two models said about the same bars while both were watched, and who was right."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bellwether.monitor import duel_evidence, settled_score
from bellwether.registry import MarketKey
from bellwether.retraining._comparison import Paired
from bellwether.retraining._ports import RetrainingPorts
from bellwether.service import JournalNote, NoteFilter, NoteKind
from bellwether.watch import Checkpoint, PaperForecast, PaperOutcome, Voice

DUELS = "duel/"
_A_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Duelist:
    """One model on its side of a duel, from the bars on that it had not seen.

    Parameters
    ----------
    model_id : str
    trained_at : numpy.datetime64
        Close of the last bar it was trained on, UTC.
    """

    model_id: str
    trained_at: np.datetime64


@dataclass(frozen=True, slots=True, kw_only=True)
class Duel:
    """Who is held against whom.

    Parameters
    ----------
    name : str
        Good for a checkpoint; what was counted under it is counted on.
    market : MarketKey
    challengers : tuple of Duelist
        One after another in the same place, the latest last: of a bar the latest counts that
        spoke about it and had not seen it.
    champion : Duelist
    """

    name: str
    market: MarketKey
    challengers: tuple[Duelist, ...]
    champion: Duelist


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Score:
    """How a duel stands.

    Parameters
    ----------
    paired : Paired
    evidence, against : float
        The most there ever was for the challenger and for the champion, as e-values.
    """

    paired: Paired
    evidence: float
    against: float = 1.0

    def to_json(self) -> dict[str, Any]:
        """Return what a reader wants to know."""
        n_bars = len(self.paired)
        mean = float(self.paired.differences.mean()) if n_bars else 0.0
        last = f"{self.paired.closed_at[-1]}Z" if n_bars else None
        return {
            "n_bars": n_bars,
            "mean_difference": mean,
            "evidence": self.evidence,
            "last_bar": last,
        }


def keep_score(duel: Duel, ports: RetrainingPorts) -> Score:
    """Return how a duel stands by what is settled, and remember where the counting ended.

    Parameters
    ----------
    duel : Duel
    ports : RetrainingPorts

    Notes
    -----
    Cost: the outcomes noted since the last time; all of them where the checkpoint is gone. The
    result is the same to the last bit.
    """
    kept = ports.checkpoints.load(DUELS + duel.name)
    number = 0 if kept is None else kept.number
    bars: dict[str, list[float]] = {} if kept is None else dict(kept.content["bars"])
    for note in read_outcomes(ports, number):
        _count(duel, ports, PaperOutcome.from_note(note), bars)
        number = note.number
    if kept is None or number > kept.number:
        content = {"bars": bars}
        ports.checkpoints.save([Checkpoint(name=DUELS + duel.name, number=number, content=content)])
    return _score(bars, duel.market.horizon_bars)


def read_outcomes(ports: RetrainingPorts, after: int) -> Iterator[JournalNote]:
    """Yield what was settled behind a place of the journal, in its order."""
    wanted, cursor = NoteFilter(kinds=(NoteKind.PAPER_OUTCOME,)), after
    while True:
        page = ports.journal.notes(wanted, cursor, _A_PAGE)
        yield from page.notes
        if page.cursor is None:
            return
        cursor = page.cursor


def find_forecast(
    ports: RetrainingPorts, outcome: PaperOutcome, market: MarketKey
) -> PaperForecast | None:
    """Return the forecast that an outcome is of; None where it is not about a market."""
    page = ports.journal.notes(NoteFilter(kinds=(NoteKind.PAPER,), key=outcome.key), None, 1)
    forecast = PaperForecast.from_note(page.notes[0]) if page.notes else None
    if forecast is None:
        return None
    about = (forecast.interval, forecast.horizon_bars)
    return forecast if about == (market.interval, market.horizon_bars) else None


def find_voice(duelists: Sequence[Duelist], forecast: PaperForecast) -> Voice | None:
    """Return what the latest of some models said that had not seen the bar."""
    for duelist in reversed(duelists):
        voice = forecast.voice(duelist.model_id)
        if voice is not None and duelist.trained_at <= forecast.as_of:
            return voice
    return None


def _count(
    duel: Duel, ports: RetrainingPorts, outcome: PaperOutcome, bars: dict[str, list[float]]
) -> None:
    """Add what one outcome says, under the bar it is about: [symbols, sum of differences]."""
    seen = duel.champion.trained_at
    if outcome.realized_return is None or outcome.as_of < seen:
        return
    forecast = find_forecast(ports, outcome, duel.market)
    if forecast is None:
        return
    champion = forecast.voice(duel.champion.model_id)
    challenger = find_voice(duel.challengers, forecast)
    if champion is None or challenger is None:
        return
    scores = [
        settled_score(voice.direction, outcome.realized_return, forecast.volatility)
        for voice in (challenger, champion)
    ]
    n_symbols, total = bars.get(bar_text(outcome.as_of), (0, 0.0))
    bars[bar_text(outcome.as_of)] = [n_symbols + 1, total + scores[0] - scores[1]]


def _score(bars: dict[str, list[float]], horizon_bars: int) -> Score:
    days = sorted(bars)
    differences = np.array([bars[day][1] / bars[day][0] for day in days], dtype=np.float64)
    paired = Paired(closed_at=np.array(days, dtype="datetime64[us]"), differences=differences)
    if not days:
        return Score(paired=paired, evidence=1.0)
    for_it, against = (
        float(duel_evidence(sign * differences, horizon_bars).max()) for sign in (1.0, -1.0)
    )
    return Score(paired=paired, evidence=for_it, against=against)


def bar_text(as_of: np.datetime64) -> str:
    """Return the name of a bar."""
    return str(as_of.astype("datetime64[us]"))

"""Shadow: what two models said about the same bars while both were watched, and who was right."""

from collections.abc import Sequence
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
    evidence : float
        The most there ever was for the challenger, as an e-value.
    """

    paired: Paired
    evidence: float

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
    wanted, cursor = NoteFilter(kinds=(NoteKind.PAPER_OUTCOME,)), number
    while True:
        page = ports.journal.notes(wanted, cursor, _A_PAGE)
        for note in page.notes:
            _count(duel, ports, note, bars)
            number = note.number
        if page.cursor is None:
            break
        cursor = page.cursor
    if kept is None or number > kept.number:
        content = {"bars": bars}
        ports.checkpoints.save([Checkpoint(name=DUELS + duel.name, number=number, content=content)])
    return _score(bars, duel.market.horizon_bars)


def _count(
    duel: Duel, ports: RetrainingPorts, note: JournalNote, bars: dict[str, list[float]]
) -> None:
    """Add what one outcome says, under the bar it is about: [symbols, sum of differences]."""
    outcome = PaperOutcome.from_note(note)
    seen = duel.champion.trained_at
    if outcome.realized_return is None or outcome.as_of < seen:
        return
    forecast = _find_forecast(ports, outcome)
    if forecast is None or not _is_about(forecast, duel.market):
        return
    champion = forecast.voice(duel.champion.model_id)
    challenger = _find_voice(duel.challengers, forecast)
    if champion is None or challenger is None:
        return
    scores = [
        settled_score(voice.direction, outcome.realized_return, forecast.volatility)
        for voice in (challenger, champion)
    ]
    n_symbols, total = bars.get(_bar(outcome.as_of), (0, 0.0))
    bars[_bar(outcome.as_of)] = [n_symbols + 1, total + scores[0] - scores[1]]


def _find_forecast(ports: RetrainingPorts, outcome: PaperOutcome) -> PaperForecast | None:
    page = ports.journal.notes(NoteFilter(kinds=(NoteKind.PAPER,), key=outcome.key), None, 1)
    return PaperForecast.from_note(page.notes[0]) if page.notes else None


def _is_about(forecast: PaperForecast, market: MarketKey) -> bool:
    return (forecast.interval, forecast.horizon_bars) == (market.interval, market.horizon_bars)


def _find_voice(duelists: Sequence[Duelist], forecast: PaperForecast) -> Voice | None:
    for duelist in reversed(duelists):
        voice = forecast.voice(duelist.model_id)
        if voice is not None and duelist.trained_at <= forecast.as_of:
            return voice
    return None


def _score(bars: dict[str, list[float]], horizon_bars: int) -> Score:
    days = sorted(bars)
    differences = np.array([bars[day][1] / bars[day][0] for day in days], dtype=np.float64)
    paired = Paired(closed_at=np.array(days, dtype="datetime64[us]"), differences=differences)
    if not days:
        return Score(paired=paired, evidence=1.0)
    return Score(paired=paired, evidence=float(duel_evidence(differences, horizon_bars).max()))


def _bar(as_of: np.datetime64) -> str:
    return str(as_of.astype("datetime64[us]"))

"""What was served, and what it came to by the true bars."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bellwether.arrays import BoolArray, FloatArray, IntArray, TimeArray
from bellwether.bars import Bars
from bellwether.rehearsal._values import QuarterRow, Share, SourceRow
from bellwether.service import FallbackReason, Prediction, Rung
from bellwether.validation import resample_rows

CLOSE = 3
_RESAMPLES = 1000
_MEAN_BLOCK_BARS = 20.0
_LEAST_DAYS = 21
_SOURCES = {
    Rung.CHAMPION: "champion",
    Rung.PREVIOUS: "previous champion",
    Rung.RULES: "rules",
    Rung.HOLD: "nobody (HOLD)",
}
SOURCES = tuple(_SOURCES.values())


@dataclass(frozen=True, slots=True)
class Served:
    """An answer, as far as the report is concerned.

    Parameters
    ----------
    session : int
    symbol : str
    as_of : numpy.datetime64 or None
    source : str
    model_id : str or None
    direction : int
    reason : FallbackReason or None
    """

    session: int
    symbol: str
    as_of: np.datetime64 | None
    source: str
    model_id: str | None
    direction: int
    reason: FallbackReason | None


@dataclass(slots=True, kw_only=True, eq=False)
class ServedBook:
    """Keeps what was served.

    Parameters
    ----------
    horizon_bars : int
    cost_bps : float
    """

    horizon_bars: int
    cost_bps: float
    answers: list[Served] = field(default_factory=list)
    n_unanswered: int = 0
    n_not_journalled: int = 0
    sessions_down: list[int] = field(default_factory=list)

    def miss(self, session: int, n_questions: int) -> None:
        """Take note of questions that got no answer."""
        self.n_unanswered += n_questions
        self.sessions_down.append(session)

    def take(self, session: int, given: Sequence[Prediction]) -> None:
        """Take note of the answers of a day."""
        self.answers += [
            Served(
                session,
                one.symbol,
                one.as_of,
                _SOURCES[one.rung],
                one.source.model_id if one.rung in (Rung.CHAMPION, Rung.PREVIOUS) else None,
                one.direction.sign,
                one.fallback_reason,
            )
            for one in given
        ]

    def reasons(self) -> tuple[Share, ...]:
        """Return why it was not the champion, the most frequent first."""
        counts = Counter(one.reason for one in self.answers if one.reason is not None)
        return tuple(
            Share(
                name=reason.value,
                words=reason.words,
                count=count,
                share=count / len(self.answers),
            )
            for reason, count in counts.most_common()
        )

    def quarters(self, sessions: TimeArray) -> tuple[QuarterRow, ...]:
        """Return who answered, quarter by quarter.

        Parameters
        ----------
        sessions : datetime64[us] array of shape (n_sessions,)
            UTC.
        """
        months = sessions.astype("datetime64[M]").astype(np.int64)
        counts: dict[int, Counter[str]] = {}
        for one in self.answers:
            counts.setdefault(int(months[one.session]) // 3, Counter())[one.source] += 1
        return tuple(
            QuarterRow(
                quarter=f"{1970 + place // 4} Q{place % 4 + 1}",
                counts={name: found[name] for name in SOURCES if found[name]},
            )
            for place, found in sorted(counts.items())
        )

    def rows(self, truth: Mapping[str, Bars]) -> tuple[SourceRow, ...]:
        """Return what each source said and what became of it, by the true bars.

        Parameters
        ----------
        truth : mapping of str to Bars
        """
        outcomes = self._find_outcomes(truth)
        costs = self._find_costs()
        names = np.array([one.source for one in self.answers])
        return tuple(
            self._row(name, np.flatnonzero(names == name), outcomes, costs)
            for name in (*SOURCES, "all together")
            if name == "all together" or (names == name).any()
        )

    def _row(self, name: str, rows: IntArray, outcomes: FloatArray, costs: FloatArray) -> SourceRow:
        if name == "all together":
            rows = np.arange(len(self.answers), dtype=np.int64)
        said = np.array([self.answers[row].direction for row in rows], dtype=np.float64)
        sessions = np.array([self.answers[row].session for row in rows], dtype=np.int64)
        # What was said again about a bar is no further forecast of it.
        gained = np.where(self._find_first()[rows], said * outcomes[rows], np.nan)
        told = np.isfinite(gained) & (said != 0.0) & (gained != 0.0)
        net = gained - costs[rows]
        known = np.isfinite(net)
        accuracy = _estimate((gained[told] > 0.0).astype(np.float64), sessions[told])
        value = _estimate(net[known] / (self.horizon_bars * 1e-4), sessions[known])
        return SourceRow(
            source=name,
            n_answers=len(rows),
            share=len(rows) / max(len(self.answers), 1),
            n_settled=int(told.sum()),
            accuracy=accuracy,
            value_bps=value,
        )

    def _find_outcomes(self, truth: Mapping[str, Bars]) -> FloatArray:
        """Return the true return over the horizon of each answer; NaN where it has not closed."""
        found = [
            np.nan if one.as_of is None else self.true_return(truth[one.symbol], one.as_of)
            for one in self.answers
        ]
        return np.array(found, dtype=np.float64)

    def true_return(self, bars: Bars, as_of: np.datetime64) -> float:
        """Return the return over the horizon after a bar; NaN where it has not closed."""
        row = int(np.searchsorted(bars.closed_at, as_of))
        last = row + self.horizon_bars
        if last >= len(bars) or bars.closed_at[row] != as_of:
            return float("nan")
        return float(bars.matrix[last, CLOSE] / bars.matrix[row, CLOSE] - 1.0)

    def _find_first(self) -> BoolArray:
        seen: set[tuple[str, np.datetime64 | None]] = set()
        first = np.zeros(len(self.answers), dtype=np.bool_)
        for place, one in enumerate(self.answers):
            first[place] = (one.symbol, one.as_of) not in seen
            seen.add((one.symbol, one.as_of))
        return first

    def _find_costs(self) -> FloatArray:
        """Return what each answer costs that changes the position held for its symbol."""
        held: dict[str, list[int]] = {}
        costs = np.zeros(len(self.answers))
        for place, one in enumerate(self.answers):
            past = held.setdefault(one.symbol, [0] * self.horizon_bars)
            costs[place] = abs(one.direction - past.pop(0)) * self.cost_bps * 1e-4
            past.append(one.direction)
        return costs


def _estimate(values: FloatArray, sessions: IntArray) -> tuple[float, float, float] | None:
    """Return a mean and its 95 % interval by the stationary bootstrap of whole days."""
    if not len(values):
        return None
    mean = float(values.mean())
    days, places = np.unique(sessions, return_inverse=True)
    if len(days) < _LEAST_DAYS:
        return (mean, float("nan"), float("nan"))
    sums = np.bincount(places, values)
    counts = np.bincount(places).astype(np.float64)
    drawn = resample_rows(len(days), _RESAMPLES, _MEAN_BLOCK_BARS)
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return (mean, float(low), float(high))

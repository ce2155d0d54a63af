"""Account: what a model added over the rules that would have answered in its place.

Both are held to the same settled bars and the same costs, all the time. The account is looked at
whenever somebody likes, so its intervals hold at all times at once: a promise that one made for a
single look does not keep.

References
----------
Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024, "Time-uniform central limit theory and
asymptotic confidence sequences", theorem 2.2; Howard, Ramdas, McAuliffe and Sekhon 2021,
"Time-uniform, nonparametric, nonasymptotic confidence sequences", theorem 4; Fan, Grama and Liu
2015, equation 4.1.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bellwether.monitor._account_state import SUMS, AccountState, SettledBet, Tally
from bellwether.monitor._bounds import asymptotic_bound, bounded_bound, log_wealth
from bellwether.monitor._errors import UnusableMonitorOption
from bellwether.monitor._scores import SCORE_CLIP

BASIS_POINT = 1e-4
LEAST_BARS = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean, and an interval that holds at all times at once.

    Parameters
    ----------
    mean : float
    low, high : float or None
        None where there are too few bars to tell.
    """

    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueAdded:
    """What a source added over the rules, on the same bars and at the same costs.

    Parameters
    ----------
    n_bars, n_said : int
    accuracy, rules_accuracy : float or None
        Share of forecasts that were right; None where there are none.
    net_bps, costs_bps, rules_net_bps : float
        Basis points a bar.
    added_bps : Estimate
        Basis points a bar above the rules; the interval is asymptotic, and begins at 63 bars that
        do not overlap.
    added_score : Estimate
        Winsorised standardised return of a forecast above the rules'; the interval needs no
        distribution.
    evidence : float
        That it adds to the score at all: an e-value, at most 1 in expectation where it does not.
    """

    n_bars: int
    n_said: int
    accuracy: float | None
    rules_accuracy: float | None
    net_bps: float
    costs_bps: float
    rules_net_bps: float
    added_bps: Estimate
    added_score: Estimate
    evidence: float

    @property
    def words(self) -> str:
        """What it comes to, for a person."""
        if self.added_bps.low is None or self.added_bps.high is None:
            return f"{self.n_bars} settled bars; too few to say what the model adds"
        told = f"{self.added_bps.mean:+.1f} bps a bar over the rules"
        return f"{told} ({self.added_bps.low:+.1f} to {self.added_bps.high:+.1f})"

    def to_json(self) -> dict[str, Any]:
        """Return the value as JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountReport:
    """What an account has come to.

    Parameters
    ----------
    model : ValueAdded
    members : mapping of str to ValueAdded
        By name of the member of an ensemble.
    """

    model: ValueAdded
    members: Mapping[str, ValueAdded]

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        members = {name: one.to_json() for name, one in sorted(self.members.items())}
        return {"model": self.model.to_json(), "members": members}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Keeps account of a model against the rules; what it remembers is an `AccountState`.

    Parameters
    ----------
    horizon_bars : int, default 1
        Bars a forecast is made for. A share of one in so many of the capital follows each.
    cost_bps : float, default 5.0
        Cost of changing a position by the whole capital, in basis points.
    level : float, default 0.95
        Coverage of each interval at all times together.

    Raises
    ------
    UnusableMonitorOption
        If an option is out of its range.

    Notes
    -----
    Knows: outcomes up to the bar given.
    The observation of a bar is the mean over its symbols, so that symbols that move together
    count once. The interval covers the mean, over the bars so far, of what was to be expected of
    each: nothing need be constant. Overlapping forecasts of h bars are h series of forecasts that
    do not overlap; the mean of their e-processes is bounded by convexity, with sums and squares
    divided by h. With one bar the guarantee for scores is proven; over several a stop between two
    settlements may know a part of the next outcome, so that coverage is measured
    (`make study-account`).

    Examples
    --------
    >>> account = Account()
    >>> state = account.start()
    >>> for outcome in (0.01, -0.02, 0.01):
    ...     bet = SettledBet(symbol="A", outcome=outcome, volatility=0.01, rules=1, model=-1)
    ...     state = account.step(state, [bet])
    >>> round(account.report(state).model.added_bps.mean, 6)
    0.0
    """

    horizon_bars: int = 1
    cost_bps: float = 5.0
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.horizon_bars < 1:
            raise UnusableMonitorOption("horizon_bars", "at least 1", f"{self.horizon_bars}")
        if not 0.0 <= self.cost_bps < 1e4:
            raise UnusableMonitorOption("cost_bps", "from 0 to below 10,000", f"{self.cost_bps}")
        if not 0.5 <= self.level < 1.0:
            raise UnusableMonitorOption("level", "from .5 to below 1", f"{self.level}")

    def start(self) -> AccountState:
        """Return the state before the first bar."""
        return AccountState()

    def step(self, state: AccountState, settled: Sequence[SettledBet]) -> AccountState:
        """Return the state after one more bar.

        Parameters
        ----------
        state : AccountState
        settled : sequence of SettledBet
            What was settled of one bar, one a symbol; nothing leaves the state as it was.
        """
        if not settled:
            return state
        held = dict(state.held)
        rules, model = _Bar(), _Bar()
        members: dict[str, _Bar] = {}
        for bet in settled:
            before = held.get(bet.symbol, {})
            of_rules = self._earned(bet, bet.rules, before.get("rules", ()))
            rules.take(bet, bet.rules, of_rules, of_rules)
            model.take(bet, bet.model, self._earned(bet, bet.model, before.get("", ())), of_rules)
            for name, said in bet.members.items():
                earned = self._earned(bet, said, before.get(f"/{name}", ()))
                members.setdefault(name, _Bar()).take(bet, said, earned, of_rules)
            held[bet.symbol] = self._hold(before, bet)
        tallies = dict(state.members)
        tallies |= {name: bar.close(tallies.get(name, Tally())) for name, bar in members.items()}
        return AccountState(
            rules=rules.close(state.rules),
            model=model.close(state.model),
            members=tallies,
            held=held,
        )

    def _earned(self, bet: SettledBet, said: int, before: tuple[int, ...]) -> "_Earned":
        # The share of the capital that follows this forecast followed the one of h bars ago.
        held = before[0] if len(before) == self.horizon_bars else 0
        cost = abs(said - held) * self.cost_bps * BASIS_POINT
        net = said * bet.outcome - cost
        return _Earned(net, cost, min(max(net / bet.volatility, -SCORE_CLIP), SCORE_CLIP))

    def _hold(
        self, before: Mapping[str, tuple[int, ...]], bet: SettledBet
    ) -> dict[str, tuple[int, ...]]:
        said = {"rules": bet.rules, "": bet.model}
        said |= {f"/{name}": one for name, one in bet.members.items()}
        kept = self.horizon_bars
        return {**before, **{who: (*before.get(who, ()), one)[-kept:] for who, one in said.items()}}

    def report(self, state: AccountState) -> AccountReport:
        """Return what the account has come to."""
        members = {name: self._value(tally) for name, tally in sorted(state.members.items())}
        return AccountReport(model=self._value(state.model), members=members)

    def _value(self, tally: Tally) -> ValueAdded:
        n, h = max(tally.n_bars, 1), self.horizon_bars
        scale = 1.0 / (n * h * BASIS_POINT)
        alpha = 1.0 - self.level
        variance = max(tally.added_squares / n - (tally.added / n) ** 2, 0.0)
        half = None
        if tally.n_bars >= LEAST_BARS * h:
            half = h * math.sqrt(variance) * asymptotic_bound(tally.n_bars / h, alpha) * scale
        of_score = h * bounded_bound(tally.score_squares / h, 2.0 * SCORE_CLIP, alpha) / n
        log_evidence = log_wealth(tally.score / h, tally.score_squares / h, 2.0 * SCORE_CLIP)
        return ValueAdded(
            n_bars=tally.n_bars,
            n_said=tally.n_said,
            accuracy=tally.n_hits / tally.n_said if tally.n_said else None,
            rules_accuracy=tally.n_rules_hits / tally.n_rules_said if tally.n_rules_said else None,
            net_bps=tally.net * scale,
            costs_bps=tally.costs * scale,
            rules_net_bps=(tally.net - tally.added) * scale,
            added_bps=_estimate(tally.added * scale, half),
            added_score=_estimate(tally.score / n, of_score if tally.n_bars else None),
            evidence=math.exp(min(log_evidence, 690.0)),
        )


@dataclass(frozen=True, slots=True)
class _Earned:
    net: float
    cost: float
    score: float


@dataclass(slots=True)
class _Bar:
    """What one source came to on one bar, symbol by symbol."""

    counts: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    terms: list[tuple[float, float, float, float]] = field(default_factory=list)

    def take(self, bet: SettledBet, said: int, earned: _Earned, of_rules: _Earned) -> None:
        added, score = earned.net - of_rules.net, earned.score - of_rules.score
        self.terms.append((earned.net, earned.cost, added, score))
        for place, direction in ((0, said), (2, bet.rules)):
            self.counts[place] += direction != 0
            self.counts[place + 1] += direction * bet.outcome > 0.0

    def close(self, tally: Tally) -> Tally:
        n = len(self.terms)
        # Exact sums: the order of a bar's symbols does not matter.
        net, costs, added, score = (math.fsum(one) / n for one in zip(*self.terms, strict=True))
        grown = (net, costs, added, added * added, score, score * score)
        sums = {name: getattr(tally, name) + more for name, more in zip(SUMS, grown, strict=True)}
        said, hits, rules_said, rules_hits = self.counts
        return Tally(
            n_bars=tally.n_bars + 1,
            n_said=tally.n_said + said,
            n_hits=tally.n_hits + hits,
            n_rules_said=tally.n_rules_said + rules_said,
            n_rules_hits=tally.n_rules_hits + rules_hits,
            **sums,
        )


def _estimate(mean: float, half: float | None) -> Estimate:
    if half is None:
        return Estimate(mean=mean, low=None, high=None)
    return Estimate(mean=mean, low=mean - half, high=mean + half)

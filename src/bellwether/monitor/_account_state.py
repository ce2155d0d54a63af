"""What an account is given, and what it remembers: values, stored as JSON."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from bellwether.monitor._errors import ForeignState, UnusableObservation

SUMS = ("net", "costs", "added", "added_squares", "score", "score_squares")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledBet:
    """A settled forecast: what each source said, and what the market did.

    Parameters
    ----------
    symbol : str
    outcome : float
        Simple return over the horizon.
    volatility : float
        Its standard deviation as known when the forecast was made; above zero.
    rules, model : int
        Direction that the rules and the model said: 1, -1 or 0.
    members : mapping of str to int, optional
        Direction that each member of an ensemble said.
    """

    symbol: str
    outcome: float
    volatility: float
    rules: int
    model: int
    members: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        said = (self.rules, self.model, *self.members.values())
        is_sound = math.isfinite(self.outcome) and 0.0 < self.volatility < math.inf
        if not is_sound or any(one not in {-1, 0, 1} for one in said):
            expected = "a finite outcome, a volatility above zero and directions of 1, -1 or 0"
            was = f"{self.symbol}: {self.outcome}, {self.volatility}, {said}"
            raise UnusableObservation(expected, was)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one source came to: sums over bars, each the mean over the symbols of its bar.

    Parameters
    ----------
    n_bars : int
    n_said, n_hits : int
        Forecasts other than 0, and those that were right; by symbol, not by bar.
    n_rules_said, n_rules_hits : int
        The same of the rules, on the same bars.
    net, costs : float
        Sums of returns after costs, and of the costs.
    added, added_squares : float
        Sums of what it earned above the rules, and of its squares.
    score, score_squares : float
        The same of winsorised standardised returns after costs.
    """

    n_bars: int = 0
    n_said: int = 0
    n_hits: int = 0
    n_rules_said: int = 0
    n_rules_hits: int = 0
    net: float = 0.0
    costs: float = 0.0
    added: float = 0.0
    added_squares: float = 0.0
    score: float = 0.0
    score_squares: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """All that an account remembers: a value, rebuilt from the journal at any time.

    Parameters
    ----------
    rules, model : Tally
    members : mapping of str to Tally
    held : mapping of str to mapping of str to tuple of int
        By symbol and source, the directions of the horizon's last bars, oldest first.
    """

    rules: Tally = field(default_factory=Tally)
    model: Tally = field(default_factory=Tally)
    members: Mapping[str, Tally] = field(default_factory=dict)
    held: Mapping[str, Mapping[str, tuple[int, ...]]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the state as JSON values."""
        return {
            "rules": asdict(self.rules),
            "model": asdict(self.model),
            "members": {name: asdict(tally) for name, tally in sorted(self.members.items())},
            "held": {
                symbol: {who: list(said) for who, said in sorted(by_source.items())}
                for symbol, by_source in sorted(self.held.items())
            },
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Return the state that `to_json` came from.

        Raises
        ------
        ForeignState
            If it is none.
        """
        try:
            held = {
                str(symbol): {str(who): tuple(map(int, said)) for who, said in by_source.items()}
                for symbol, by_source in content["held"].items()
            }
            return cls(
                rules=_tally(content["rules"]),
                model=_tally(content["model"]),
                members={str(name): _tally(one) for name, one in content["members"].items()},
                held=held,
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ForeignState("the state of an account", repr(error)) from error


def _tally(content: Mapping[str, Any]) -> Tally:
    tally = Tally(**content)
    numbers = [getattr(tally, name) for name in SUMS]
    counts = (tally.n_bars, tally.n_said, tally.n_hits, tally.n_rules_said, tally.n_rules_hits)
    if not all(map(math.isfinite, numbers)) or min(counts) < 0 or tally.n_hits > tally.n_said:
        raise ForeignState("the state of an account", f"{content}"[:200])
    return tally

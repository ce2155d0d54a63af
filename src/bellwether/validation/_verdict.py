"""Verdict: what the gate decided, with every reason and every figure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Self

from bellwether.validation._beside import Beside
from bellwether.validation._calibration import GateCalibration
from bellwether.validation._metrics import Estimate
from bellwether.validation._opinions import Opinions
from bellwether.validation._statistics import SkillStatistic
from bellwether.validation._stored import decode, encode

Binding = Literal["evidence", "contract", "both"]


class Decision(StrEnum):
    """The three verdicts."""

    PROMOTE = "PROMOTE"
    REFUSE = "REFUSE"
    NOT_ENOUGH_DATA = "NOT ENOUGH DATA"


class Leg(StrEnum):
    """What a check is about, in the order in which failures are told."""

    CONSTRUCTION = "construction"
    DATA = "data"
    SKILL = "skill"
    VALUE = "value"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question the gate asked, and the answer.

    Parameters
    ----------
    name : str
        Name of the check, a word of the program.
    leg : Leg
    passed : bool
    reason : str
        What was found, as a clause for a person.
    next_step : str
        Cheapest thing to do about a failure; empty where it passed.
    figures : mapping of str to float or None
        Numbers behind the reason.
    computed : bool
        False where the check could not be computed, which is a failure.
    """

    name: str
    leg: Leg
    passed: bool
    reason: str
    next_step: str = ""
    figures: Mapping[str, float | None] = field(default_factory=dict)
    computed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillReport:
    """The skill leg.

    Parameters
    ----------
    statistic : SkillStatistic
        The four t-statistics; the smallest one counts.
    needed : float
        What the smallest must exceed.
    p : float
        Chance that luck alone exceeds it in a single look.
    alpha : float
        Level left for this look.
    information_coefficient : Estimate or None
        Correlation of the standardised forecast with the volatility-scaled return.
    """

    statistic: SkillStatistic
    needed: float
    p: float
    alpha: float
    information_coefficient: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueReport:
    """The value leg: mean net results at 10 % target volatility, in return a year.

    Parameters
    ----------
    over_cash, over_holding, over_rules : float
        Excess over nothing, over buy and hold at the forecast's own mean exposure, and over
        the rules.
    over_cash_t, over_holding_t, over_rules_t : float or None
        Mean over its standard error, for the reader: the gate asks only for the sign.
    mean_exposure, turnover : float
        Mean position, and capital traded a year.
    sharpe : float or None
        A year.
    probabilistic_sharpe, deflated_sharpe : float or None
        Probability that the true Sharpe ratio is above zero, and above the best of as many
        skill-less pipelines as were tried.
    minimum_track_record_bars : float or None
    maximum_drawdown, maximum_drawdown_95 : float or None
        As it was, and its 95 % quantile over bootstrap resamples.
    """

    over_cash: float
    over_holding: float
    over_rules: float
    over_cash_t: float | None
    over_holding_t: float | None
    over_rules_t: float | None
    mean_exposure: float
    turnover: float
    sharpe: float | None
    probabilistic_sharpe: float | None
    deflated_sharpe: float | None
    minimum_track_record_bars: float | None
    maximum_drawdown: float | None
    maximum_drawdown_95: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractNumber:
    """One of the contract's three numbers.

    Parameters
    ----------
    value : float or None
        None where it is undefined; a profit factor without a loss is infinite.
    low, high : float or None
        Ends of its 95 % interval, where there is one.
    threshold : float
    passed : bool
        False where the number is undefined.
    interval : {"exact", "bootstrap"}
        Where the interval comes from: a binomial, or stationary bootstrap resamples.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    threshold: float
    passed: bool
    interval: Literal["exact", "bootstrap"] = "exact"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractReport:
    """The contract's three numbers on out-of-sample bars after costs, and what goes with them.

    Parameters
    ----------
    accuracy, profit_factor, maximum_drawdown : ContractNumber
        Directional accuracy; won over lost, bar by bar; deepest fall of the equity.
    n_trades : int
        Runs of bars with one position.
    profit_factor_by_trade : float or None
        Won over lost with each trade as one result.
    pesaran_timmermann_p : float or None
        Chance of so many right signs without timing; for one-bar horizons only.
    strict_hit_rate : Estimate or None
        Share of expected returns within 10 % of the actual one.
    brier : float or None
        Of the probabilities of a rise.
    net_return : float
        Compounded over the out-of-sample bars.
    """

    accuracy: ContractNumber
    profit_factor: ContractNumber
    maximum_drawdown: ContractNumber
    n_trades: int
    profit_factor_by_trade: float | None
    pesaran_timmermann_p: float | None
    strict_hit_rate: Estimate | None
    brier: float | None
    net_return: float

    @property
    def passed(self) -> bool:
        """Whether all three numbers are within the contract."""
        return self.accuracy.passed and self.profit_factor.passed and self.maximum_drawdown.passed


@dataclass(frozen=True, slots=True, kw_only=True)
class YearReport:
    """One calendar year out of sample, following BUY, SELL and HOLD after costs.

    Parameters
    ----------
    year, n_bars : int
    accuracy : Estimate or None
    net_return, buy_and_hold : float
        Compounded over the year's bars.
    maximum_drawdown : float
    information_coefficient : Estimate or None
    """

    year: int
    n_bars: int
    accuracy: Estimate | None
    net_return: float
    buy_and_hold: float
    maximum_drawdown: float
    information_coefficient: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the gate decided about one Evidence.

    Parameters
    ----------
    name, pipeline, snapshot, evidence_digest, options_digest : str
        What was judged, and how.
    decision : Decision
    binding : {"evidence", "contract", "both"}
        Which gate decided.
    reason, next_step : str
        The decisive check's, in words.
    checks : tuple of Check
        Every check that was made, binding or not.
    n_bars, n_symbols : int
        Judged bars and symbols.
    n_effective : float or None
        Independent observations among them.
    n_needed : float or None
        Independent observations below which the verdict is NOT ENOUGH DATA.
    n_pipelines, n_looks : int
        Pipelines tried on these bars, and looks at this one.
    first_closed_at, last_closed_at : str
        First and last judged bar, ISO 8601, UTC.
    skill, value, contract : reports, or None where they could not be computed
    by_year : tuple of YearReport
    beside : Beside or None
        What is reported and decides nothing: floors, regimes, probabilities, candidates.
    opinions : Opinions or None
        Other tests of the same skill; they decide nothing.
    calibration : GateCalibration or None
        The gate's own rate of error, where it was measured.
    """

    name: str
    pipeline: str
    snapshot: str
    evidence_digest: str
    options_digest: str
    decision: Decision
    binding: Binding
    reason: str
    next_step: str
    checks: tuple[Check, ...]
    n_bars: int
    n_symbols: int
    n_effective: float | None
    n_needed: float | None
    n_pipelines: int
    n_looks: int
    first_closed_at: str
    last_closed_at: str
    skill: SkillReport | None
    value: ValueReport | None
    contract: ContractReport | None
    by_year: tuple[YearReport, ...]
    beside: Beside | None = None
    opinions: Opinions | None = None
    calibration: GateCalibration | None = None

    @property
    def promotes(self) -> bool:
        """Whether the pipeline may become champion."""
        return self.decision is Decision.PROMOTE

    @property
    def contract_passed(self) -> bool:
        """Whether the contract's three numbers hold, whichever gate binds."""
        return self.contract is not None and self.contract.passed

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that did not pass, binding or not."""
        return tuple(check for check in self.checks if not check.passed)

    @property
    def headline(self) -> str:
        """The verdict in one or two sentences for a person."""
        step = "Next step" if self.promotes else "Cheapest next step"
        return f"{self.decision}: {self.reason}. {step}: {self.next_step}."

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as JSON values; an infinite number becomes "inf"."""
        encoded: dict[str, Any] = encode(self)
        return encoded

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Return the verdict that `to_json` came from.

        Raises
        ------
        UnreadableVerdict
            If a part is missing, unknown or of another type.
        """
        verdict: Self = decode(cls, content)
        return verdict

"""What is reported beside a verdict and never decides: values only."""

from dataclasses import dataclass

from bellwether.validation._comparison import DieboldMariano
from bellwether.validation._metrics import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackReport:
    """What following one stream of signals gave, with the whole capital, after costs.

    Parameters
    ----------
    name : str
        "forecast", or which floor.
    accuracy : Estimate or None
        Share of right signs; None where nothing was signalled.
    return_a_year : float
        Mean result, not compounded.
    net_return : float
        Compounded over the out-of-sample bars.
    sharpe : float or None
        A year.
    maximum_drawdown : float
    profit_factor : float or None
    """

    name: str
    accuracy: Estimate | None
    return_a_year: float
    net_return: float
    sharpe: float | None
    maximum_drawdown: float
    profit_factor: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorReport:
    """A floor: what anybody has for nothing, on the same bars at the same costs.

    Parameters
    ----------
    track : TrackReport
        The floor's own.
    excess_a_year : Estimate or None
        The forecast's result less the floor's, mean over a year of bars.
    result_test : DieboldMariano or None
        The same a bar, with its test.
    error_test : DieboldMariano or None
        The floor's squared error less the forecast's, in units of the past variance; None
        where either states no expected return.
    explained_frac : float or None
        Share of the floor's squared error that the forecast does away with (R^2 out of
        sample); below zero where the forecast errs more.
    """

    track: TrackReport
    excess_a_year: Estimate | None
    result_test: DieboldMariano | None
    error_test: DieboldMariano | None = None
    explained_frac: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeReport:
    """The out-of-sample bars of one regime of the rules, known before each bar.

    Parameters
    ----------
    regime : str
        As the rules call it.
    n_bars : int
        Bars of all symbols.
    share : float
        Of all judged bars.
    accuracy : Estimate or None
    return_a_year, holding_a_year : float
        Mean result of the forecast's signals after costs, and of buy and hold.
    information_coefficient : Estimate or None
    """

    regime: str
    n_bars: int
    share: float
    accuracy: Estimate | None
    return_a_year: float
    holding_a_year: float
    information_coefficient: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """What happened after probabilities of about the same size.

    Parameters
    ----------
    n : float
        Forecasts.
    probability : float
        Mean probability stated.
    share_up : Estimate
        Share of rises; with overlapping outcomes the interval counts each stretch once.
    """

    n: float
    probability: float
    share_up: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityReport:
    """Whether the probabilities of a rise mean what they say.

    Parameters
    ----------
    bins : tuple of ReliabilityBin
        From the lowest probabilities to the highest.
    calibration_error : float
        Mean distance of stated and measured, weighed by the forecasts.
    brier, brier_of_base_rate : float
        Mean squared error, and that of always stating the share of rises.
    """

    bins: tuple[ReliabilityBin, ...]
    calibration_error: float
    brier: float
    brier_of_base_rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageReport:
    """Whether the interval forecasts hold what they claim.

    Parameters
    ----------
    claimed : float
    measured : Estimate
    mean_width : float
        Of the intervals, as a return.
    """

    claimed: float
    measured: Estimate
    mean_width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementReport:
    """What was stated of some of the out-of-sample bars, and what came.

    Parameters
    ----------
    part : str
        A calendar year, or a regime as the rules call it.
    n : float
        Forecasts of all symbols whose return was not zero.
    probability_up : float
        Mean probability of a rise that was stated.
    share_up : Estimate or None
        Share of rises; with overlapping outcomes the interval counts each stretch once.
    brier : float or None
    coverage : Estimate or None
        Share of returns that the intervals held; None where none were stated.
    """

    part: str
    n: float
    probability_up: float
    share_up: Estimate | None
    brier: float | None
    coverage: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidatesReport:
    """What remains of the best of the configurations, after as many tries.

    Parameters
    ----------
    n_candidates : int
    best : int
        Place of the one with the largest Sharpe ratio.
    best_sharpe : float or None
        A year, at the target volatility, after costs.
    median_sharpe : float or None
    deflated_sharpe : float or None
        Probability that the best one's true Sharpe ratio is above what the best of as many
        skill-less ones shows, their spread as measured.
    overfitting_probability : float or None
        PBO: how often the best of one half of the bars is below the median in the other.
    superior_p : float or None
        Hansen's test that none earns more than buy and hold at its own exposure.
    """

    n_candidates: int
    best: int
    best_sharpe: float | None
    median_sharpe: float | None
    deflated_sharpe: float | None
    overfitting_probability: float | None
    superior_p: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityLine:
    """Growth of one unit of capital.

    Parameters
    ----------
    name : str
        "forecast", or which floor.
    values : tuple of float
        At the report's instants.
    """

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityReport:
    """Growth of one unit of capital out of sample, after costs, at some of the closes.

    Parameters
    ----------
    closed_at : tuple of str
        ISO 8601, UTC; the first is the close before the first judged bar.
    lines : tuple of EquityLine
    drawdown : tuple of float
        The forecast's deepest fall from its height so far since the instant before, from 0
        to 1.
    """

    closed_at: tuple[str, ...]
    lines: tuple[EquityLine, ...]
    drawdown: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """All that is reported beside a verdict, apart from the legs; a part is None if unknown.

    Parameters
    ----------
    track : TrackReport or None
        The forecast's own.
    floors : tuple of FloorReport
    by_regime : tuple of RegimeReport
    reliability : ReliabilityReport or None
    coverage : CoverageReport or None
    statements_by_year, statements_by_regime : tuple of StatementReport
        Reliability and coverage of each part.
    candidates : CandidatesReport or None
    equity : EquityReport or None
    """

    track: TrackReport | None = None
    floors: tuple[FloorReport, ...] = ()
    by_regime: tuple[RegimeReport, ...] = ()
    reliability: ReliabilityReport | None = None
    coverage: CoverageReport | None = None
    statements_by_year: tuple[StatementReport, ...] = ()
    statements_by_regime: tuple[StatementReport, ...] = ()
    candidates: CandidatesReport | None = None
    equity: EquityReport | None = None

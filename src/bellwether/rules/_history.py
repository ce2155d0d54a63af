"""The rules over a whole history, and what became of the signals they gave."""

from dataclasses import dataclass, fields

import numpy as np

from bellwether.arrays import FloatArray, IntArray, frozen_floats
from bellwether.features import compute
from bellwether.rules._errors import RuleInputMismatch
from bellwether.rules._options import LEAST_BARS, RegimeOptions, RuleOptions
from bellwether.rules._regimes import regime_expressions
from bellwether.rules._signals import Reason, Signal, rule_expressions, rules_lookback_bars

PRIOR_OUTCOMES = 100.0
_CODES = ("direction", "reason", "regime", "regime_confirmed")


@dataclass(frozen=True, kw_only=True, eq=False)
class RuleSignals:
    """What the rules say at the close of every bar of one history.

    Parameters
    ----------
    direction : int64 array of shape (n_bars,)
        1 buy, -1 sell, 0 hold.
    reason : int64 array of shape (n_bars,)
        Codes of Reason; `REASONS` has the words.
    confidence : float64 array of shape (n_bars,)
        50 to 95; 0 where there are fewer than 60 bars.
    target_frac, stop_frac : float64 arrays of shape (n_bars,)
        Where to take the profit and the loss, as signed fractions of the close; zero for hold.
    regime, regime_confirmed : int64 arrays of shape (n_bars,)
        Codes of Regime.
    rsi, sma_deviation, atr_frac : float64 arrays of shape (n_bars,)
        What was read: 0 to 100, and fractions of the close.

    Notes
    -----
    Knows: bars up to and including its own.
    NaN: none.
    """

    direction: IntArray
    reason: IntArray
    confidence: FloatArray
    target_frac: FloatArray
    stop_frac: FloatArray
    regime: IntArray
    regime_confirmed: IntArray
    rsi: FloatArray
    sma_deviation: FloatArray
    atr_frac: FloatArray

    def __post_init__(self) -> None:
        for field in fields(self):
            values = np.asarray(getattr(self, field.name))
            if field.name in _CODES:
                values = values.astype(np.int64)
                values.flags.writeable = False
            else:
                values = frozen_floats(values)
            object.__setattr__(self, field.name, values)

    def __len__(self) -> int:
        return len(self.direction)


def pad_bars(matrix: FloatArray, n_bars: int) -> FloatArray:
    """Return exactly so many bars: the last ones, or all with quiet ones in front.

    Parameters
    ----------
    matrix : float64 array of shape (n, 5)
        Valid bars, oldest first; at least one.
    n_bars : int
        At least one.

    Returns
    -------
    padded : float64 array of shape (n_bars, 5)
        Bars put in front stand still at the first open and trade no volume.

    Raises
    ------
    RuleInputMismatch
        If there is no bar, or it has not five columns.

    Examples
    --------
    >>> pad_bars(np.array([[2.0, 4.0, 1.0, 3.0, 9.0]]), 2).tolist()
    [[2.0, 2.0, 2.0, 2.0, 0.0], [2.0, 4.0, 1.0, 3.0, 9.0]]
    """
    _check_matrix(matrix)
    n_before = n_bars - len(matrix)
    return _in_front(matrix, n_before) if n_before > 0 else matrix[-n_bars:]


def rule_signals(matrix: FloatArray, options: RuleOptions | None = None) -> RuleSignals:
    """Return what the rules say at every bar.

    Parameters
    ----------
    matrix : float64 array of shape (n_bars, 5)
        Valid bars: open, high, low, close, volume; oldest first; at least one.
    options : RuleOptions, optional
        The contract's by default.

    Returns
    -------
    signals : RuleSignals

    Raises
    ------
    RuleInputMismatch
        If there is no bar, or it has not five columns.

    Notes
    -----
    Knows: each row its own bar and those before it. It is what the rules' graph gives for the
    bars up to it, padded to its lookback by `pad_bars`; rows with fewer than 60 bars hold with
    confidence 0.
    NaN: none accepted, none given.
    """
    _check_matrix(matrix)
    options = RuleOptions() if options is None else options
    expressions = rule_expressions(options)
    n_before = rules_lookback_bars(options) - 1
    values = compute(list(expressions.values()), _in_front(matrix, n_before))[n_before:]
    columns = dict(zip(expressions, values.T, strict=True))
    too_few = slice(0, LEAST_BARS - 1)
    for name in ("direction", "confidence", "target_frac", "stop_frac"):
        columns[name][too_few] = 0.0
    columns["reason"][too_few] = Reason.INSUFFICIENT_DATA
    return RuleSignals(**columns)


def confirmed_regimes(matrix: FloatArray, options: RegimeOptions | None = None) -> IntArray:
    """Return the confirmed regime at every bar, as the rules' graph reads it.

    Parameters
    ----------
    matrix : float64 array of shape (n_bars, 5)
        Valid bars: open, high, low, close, volume; oldest first; at least one.
    options : RegimeOptions, optional
        The contract's by default.

    Returns
    -------
    codes : int64 array of shape (n_bars,)
        Of Regime.

    Raises
    ------
    RuleInputMismatch
        If there is no bar, or it has not five columns.

    Notes
    -----
    Knows: each row its own bar and those before it, with still ones in front of the first.
    """
    _check_matrix(matrix)
    options = RegimeOptions() if options is None else options
    confirmed = regime_expressions(options)["regime_confirmed"]
    n_before = confirmed.lookback_bars - 1
    values = compute([confirmed], _in_front(matrix, n_before))[n_before:, 0]
    return np.asarray(values.astype(np.int64))


def calibrate_rules(
    directions: IntArray, past_returns: FloatArray, prior_outcomes: float = PRIOR_OUTCOMES
) -> FloatArray:
    """Return how often the price rose after each signal, in the past.

    Parameters
    ----------
    directions : int64 array of shape (n,)
        Signals given: -1, 0, 1.
    past_returns : float64 array of shape (n,)
        What the price did afterwards, known by now. Zero returns count for neither side; NaN
        marks outcomes still open, left out.
    prior_outcomes : float, default 100
        Imagined outcomes, half of them up, that a probability starts from: the strength of a
        symmetric beta prior.

    Returns
    -------
    probability_by_signal : float64 array of shape (3,), read-only
        Probability up after SELL, HOLD and BUY; .5 where a signal was never given.

    Raises
    ------
    RuleInputMismatch
        If there is not one return for each direction.

    Notes
    -----
    Knows: outcomes that are closed when it is called; whoever calls it cuts them off.

    Examples
    --------
    >>> calibrate_rules(np.array([1, 1, 1, -1]), np.array([0.1, 0.2, -0.1, np.nan]), 2).tolist()
    [0.5, 0.5, 0.6]
    """
    if directions.shape != past_returns.shape:
        raise RuleInputMismatch(
            "past_returns", f"shape {directions.shape}", f"{past_returns.shape}"
        )
    probabilities = []
    for signal in Signal:
        returns = past_returns[directions == signal]
        n_up, n_down = int((returns > 0).sum()), int((returns < 0).sum())
        n_all = n_up + n_down + prior_outcomes
        probabilities.append((n_up + prior_outcomes / 2) / n_all if n_all else 0.5)
    return frozen_floats(probabilities)


def _in_front(matrix: FloatArray, n_before: int) -> FloatArray:
    first = matrix[0, 0]
    still = np.array([first, first, first, first, 0.0])
    return np.concatenate([np.tile(still, (n_before, 1)), matrix])


def _check_matrix(matrix: FloatArray) -> None:
    if matrix.ndim != 2 or matrix.shape[1] != 5 or not len(matrix):
        raise RuleInputMismatch("bars", "shape (1 or more, 5)", f"{matrix.shape}")

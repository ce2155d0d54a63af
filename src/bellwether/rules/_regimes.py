"""Regimes: what kind of market it is, as expressions with a finite memory."""

from dataclasses import dataclass
from enum import IntEnum

from bellwether import features as fx
from bellwether.features import Expression
from bellwether.rules._options import RegimeOptions

# Two backends add the same terms in another order. Thresholds are met with this much to
# spare, so that a value exactly on one falls on the same side in both.
SLACK = 1e-9


class Regime(IntEnum):
    """Kinds of market, by the code their expressions give."""

    RANGING = 0
    TRENDING_UP = 1
    TRENDING_DOWN = 2
    VOLATILE = 3
    QUIET = 4

    @property
    def words(self) -> str:
        """The regime as a person reads it."""
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegimeReadings:
    """What a regime is told from.

    Parameters
    ----------
    adx : Expression
        Average directional index, 0 to 100.
    atr_frac : Expression
        Average true range over price.
    change : Expression
        Change of the price over some bars, as a fraction.
    fit_r2 : Expression
        R^2 of a line through some closes.
    """

    adx: Expression
    atr_frac: Expression
    change: Expression
    fit_r2: Expression


def over(values: Expression, threshold: float) -> Expression:
    """Return whether values are above a threshold, one exactly on it not."""
    return values > threshold + SLACK


def under(values: Expression, threshold: float) -> Expression:
    """Return whether values are below a threshold, one exactly on it not."""
    return values < threshold - SLACK


def is_regime(code: Expression, regime: Regime) -> Expression:
    """Return whether a code stands for a regime."""
    return fx.equal(code, float(regime))


def read_regime(options: RegimeOptions) -> RegimeReadings:
    """Return what the default detector looks at.

    Parameters
    ----------
    options : RegimeOptions

    Returns
    -------
    readings : RegimeReadings

    Notes
    -----
    Knows: bars up to and including its own.
    """
    return RegimeReadings(
        adx=fx.directional_index(options.adx_bars),
        atr_frac=fx.atr(options.atr_bars) / fx.close,
        change=fx.simple_return(options.change_bars),
        fit_r2=fx.r2(fx.close, options.fit_bars),
    )


def detect_regime(
    readings: RegimeReadings, options: RegimeOptions
) -> tuple[Expression, Expression]:
    """Return the regime of each bar and the one last confirmed.

    Parameters
    ----------
    readings : RegimeReadings
    options : RegimeOptions

    Returns
    -------
    current, confirmed : Expression
        Codes of `Regime`. Volatile goes before quiet, quiet before trending, trending before
        ranging; a bar that is none of them keeps the regime before it. Confirmed is the latest
        regime that lasted `confirm_bars` bars.

    Notes
    -----
    Knows: bars up to and including its own; each of the two remembers `memory_bars` bars and
    starts from RANGING.
    """
    volatile = over(readings.atr_frac, options.volatile_frac)
    still = fx.equal(readings.atr_frac, 0.0)
    quiet = under(readings.atr_frac, options.quiet_frac) & under(readings.fit_r2, options.quiet_r2)
    strong = over(readings.adx, options.trending_adx)
    up = over(readings.change, options.change_frac)
    down = under(readings.change, -options.change_frac)
    ranging = under(readings.adx, options.ranging_adx)
    cases = (
        (volatile, Regime.VOLATILE),
        (quiet & ~still, Regime.QUIET),
        (strong & up, Regime.TRENDING_UP),
        (strong & down, Regime.TRENDING_DOWN),
        (ranging, Regime.RANGING),
    )
    code, is_clear = fx.constant(float(Regime.RANGING)), ranging
    for condition, regime in reversed(cases):
        code = fx.where(condition, float(regime), code)
        is_clear = condition | is_clear
    current = fx.last_where(code, is_clear, options.memory_bars, float(Regime.RANGING))
    return current, _confirm(current, options)


def regime_expressions(options: RegimeOptions) -> dict[str, Expression]:
    """Return the regime of each bar as expressions, by name.

    Parameters
    ----------
    options : RegimeOptions

    Returns
    -------
    expressions : dict of Expression
        `regime` and `regime_confirmed`, codes of Regime; see `detect_regime`.

    Notes
    -----
    Knows: bars up to and including its own.
    """
    regime, confirmed = detect_regime(read_regime(options), options)
    return {"regime": regime, "regime_confirmed": confirmed}


def _confirm(current: Expression, options: RegimeOptions) -> Expression:
    lasted = fx.constant(1.0)
    for n_bars in range(1, options.confirm_bars):
        lasted &= fx.equal(current, fx.ref(current, n_bars))
    return fx.last_where(current, lasted, options.memory_bars, float(Regime.RANGING))

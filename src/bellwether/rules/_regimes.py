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
    """Return what the detector looks at.

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
    range_bars = options.jump_range_bars if options.detector == "jump" else options.atr_bars
    return RegimeReadings(
        adx=fx.directional_index(options.adx_bars),
        atr_frac=fx.atr(range_bars) / fx.close,
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
        ranging.

        With the detector "contract" a bar that is none of them keeps the regime before it, and
        confirmed is the latest regime that lasted `confirm_bars` bars.

        With "jump" each of the four is told from its opposite by a jump model of two states; a
        bar on which none of them holds is ranging. Confirmed is the regime of the bar itself:
        it was entered when it had made up for the penalty, which is its confirmation.

    Notes
    -----
    Knows: bars up to and including its own; with "contract" each of the two remembers
    `memory_bars` bars and starts from RANGING, with "jump" both are one and each model starts
    undecided, which is RANGING, `memory_bars` bars ago.
    NaN: readings that are NaN meet no threshold and weigh nothing.

    References
    ----------
    Bemporad, Breschi, Piga and Boyd (2018), "Fitting jump models", Automatica 96.
    Nystrup, Kolm and Lindstrom (2020), "Greedy online classification of persistent market
    states using realized intraday volatility features".
    """
    if options.detector == "jump":
        current = _weigh_jumps(readings, options)
        return current, current
    current = _meet_thresholds(readings, options)
    return current, _confirm(current, options)


def _meet_thresholds(readings: RegimeReadings, options: RegimeOptions) -> Expression:
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
    return fx.last_where(code, is_clear, options.memory_bars, float(Regime.RANGING))


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


def weigh_regimes(readings: RegimeReadings, options: RegimeOptions) -> dict[Regime, Expression]:
    """Return what speaks for each regime at a bar, against what a jump costs.

    Parameters
    ----------
    readings : RegimeReadings
    options : RegimeOptions

    Returns
    -------
    weights : dict of Expression
        By regime, in the order in which they go before each other, without RANGING: by how much
        the bar is nearer to the regime's centroid than to its opposite's. With centroids c and d
        of a reading x that is half the difference of squares, ((x - d)^2 - (x - c)^2) / 2, over
        (c - d)^2 / 2: the distance of x from their midpoint in units of half their distance.
        Of two readings the one that says less counts, as both are asked for.

    Notes
    -----
    Midpoints are the contract's thresholds. Centroids of the range over price lie half the
    distance of its two thresholds around each: 0, 2 and 4 %, quiet, usual and volatile. The
    directional index has its two thresholds for centroids; change and R^2 have zero and twice
    the threshold. A market that stands still is not quiet: one unit against it.
    """
    unit = (options.volatile_frac - options.quiet_frac) / 2
    middle = (options.trending_adx + options.ranging_adx) / 2
    strong = (readings.adx - middle) / (options.trending_adx - middle)
    rise = readings.change / options.change_frac
    calm = (options.quiet_frac - readings.atr_frac) / unit
    aimless = 1.0 - readings.fit_r2 / options.quiet_r2
    still = fx.equal(readings.atr_frac, 0.0)
    return {
        Regime.VOLATILE: (readings.atr_frac - options.volatile_frac) / unit,
        Regime.QUIET: fx.where(still, -1.0, fx.minimum(calm, aimless)),
        Regime.TRENDING_UP: fx.minimum(strong, rise - 1.0),
        Regime.TRENDING_DOWN: fx.minimum(strong, -rise - 1.0),
    }


def _weigh_jumps(readings: RegimeReadings, options: RegimeOptions) -> Expression:
    code = fx.constant(float(Regime.RANGING))
    for regime, weight in reversed(weigh_regimes(readings, options).items()):
        known = fx.where(fx.equal(weight, weight), weight, 0.0)
        lead = fx.clipped_sum(known, options.jump_penalty, options.memory_bars)
        code = fx.where(over(lead, 0.0), float(regime), code)
    return code

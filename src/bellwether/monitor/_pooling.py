"""Many symbols at once: what they say together, and which of them is at fault."""

from collections.abc import Mapping

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.monitor._errors import UnusableMonitorOption, UnusableObservation

LEAST_BARS = 20


def design_effect(n_symbols: int, correlation: float) -> float:
    """Return by how much symbols of one bar say less than as many independent ones.

    Parameters
    ----------
    n_symbols : int
        At least 1.
    correlation : float
        Of their outcomes; below zero counts as zero.

    Returns
    -------
    effect : float
        `1 + (n - 1) rho`, at least 1.

    References
    ----------
    Kish 1965, equation 5.4.3.

    Examples
    --------
    >>> design_effect(20, 0.1)
    2.9000000000000004
    """
    if n_symbols < 1 or not -1.0 <= correlation <= 1.0:
        expected = "at least one symbol and a correlation from -1 to 1"
        raise UnusableObservation(expected, f"{n_symbols}, {correlation}")
    return 1.0 + (n_symbols - 1) * max(correlation, 0.0)


def outcome_correlation(outcomes: FloatArray) -> float:
    """Return the mean correlation of outcomes that were settled together.

    Parameters
    ----------
    outcomes : float64 array of shape (n_bars, n_symbols)
        Past hits (1 and 0) or scores; NaN where a symbol has none.

    Returns
    -------
    correlation : float
        From 0 to 1; 1 where there are fewer than 20 bars to tell, so that nothing unknown is
        taken for independent.

    References
    ----------
    One-way analysis of variance estimator of the intraclass correlation, Donner 1986, section 2,
    for unequal group sizes.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> common = rng.normal(size=(4000, 1))
    >>> own = rng.normal(size=(4000, 20))
    >>> round(outcome_correlation(np.sqrt(0.1) * common + np.sqrt(0.9) * own), 2)
    0.1
    """
    if outcomes.ndim != 2:
        raise UnusableObservation("an array of bars and symbols", f"shape {outcomes.shape}")
    there = ~np.isnan(outcomes)
    sizes = there.sum(axis=1)
    kept = sizes >= 2
    if int(kept.sum()) < LEAST_BARS:
        return 1.0
    values, n = outcomes[kept], sizes[kept].astype(np.float64)
    means = np.nansum(values, axis=1) / n
    grand = float(np.nansum(values) / n.sum())
    n_bars = len(n)
    between = float(np.sum(n * (means - grand) ** 2)) / (n_bars - 1)
    within = float(np.nansum((values - means[:, None]) ** 2)) / (n.sum() - n_bars)
    typical = (n.sum() - float(np.sum(n**2)) / n.sum()) / (n_bars - 1)
    total = between + (typical - 1.0) * within
    if not total > 0.0:
        return 1.0
    return float(np.clip((between - within) / total, 0.0, 1.0))


def reject_by_e_values(e_values: Mapping[str, float], level: float) -> frozenset[str]:
    """Return the symbols whose alarms may be believed together.

    Parameters
    ----------
    e_values : mapping of str to float
        Evidence against each symbol, each with an expectation of at most one where nothing is
        wrong, such as `DetectorState.e_value_per_bar`.
    level : float
        Wanted share of false ones among them; above 0 and below 1.

    Returns
    -------
    symbols : frozenset of str

    References
    ----------
    The e-BH procedure: Wang and Ramdas 2022, "False discovery rate control with e-values",
    section 4; valid under any dependence.

    Examples
    --------
    >>> sorted(reject_by_e_values({"A": 90.0, "B": 31.0, "C": 0.4}, 0.1))
    ['A', 'B']
    """
    if not 0.0 < level < 1.0:
        raise UnusableMonitorOption("level", "above 0 and below 1", f"{level}")
    ranked = sorted(e_values, key=lambda symbol: (-e_values[symbol], symbol))
    n = len(ranked)
    n_rejected = 0
    for place, symbol in enumerate(ranked, start=1):
        if e_values[symbol] >= n / (level * place):
            n_rejected = place
    return frozenset(ranked[:n_rejected])

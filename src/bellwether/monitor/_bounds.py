"""Bounds on sums that hold at all times at once."""

import math

# Bars at which the asymptotic interval is narrowest: two years.
BEST_AT_BARS = 504
# Bets of the mixture, as shares of the largest that cannot lose everything.
SHARES = (0.03, 0.06, 0.12, 0.25, 0.5, 0.8)
_BETS = tuple((share, -math.log1p(-share) - share) for share in SHARES)
_MOST_STEPS = 60


def asymptotic_bound(n_bars: float, alpha: float) -> float:
    """Return what a sum of unit variance may reach, of either sign, at any time.

    Parameters
    ----------
    n_bars : float
        Observations so far, above zero.
    alpha : float
        Chance that it is ever above; at most .5.

    References
    ----------
    Waudby-Smith et al. 2024, theorem 2.2 and its equation for the best rho.

    Examples
    --------
    >>> round(asymptotic_bound(504, 0.05) / math.sqrt(504), 2)
    3.04
    """
    doubled = -2.0 * math.log(alpha)
    precision = (doubled + math.log(doubled) + 1.0) / BEST_AT_BARS
    inside = n_bars * precision + 1.0
    return math.sqrt(2.0 * inside / precision * math.log(math.sqrt(inside) / alpha))


def log_wealth(total: float, squares: float, largest: float) -> float:
    """Return the logarithm of evidence that terms of a sum have means above zero.

    Parameters
    ----------
    total, squares : float
        Sums of the terms, and of their squares.
    largest : float
        No term is below its negative.

    Notes
    -----
    Its exponential is a mixture of supermartingales of expectation one (Howard et al. 2021,
    theorem 4, with a prediction of zero; Fan et al. 2015): no distribution is assumed.
    """
    return _mix(total, squares, largest)[0]


def bounded_bound(squares: float, largest: float, alpha: float) -> float:
    """Return what a sum of bounded terms may be away from its expectation, at any time.

    Parameters
    ----------
    squares : float
        Sum of the terms' squares.
    largest : float
        No term is beyond it, of either sign.
    alpha : float

    Examples
    --------
    >>> round(bounded_bound(504.0, 5.0, 0.05), 1)
    91.0
    """
    wanted = math.log(2.0 / alpha)
    # One bet alone would do at such a sum. The logarithm of a mixture is convex in the sum, so
    # that Newton's steps come down from there without ever passing the root.
    bound = min(
        (wanted + math.log(len(_BETS)) + drop * squares / largest**2) / share * largest
        for share, drop in _BETS
    )
    for _ in range(_MOST_STEPS):
        found, slope = _mix(bound, squares, largest)
        step = (found - wanted) / slope
        if step <= 1e-12 * bound:
            break
        bound -= step
    return bound


def _mix(total: float, squares: float, largest: float) -> tuple[float, float]:
    """Return the logarithm of the mixture's wealth, and its slope in the sum."""
    logs = [share / largest * total - drop * squares / largest**2 for share, drop in _BETS]
    best = max(logs)
    weights = [math.exp(one - best) for one in logs]
    whole = math.fsum(weights)
    slope = math.fsum(w * share for w, (share, _) in zip(weights, _BETS, strict=True))
    return best + math.log(whole / len(logs)), slope / whole / largest

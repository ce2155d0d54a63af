"""Talks about evidence: plans, the gate's own error, the ledger, accounts and retraining."""

from collections.abc import Mapping, Sequence
from typing import Any

from bellwether.client._calls import Pages, Talk, get_json, list_pages
from bellwether.client._evidence_values import Outcome


def plan(
    *,
    bars: int | None = None,
    symbol: str | None = None,
    interval: str | None = None,
    ics: Sequence[float] | None = None,
    **assumed: float,
) -> Talk[Mapping[str, Any]]:
    """Return what a verdict on so many bars can show, and when one is possible.

    Parameters
    ----------
    bars : int, optional
        Of history; 1,260 by default.
    symbol, interval : str, optional
        A stored market instead.
    ics : sequence of float, optional
        Skills whose power is told by years of history.
    assumed : float
        Of symbols, correlation, ic, cost_bps, persistence, horizon_bars, volatility,
        bars_per_year and years what is to be otherwise.
    """
    lines = None if ics is None else ",".join(f"{one:g}" for one in ics)
    query = {"bars": bars, "symbol": symbol, "interval": interval, "ics": lines, **assumed}
    return get_json("/v1/plan", **query)


def calibration() -> Talk[Mapping[str, Any]]:
    """Return how often the gate was measured to promote what has no skill, and what has."""
    return get_json("/v1/calibration")


def ledger(
    *,
    symbol: str | None = None,
    kind: str | None = None,
    limit: int | None = None,
    cursor: int | None = None,
) -> Talk[Mapping[str, Any]]:
    """Return who tried what on which bars: families, and a page of entries, the latest first.

    Parameters
    ----------
    symbol : str, optional
    kind : {"fit", "tuning", "seed", "feature_edit", "look"}, optional
    limit : int, optional
        Entries on a page.
    cursor : int, optional
        `next_cursor` of the page before.
    """
    return get_json("/v1/ledger", symbol=symbol, kind=kind, limit=limit, cursor=cursor)


def check_ledger(head: str | None = None) -> Talk[Mapping[str, Any]]:
    """Return what does not fit the ledger.

    Parameters
    ----------
    head : str, optional
        One noted down earlier.
    """
    return get_json("/v1/ledger/check", head=head)


def account(
    model_id: str | None = None,
    *,
    symbol: str | None = None,
    curves: bool = False,
    points: int | None = None,
) -> Talk[Mapping[str, Any]]:
    """Return what models added over the rules.

    Parameters
    ----------
    model_id, symbol : str, optional
        All of them by default.
    curves : bool, default False
        Whether it is told how the accounts came to be; of one model only.
    points : int, optional
        Of a curve, at the most.
    """
    query = {"model_id": model_id, "symbol": symbol, "curves": curves or None, "points": points}
    return get_json("/v1/account", **query)


def hit_rates(symbol: str | None = None, *, source: str | None = None) -> Talk[Mapping[str, Any]]:
    """Return how often each source was right about each market.

    Parameters
    ----------
    symbol : str, optional
    source : str, optional
        Id of a model, or "rules".
    """
    return get_json("/v1/hit-rates", symbol=symbol, source=source)


def outcomes(
    symbol: str | None = None,
    *,
    interval: str | None = None,
    horizon_bars: int | None = None,
    source: str | None = None,
    limit: int | None = None,
) -> Pages[Outcome]:
    """Iterate over what every source said and what became of it, the latest first.

    Parameters
    ----------
    symbol : str, optional
    interval : str, optional
    horizon_bars : int, optional
    source : str, optional
        Id of a model, or "rules": only what it said.
    limit : int, optional
        How many are fetched at a time.
    """
    query = {
        "symbol": symbol,
        "interval": interval,
        "horizon_bars": horizon_bars,
        "source": source,
        "limit": limit,
    }
    return list_pages("/v1/outcomes", "forecasts", Outcome, "cursor", query)


def retraining(
    universe: str | None = None, *, limit: int | None = None, cursor: str | None = None
) -> Talk[Mapping[str, Any]]:
    """Return when challengers are due and why, and what became of each so far.

    Parameters
    ----------
    universe : str, optional
    limit : int, optional
        Runs on a page.
    cursor : str, optional
        `next_cursor` of the page before.
    """
    return get_json("/v1/retraining", universe=universe, limit=limit, cursor=cursor)


def settings() -> Talk[Mapping[str, Any]]:
    """Return every setting of the service and where it came from; never a secret."""
    return get_json("/v1/settings")

"""The value-added account as rows: of models, their members and their symbols, with curves."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bellwether.monitor import Account, AccountState, Tally, ValueAdded
from bellwether.watch._value_book import (
    MOST_POINTS,
    ValueBook,
    ValueCurve,
    ValuePoint,
    ValueTrack,
)

_BASIS_POINT = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueFilter:
    """Which accounts are wanted.

    Parameters
    ----------
    model_id : str, optional
    curves : bool, default False
        Whether it is told how they came to be.
    n_points : int, default 500
        Of a curve, at the most.
    """

    model_id: str | None = None
    curves: bool = False
    n_points: int = MOST_POINTS


def list_accounts(book: ValueBook, wanted: ValueFilter) -> Iterator[Mapping[str, Any]]:
    """Yield accounts as JSON values: of each model, its members, and its symbols.

    Parameters
    ----------
    book : ValueBook
        That has been read. Where it is that of one symbol, the symbol's rows alone are told, with
        the members'.
    wanted : ValueFilter
    """
    for track in book.tracks.values():
        if wanted.model_id not in (None, track.model_id) or not track.state.model.n_bars:
            continue
        yield from _rows(track, book.symbol, track.state, track.curves, wanted)
        for symbol, state in () if book.symbol else sorted(track.by_symbol.items()):
            yield from _rows(track, symbol, state, {}, wanted)


def _rows(
    track: ValueTrack,
    symbol: str | None,
    state: AccountState,
    curves: Mapping[str | None, ValueCurve],
    wanted: ValueFilter,
) -> Iterator[Mapping[str, Any]]:
    first, last = track.spans[symbol]
    report = track.account.report(state)
    sources: list[tuple[str | None, Tally, ValueAdded]] = [(None, state.model, report.model)]
    sources += [(name, state.members[name], one) for name, one in report.members.items()]
    for member, tally, value in sources:
        curve = curves.get(member) if wanted.curves else None
        yield {
            "model_id": track.model_id,
            "horizon_bars": track.horizon_bars,
            "symbol": symbol,
            "member": member,
            **asdict(value),
            "words": value.words,
            **_sum(tally, track.horizon_bars),
            "first_at": f"{first}Z",
            "last_at": f"{last}Z",
            "curve": curve and _draw(track.account, curve.thin(wanted.n_points)),
        }


def _sum(tally: Tally, horizon_bars: int) -> dict[str, float]:
    scale = 1.0 / (horizon_bars * _BASIS_POINT)
    return {
        "sum_net_bps": tally.net * scale,
        "sum_rules_net_bps": (tally.net - tally.added) * scale,
        "sum_costs_bps": tally.costs * scale,
        "sum_added_bps": tally.added * scale,
    }


def _draw(account: Account, points: Sequence[ValuePoint]) -> dict[str, list[Any]]:
    """Return a curve as columns."""
    sums = [_sum(one.tally, account.horizon_bars) for one in points]
    added = [account.report(AccountState(model=one.tally)).model.added_bps for one in points]
    return {
        "at": [f"{one.at}Z" for one in points],
        "n_bars": [one.tally.n_bars for one in points],
        **{
            name: [one[name] for one in sums]
            for name in ("sum_net_bps", "sum_rules_net_bps", "sum_added_bps")
        },
        "added_bps": [one.mean for one in added],
        "low": [one.low for one in added],
        "high": [one.high for one in added],
    }

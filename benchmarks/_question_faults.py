"""Faults of what a question rests on: the bars that are sent, and the clock."""

from collections.abc import Callable

import numpy as np

from _crafted import CALENDAR, N_BARS, recent_bars
from _fault_site import FaultCase, Site
from _questions import Columns, ask_every_way, change, choose, columns_of, move

CLOCK_FILE = "clock.txt"
_LONG_SECONDS = 400 * 86_400


def _bars_case(
    name: str,
    spoil: Callable[[Columns], Columns],
    *reasons: str | None,
    calendar: str | None = None,
) -> FaultCase:
    """Return a case in which the bars of the requests are wrong."""
    wrong = ask_every_way(spoil(columns_of(recent_bars())), calendar=calendar, is_wrong=True)
    allowed = frozenset(reasons)
    return FaultCase(
        group="bars in requests", name=name, allowed=allowed, shows=allowed, wrong=wrong
    )


def _move_clock(seconds: float) -> Callable[[Site], object]:
    return lambda site: (site.home / CLOCK_FILE).write_text(f"{seconds}", encoding="ascii")


def _clock_case(name: str, seconds: float, *reasons: str | None) -> FaultCase:
    allowed = frozenset(reasons)
    return FaultCase(
        group="clock", name=name, allowed=allowed, shows=allowed, is_clock=True,
        break_it=_move_clock(seconds), mend=_move_clock(0.0),
    )  # fmt: skip


def _stand_still(columns: Columns, row: int = 20) -> Columns:
    """Return columns of which the bars behind one are its copies."""
    still = np.minimum(np.arange(N_BARS), row)
    moved = {name: values[still] for name, values in columns.items()}
    return {**moved, "closed_at": columns["closed_at"]}


def _change_unit(columns: Columns) -> Columns:
    """Return columns whose last prices are in cents."""
    factors = np.where(np.arange(N_BARS) >= N_BARS - 3, 100.0, 1.0)
    prices = ("open", "high", "low", "close")
    return {**columns, **{name: columns[name] * factors for name in prices}}


_LAST = N_BARS - 1
BARS_FAULTS: tuple[FaultCase, ...] = (
    _bars_case("NaN", lambda c: change(c, "close", [60], np.nan), "data_contract_broken"),
    _bars_case("high below low", lambda c: change(c, "high", [_LAST], 1.0), "data_contract_broken"),
    _bars_case(
        "out of order",
        lambda c: choose(c, [*range(50), 51, 50, *range(52, N_BARS)]),
        "data_contract_broken",
    ),
    _bars_case(
        "one bar twice",
        lambda c: choose(c, [*range(N_BARS), _LAST]),
        "data_contract_broken",
    ),
    _bars_case("from the future", lambda c: move(c, 30.0), "bar_not_closed"),
    _bars_case("none at all", lambda c: choose(c, slice(0, 0)), "insufficient_data"),
    _bars_case(
        "too few to say anything", lambda c: choose(c, slice(-30, None)), "insufficient_data"
    ),
    _bars_case("too few for the models", lambda c: choose(c, slice(-70, None)), "too_few_bars"),
    _bars_case("prices below zero", lambda c: {**c, "low": c["low"] - 1e6}, "data_contract_broken"),
    _bars_case(
        "prices of 1e300",
        lambda c: {**c, **{name: c[name] * 1e300 for name in ("open", "high", "low", "close")}},
        *("data_contract_broken", "output_not_finite", "output_out_of_range", "rules_failed", None),
    ),
    _bars_case(
        "a session missing at the end",
        lambda c: choose(c, [*range(N_BARS - 2), _LAST]),
        "gap_at_the_end",
        calendar=CALENDAR,
    ),
    _bars_case("stale by two days", lambda c: move(c, -2.0), None, calendar=CALENDAR),
    _bars_case("expired", lambda c: move(c, -90.0), "expired_data", calendar=CALENDAR),
    _bars_case("POOR: they stand still", _stand_still, "poor_data", calendar=CALENDAR),
    _bars_case("five alike at the end", lambda c: _stand_still(c, N_BARS - 5), "frozen_column"),
    _bars_case("cents for dollars", _change_unit, "scale_jump"),
)
CLOCK_FAULTS: tuple[FaultCase, ...] = (
    _clock_case("400 days forward", _LONG_SECONDS, "model_too_old", "expired_data"),
    _clock_case("400 days back", -_LONG_SECONDS, "bar_not_closed"),
)
QUESTION_FAULTS = (*BARS_FAULTS, *CLOCK_FAULTS)

"""Imported bars adjusted on request: for actions that somebody names, or splits suspected."""

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from bellwether.bars._adjust import Action, Dividend, Split, adjust_bars, trading_days
from bellwether.bars._bars import Bars
from bellwether.bars._errors import AdjustmentImpossible
from bellwether.bars._finding import Finding
from bellwether.bars._quality import BarsImport, Reading, assess
from bellwether.bars._splits import find_suspected_splits

WRITTEN = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)=(?P<amount>[^=]+)")


def adjust_import(imported: BarsImport, actions: Sequence[Action]) -> BarsImport:
    """Return imported bars with some splits and dividends in their adjustment, assessed anew.

    Parameters
    ----------
    imported : BarsImport
    actions : sequence of Split or Dividend
        What the bars' adjustment does not know yet.

    Returns
    -------
    imported : BarsImport
        The same prices; the report says what was applied.

    Raises
    ------
    AdjustmentImpossible
        If an action is not after the first bar and up to the last one, or a dividend is as
        large as the price.
    """
    if not actions:
        return imported
    days = trading_days(imported.bars)
    for action in actions:
        if not days[0] < action.day <= days[-1]:
            raise AdjustmentImpossible(
                f"a day after {days[0]}, the first of {imported.bars.symbol}, up to {days[-1]}",
                str(action.day),
                "name the first day that trades at the new price",
            )
    told = ", ".join(map(_describe, sorted(actions, key=lambda one: one.day)))
    finding = Finding(
        code="adjusted", where=str(actions[0].day), what=f"adjusted as asked for: {told}"
    )
    return _assess_anew(imported, adjust_bars(imported.bars, actions), finding)


def apply_suspected_splits(imported: BarsImport, index: Bars | None = None) -> BarsImport:
    """Return imported bars adjusted for every split that is suspected in them.

    Parameters
    ----------
    imported : BarsImport
    index : Bars, optional
        Bars of the market as a whole: what fell with it did not split.

    Returns
    -------
    imported : BarsImport
        Unchanged where none is suspected.

    Notes
    -----
    Knows: later bars too, by which a level is seen to stay. To be asked for by name: nobody but
    the user takes a suspicion for a fact.
    """
    cases = find_suspected_splits(imported.bars, index)
    splits = [Split(day=one.day, ratio=one.ratio) for one in cases if one.ratio is not None]
    return adjust_import(imported, splits)


def read_split(text: str) -> Split:
    """Read a split as it is written on a command line.

    Parameters
    ----------
    text : str
        The first day at the new price, and the new shares for an old one: "2014-06-09=7",
        "2009-07-01=1/20".

    Raises
    ------
    AdjustmentImpossible
        If it is not written like that.

    Examples
    --------
    >>> read_split("2009-07-01=1/20").ratio
    0.05
    """
    day, amount = _read(text, "2014-06-09=7, or 2009-07-01=1/20")
    return Split(day=day, ratio=amount)


def read_dividend(text: str) -> Dividend:
    """Read a dividend as it is written on a command line.

    Parameters
    ----------
    text : str
        The first day without the claim to it, and the cash for a share: "2014-08-07=0.47".

    Raises
    ------
    AdjustmentImpossible
        If it is not written like that.
    """
    day, amount = _read(text, "2014-08-07=0.47")
    return Dividend(day=day, cash=amount)


def _read(text: str, like: str) -> tuple[np.datetime64, float]:
    found = WRITTEN.fullmatch(text.strip())
    try:
        if found is not None:
            amount = Fraction(found["amount"].strip())
            return np.datetime64(found["day"], "D"), float(amount)
    except (ValueError, ZeroDivisionError, OverflowError):
        pass
    raise AdjustmentImpossible(f"a day and a number such as {like}", repr(text), "write it so")


def _describe(action: Action) -> str:
    if isinstance(action, Split):
        new = Fraction(action.ratio).limit_denominator(1000)
        return f"{new.numerator} for {new.denominator} on {action.day}"
    return f"{action.cash:g} paid on {action.day}"


def _assess_anew(imported: BarsImport, bars: Bars, finding: Finding) -> BarsImport:
    """Return the bars with a report of their own that keeps what their reading told."""
    old = imported.quality
    seen = set(assess(imported.bars, imported.calendar).findings)
    told = [one for one in old.findings if one not in seen]
    reading = Reading(n_read=old.n_read, refusals=old.refusals, findings=(*told, finding))
    quality = assess(bars, imported.calendar, reading=reading)
    return replace(imported, bars=bars, quality=replace(quality, freshness=old.freshness))

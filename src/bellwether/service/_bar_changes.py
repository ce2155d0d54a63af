"""What an import changed: bars appended, bars that the vendor revised, bars withdrawn."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

import numpy as np

from bellwether.arrays import BoolArray, IntArray, TimeArray
from bellwether.bars import COLUMNS, Bars

NAMED_BARS = 50
# Above this share of revised bars the returns tell: the same market rescaled, or another one.
_MOST_REVISED = 0.5
_SAME_MARKET, _OTHER_MARKET = 0.5, 0.1


class Relation(StrEnum):
    """How a snapshot stands to the one before it."""

    FIRST = "first"
    SAME = "same"
    EXTENDS = "extends"
    REVISES = "revises"
    RESCALES = "rescales"
    REPLACES = "replaces"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisedBar:
    """A bar of the past that a vendor gives differently now.

    Parameters
    ----------
    closed_at : numpy.datetime64
        UTC.
    column : str
        The first of open, high, low, close and volume that differs.
    was, now : float
        As stored before, and as imported.
    """

    closed_at: np.datetime64
    column: str
    was: float
    now: float

    def __str__(self) -> str:
        day = np.datetime_as_string(self.closed_at, unit="m").removesuffix("T00:00")
        return f"{day} ({self.column} {self.was:.10g} -> {self.now:.10g})"


@dataclass(frozen=True, slots=True, kw_only=True)
class BarsChange:
    """What became of the bars from one snapshot to the next.

    Parameters
    ----------
    relation : Relation
        FIRST; SAME bars, with other sessions; EXTENDS where bars were added at the ends only;
        REVISES where the past differs; RESCALES where most prices differ but not their returns;
        REPLACES where it looks like another market; UNKNOWN where the bars before are unreadable.
    previous : str or None
        Digest of the snapshot before.
    n_appended, n_prepended : int
        Bars behind the last and before the first of those before.
    n_filled, n_withdrawn : int
        Bars between them that were not there, and bars that are no more.
    n_left_out : int
        Bars before the first that are not in the import any more.
    n_revised, n_readjusted : int
        Bars with another price or volume, and those of which only the adjustment differs.
    revised : tuple of RevisedBar
        The latest of the revised bars, at most 50, oldest first.
    """

    relation: Relation
    previous: str | None = None
    n_appended: int = 0
    n_prepended: int = 0
    n_filled: int = 0
    n_withdrawn: int = 0
    n_left_out: int = 0
    n_revised: int = 0
    n_readjusted: int = 0
    revised: tuple[RevisedBar, ...] = ()

    @property
    def keeps_the_past(self) -> bool:
        """Whether the snapshot before is still true, as far as it reaches."""
        return self.relation in (Relation.SAME, Relation.EXTENDS)

    @property
    def alters_the_past(self) -> bool:
        """Whether bars of the snapshot before are others now, or may be."""
        return self.relation is not Relation.FIRST and not self.keeps_the_past

    @property
    def words(self) -> str:
        """The change as one sentence for a reader."""
        said = _SAID[self.relation]
        counts = [
            f"{count} {words}"
            for count, words in (
                (self.n_appended, "appended"),
                (self.n_prepended, "put before the first"),
                (self.n_filled, "filled in"),
                (self.n_withdrawn, "withdrawn"),
                (self.n_left_out, "older ones left out"),
                (self.n_revised, "revised"),
                (self.n_readjusted, "readjusted"),
            )
            if count
        ]
        told = f"{said}: {', '.join(counts)}" if counts and self.previous else said
        if not self.revised:
            return f"{told}."
        shown = ", ".join(map(str, self.revised[-3:]))
        more = ", ..." if self.n_revised > 3 else ""
        return f"{told}. Revised: {shown}{more}."

    def to_json(self) -> dict[str, object]:
        """Return the change as JSON values."""
        data = {name: getattr(self, name) for name in self.__slots__}
        revised = [{**asdict(one), "closed_at": f"{one.closed_at}Z"} for one in self.revised]
        return {**data, "relation": self.relation.value, "revised": revised}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the change that `to_json` wrote."""
        revised = tuple(
            RevisedBar(**{**one, "closed_at": np.datetime64(one["closed_at"].rstrip("Z"), "us")})
            for one in data["revised"]
        )
        return cls(**{**data, "relation": Relation(data["relation"]), "revised": revised})


_SAID = {
    Relation.FIRST: "The first bars of this market",
    Relation.SAME: "The same bars",
    Relation.EXTENDS: "The stored bars, extended",
    Relation.REVISES: "The vendor revised the past",
    Relation.RESCALES: "The same market with its prices rescaled",
    Relation.REPLACES: "These look like bars of another market",
    Relation.UNKNOWN: "The bars before cannot be read, so nothing is known of changes",
}


def compare_bars(old: Bars, new: Bars, previous: str) -> BarsChange:
    """Return what changed from one history of a market to the next.

    Parameters
    ----------
    old, new : Bars
    previous : str
        Digest of the snapshot that holds the old ones.

    Returns
    -------
    change : BarsChange

    Notes
    -----
    Bars are matched by their close. Whether most of them differ because prices were rescaled (a
    split, a dividend) or because it is another market is told by their returns (see
    `Bars.lineage`).
    """
    shared, in_old, in_new = _match(old, new)
    revised = _find_revised(old, new, (in_old, in_new))
    readjusted = ~revised & (old.adjustment[in_old] != new.adjustment[in_new])
    added = np.delete(new.closed_at, in_new)
    gone = np.delete(old.closed_at, in_old)
    n_appended = int(np.sum(added > old.closed_at[-1]))
    n_prepended = int(np.sum(added < old.closed_at[0]))
    counts = {
        "n_appended": n_appended,
        "n_prepended": n_prepended,
        "n_filled": added.size - n_appended - n_prepended,
        "n_withdrawn": int(np.sum(gone >= new.closed_at[0])),
        "n_left_out": int(np.sum(gone < new.closed_at[0])),
        "n_revised": int(revised.sum()),
        "n_readjusted": int(readjusted.sum()),
    }
    rows = np.flatnonzero(revised)[-NAMED_BARS:]
    return BarsChange(
        relation=_relate(old, new, counts, shared.size),
        previous=previous,
        revised=_name_bars(old, new, (in_old[rows], in_new[rows])),
        **counts,
    )


def find_altered(old: Bars, new: Bars) -> TimeArray:
    """Return the closes at which one history of a market is not what an earlier one was.

    Parameters
    ----------
    old, new : Bars

    Returns
    -------
    altered : datetime64[us] array of shape (n_altered,)
        UTC, increasing: bars with another price or volume, bars withdrawn, and bars filled in
        between the old ones. All of the old ones where the histories share no bar.

    Notes
    -----
    Bars of which only the adjustment differs, bars put before the first or behind the last, and
    older ones that are left out alter nothing of what was known.
    """
    shared, in_old, in_new = _match(old, new)
    if not shared.size:
        return old.closed_at
    revised = shared[_find_revised(old, new, (in_old, in_new))]
    gone, added = np.delete(old.closed_at, in_old), np.delete(new.closed_at, in_new)
    withdrawn = gone[gone >= new.closed_at[0]]
    filled = added[(added > old.closed_at[0]) & (added < old.closed_at[-1])]
    altered: TimeArray = np.sort(np.concatenate([revised, withdrawn, filled]))
    return altered


def _match(old: Bars, new: Bars) -> tuple[TimeArray, IntArray, IntArray]:
    """Return the closes that two histories share, and where in each of them they stand."""
    found: tuple[TimeArray, IntArray, IntArray] = np.intersect1d(
        old.closed_at, new.closed_at, assume_unique=True, return_indices=True
    )
    return found


def _find_revised(old: Bars, new: Bars, rows: tuple[IntArray, IntArray]) -> BoolArray:
    differs = [getattr(old, name)[rows[0]] != getattr(new, name)[rows[1]] for name in COLUMNS]
    revised: BoolArray = np.logical_or.reduce(differs)
    return revised


def _relate(old: Bars, new: Bars, counts: Mapping[str, int], n_shared: int) -> Relation:
    if not n_shared:
        return Relation.REPLACES
    if counts["n_revised"] > _MOST_REVISED * n_shared:
        before, after = set(old.lineage), set(new.lineage)
        fewer = min(len(before), len(after))
        kin = len(before & after) / fewer if fewer else None
        if kin is not None and kin >= _SAME_MARKET:
            return Relation.RESCALES
        return Relation.REPLACES if kin is not None and kin < _OTHER_MARKET else Relation.REVISES
    if counts["n_revised"] or counts["n_filled"] or counts["n_withdrawn"]:
        return Relation.REVISES
    return Relation.EXTENDS if any(counts.values()) else Relation.SAME


def _name_bars(old: Bars, new: Bars, rows: tuple[IntArray, IntArray]) -> tuple[RevisedBar, ...]:
    named = []
    for before, after in zip(*(one.tolist() for one in rows), strict=True):
        pairs = {
            name: (float(getattr(old, name)[before]), float(getattr(new, name)[after]))
            for name in COLUMNS
        }
        column = next(name for name, (was, now) in pairs.items() if was != now)
        was, now = pairs[column]
        named.append(RevisedBar(closed_at=new.closed_at[after], column=column, was=was, now=now))
    return tuple(named)

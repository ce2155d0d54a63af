"""The trial ledger for a page: families, and the latest entries of some."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bellwether.service._ledger import Ledger, TrialFamily
from bellwether.trials import Trial, TrialKind
from bellwether.validation import critical_t

MOST_PIPELINES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFilter:
    """Which entries are wanted.

    Parameters
    ----------
    symbol : str, optional
        Of families whose bars a model of this symbol was trained on.
    kind : str, optional
    cursor : int, optional
        What came with the page before.
    limit : int, default 100
    """

    symbol: str | None = None
    kind: TrialKind | None = None
    cursor: int | None = None
    limit: int = 100


def show_ledger(
    ledger: Ledger,
    trials: Sequence[Trial],
    symbols: Mapping[str, Sequence[str]],
    wanted: TrialFilter | None = None,
) -> dict[str, Any]:
    """Return the ledger as JSON values: its families, and a page of its entries.

    Parameters
    ----------
    ledger : Ledger
        Made of the trials.
    trials : sequence of Trial
        The whole log, oldest first.
    symbols : mapping of str to sequence of str
        Symbols of snapshots, as far as they are known.
    wanted : TrialFilter, optional

    Returns
    -------
    shown : dict
    """
    wanted = wanted or TrialFilter()
    number_of = {
        snapshot: number
        for number, family in enumerate(ledger.families, start=1)
        for snapshot in family.snapshots
    }
    families = [
        _show_family(number, family, symbols, ledger.level)
        for number, family in enumerate(ledger.families, start=1)
    ]
    if wanted.symbol is not None:
        families = [one for one in families if wanted.symbol in one["symbols"]]
    kept = {one["family"] for one in families}
    page = list(_find_page(trials, wanted, number_of, kept))
    more = len(page) > wanted.limit
    shown = page[: wanted.limit]
    return {
        "families": families,
        "trials": shown,
        "next_cursor": shown[-1]["number"] if more else None,
    }


def _find_page(
    trials: Sequence[Trial], wanted: TrialFilter, number_of: Mapping[str, int], kept: set[int]
) -> Iterator[dict[str, Any]]:
    """Yield the entries wanted, the latest first, and one more than a page holds."""
    before = len(trials) + 1 if wanted.cursor is None else wanted.cursor
    left = wanted.limit + 1
    for number in range(min(before - 1, len(trials)), 0, -1):
        trial = trials[number - 1]
        family = number_of[trial.snapshot]
        if wanted.kind not in (None, trial.kind) or family not in kept:
            continue
        yield _show_trial(number, family, trial)
        left -= 1
        if not left:
            return


def _show_family(
    number: int, family: TrialFamily, symbols: Mapping[str, Sequence[str]], level: float
) -> dict[str, Any]:
    alpha = family.next_new.alpha(level)
    known = {symbol for snapshot in family.snapshots for symbol in symbols.get(snapshot, ())}
    return {
        "family": number,
        "markets": list(family.markets),
        "symbols": sorted(known),
        "snapshots": list(family.snapshots),
        "n_by_kind": dict(family.n_by_kind),
        "n_feature_sets": family.n_feature_sets,
        "n_pipelines": family.n_pipelines,
        "n_looks": family.n_looks,
        "first_at": _write(family.first_at),
        "last_at": _write(family.last_at),
        "alpha_for_a_new_pipeline": alpha,
        "critical_t_for_a_new_pipeline": critical_t(alpha),
        "pipelines": [
            {
                "pipeline": one.pipeline,
                "note": one.note,
                "n_looks": one.n_looks,
                "first_look_at": _write(one.first_look_at),
                "last_look_at": _write(one.last_look_at),
                "alpha_for_its_next_look": one.again.alpha(level),
            }
            for one in family.pipelines[-MOST_PIPELINES:]
        ],
    }


def _show_trial(number: int, family: int, trial: Trial) -> dict[str, Any]:
    return {
        "number": number,
        "family": family,
        "kind": trial.kind,
        "pipeline": trial.pipeline,
        "snapshot": trial.snapshot,
        "recorded_at": _write(trial.recorded_at),
        "note": trial.note,
        "features": trial.features,
        "recipe": trial.recipe,
        "fit": trial.fit,
    }


def _write(recorded_at: str) -> str:
    return recorded_at if recorded_at.endswith("Z") else f"{recorded_at}Z"

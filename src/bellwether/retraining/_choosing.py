"""Choosing: in which kinds of market the previous champion answers before the champion."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.errors import BellwetherError
from bellwether.hashing import digest_arrays, digest_json
from bellwether.monitor import ChosenRegime, RegimeChoice
from bellwether.registry import MarketKey, ModelRecord, Serving
from bellwether.retraining._comparison import common_symbols
from bellwether.retraining._making import find_own_evidence
from bellwether.retraining._ports import RetrainingPorts
from bellwether.retraining._run import Run
from bellwether.retraining._steps import market_name
from bellwether.rules import confirmed_regimes
from bellwether.service import (
    BarStore,
    JournalNote,
    NoteFilter,
    NoteKind,
    SnapshotDamaged,
    UnknownSnapshot,
    UnknownSymbol,
)
from bellwether.validation import (
    Evidence,
    MalformedEvidence,
    RegimeDifference,
    differ_by_regime,
)
from bellwether.watch import Checkpoint

CHOICES, CHOICE = "regime-choice/", "regime choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingComparison:
    """A market's two promoted models on the same bars, by kind of market.

    Parameters
    ----------
    market : MarketKey
    champion, previous : str or None
        Ids of the models.
    differences : tuple of RegimeDifference
        Of all bars first, then by regime; empty where they cannot be compared.
    trouble : str
        Why they cannot be compared, for a person; empty otherwise.
    rests_on : str
        Digest of what it was computed from.
    choice : RegimeChoice or None
        What was recorded of these two models, and is followed.
    """

    market: MarketKey
    champion: str | None = None
    previous: str | None = None
    differences: tuple[RegimeDifference, ...] = ()
    trouble: str = ""
    rests_on: str = ""
    choice: RegimeChoice | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as JSON values."""
        return {
            "universe": self.market.universe,
            "interval": self.market.interval,
            "horizon_bars": self.market.horizon_bars,
            "champion": self.champion,
            "previous": self.previous,
            "differences": [one.to_json() for one in self.differences],
            "trouble": self.trouble,
            "rests_on": self.rests_on,
            "choice": None if self.choice is None else self.choice.to_json(),
        }


def compare_serving(
    market: MarketKey, ports: RetrainingPorts, runs: Sequence[Run] = ()
) -> ServingComparison:
    """Compare the champion and the previous champion on the bars neither walk had seen.

    Parameters
    ----------
    market : MarketKey
    ports : RetrainingPorts
    runs : sequence of Run, optional
        Every retraining of the market: where a model came from tells which evidence is its own.

    Raises
    ------
    RegistryUnavailable, BarStoreUnavailable
        If registry, checkpoints or stored bars cannot be reached.

    Notes
    -----
    Changes nothing, and may be asked as often as one likes: what is followed was decided once.
    """
    serving = ports.registry.serving(market)
    champion, previous = serving.champion, serving.previous
    told = ServingComparison(
        market=market,
        champion=None if champion is None else champion.model_id,
        previous=None if previous is None else previous.model_id,
    )
    if champion is None or previous is None:
        trouble = "there is no champion with a previous one beside it"
        return replace(told, trouble=trouble)
    found = _compare(champion, previous, ports, runs)
    if isinstance(found, str):
        return replace(told, trouble=found)
    differences, rests_on = found
    choice = _find_kept(serving, market, ports)
    return replace(told, differences=differences, rests_on=rests_on, choice=choice)


def choose_by_regime(
    market: MarketKey, ports: RetrainingPorts, runs: Sequence[Run], now: np.datetime64
) -> RegimeChoice | None:
    """Decide once for each champion and its previous one where that one answers first.

    Parameters
    ----------
    market : MarketKey
    ports : RetrainingPorts
    runs : sequence of Run
        Every retraining of the market.
    now : numpy.datetime64
        UTC.

    Returns
    -------
    choice : RegimeChoice or None
        None where there are no two promoted models that can be compared.

    Raises
    ------
    JournalUnavailable, RegistryUnavailable, BarStoreUnavailable
        If one of them cannot be reached.

    Notes
    -----
    Two models are looked at once, whatever bars come later: a test looked at again and again
    finds something. The journal's note says what was found and stands; the checkpoint, which
    whoever answers reads, is made from it.
    """
    serving = ports.registry.serving(market)
    champion, previous = serving.champion, serving.previous
    kept = _find_kept(serving, market, ports)
    if kept is not None:
        return kept
    if champion is None or previous is None:
        forget_choice(market, ports)
        return None
    key = digest_json([CHOICE, champion.model_id, previous.model_id])
    wanted = NoteFilter(kinds=(NoteKind.WATCH,), key=key)
    if not ports.journal.notes(wanted, None, 1).notes:
        found = _compare(champion, previous, ports, runs)
        if isinstance(found, str):
            forget_choice(market, ports)
            return None
        data = _tell(champion, previous, *found)
        ports.journal.note([JournalNote(kind=NoteKind.WATCH, key=key, at=now, data=data)])
    [note] = ports.journal.notes(wanted, None, 1).notes
    choice = RegimeChoice.from_json(note.data["choice"])
    name = CHOICES + market_name(market)
    content = choice.to_json()
    ports.checkpoints.save([Checkpoint(name=name, number=note.number, content=content)])
    return choice


def _find_kept(serving: Serving, market: MarketKey, ports: RetrainingPorts) -> RegimeChoice | None:
    """Return what is kept of the two models that serve, if it is about them."""
    kept = ports.checkpoints.load(CHOICES + market_name(market))
    if kept is None or serving.champion is None or serving.previous is None:
        return None
    try:
        choice = RegimeChoice.from_json(kept.content)
    except BellwetherError:
        return None  # made anew from the journal
    is_about = choice.is_about(serving.champion.model_id, serving.previous.model_id)
    return choice if is_about else None


def forget_choice(market: MarketKey, ports: RetrainingPorts) -> None:
    """Let the champion answer first everywhere; what was decided stays in the journal."""
    name = CHOICES + market_name(market)
    if ports.checkpoints.load(name) is not None:
        ports.checkpoints.drop(name)


def _tell(
    champion: ModelRecord,
    previous: ModelRecord,
    differences: Sequence[RegimeDifference],
    rests_on: str,
) -> dict[str, Any]:
    """Return what the note of a choice holds."""
    choice = RegimeChoice(
        champion=champion.model_id,
        chosen=previous.model_id,
        regimes=tuple(
            ChosenRegime(regime=one.regime, n_bars=one.n_bars, t=one.t, p=one.p)
            for one in differences
            if one.passes and one.t is not None and one.p is not None
        ),
        rests_on=rests_on,
    )
    told = [one.to_json() for one in differences]
    return {"what": CHOICE, "choice": choice.to_json(), "differences": told}


def _compare(
    champion: ModelRecord, previous: ModelRecord, ports: RetrainingPorts, runs: Sequence[Run]
) -> tuple[tuple[RegimeDifference, ...], str] | str:
    """Return the differences of two models and what they rest on, or why there are none."""
    trouble = _find_trouble(champion, previous)
    if trouble:
        return trouble
    columns = common_symbols(champion, previous)
    try:
        own, other = (
            ports.evidence.get(find_own_evidence(one, runs)) for one in (champion, previous)
        )
        read = [_read_regimes(own, one, champion.market.interval, ports.bars) for one in columns]
    except (MalformedEvidence, SnapshotDamaged, UnknownSnapshot) as error:
        return f"not all of what they rest on can be read: {error}"
    regimes = np.column_stack(read)
    if not np.isfinite(regimes).any():
        return "the bars of none of their symbols are stored"
    rests_on = digest_json([own.digest, other.digest, digest_arrays({"regimes": regimes})])
    return differ_by_regime(own, other, columns, regimes), rests_on


def _find_trouble(champion: ModelRecord, previous: ModelRecord) -> str:
    if not all(_was_promoted(one) for one in (champion, previous)):
        return "only models that a verdict promoted are chosen from"
    if champion.pipeline_digest == previous.pipeline_digest:
        return (
            "both are fits of one pipeline: on the past their walks differ by how much each had "
            "seen, which says nothing of the two"
        )
    if not common_symbols(champion, previous):
        return "they have no symbol in common"
    return ""


def _was_promoted(record: ModelRecord) -> bool:
    return record.verdict is not None and record.verdict.get("decision") == "PROMOTE"


def _read_regimes(evidence: Evidence, symbol: str, interval: str, store: BarStore) -> FloatArray:
    """Return the regime confirmed before each bar of some evidence, NaN where it is not known."""
    codes = np.full(evidence.n_bars, np.nan)
    try:
        snapshot = store.latest(symbol, interval)
    except UnknownSymbol:
        return codes
    bars = store.load(snapshot.digest).bars
    confirmed = confirmed_regimes(bars.matrix)
    places = np.searchsorted(bars.closed_at, evidence.closed_at)
    inside = np.minimum(places, len(bars) - 1)
    there = (places > 0) & (bars.closed_at[inside] == evidence.closed_at)
    codes[there] = confirmed[places[there] - 1]
    return codes

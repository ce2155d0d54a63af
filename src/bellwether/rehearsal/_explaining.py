"""Why there was an alarm: a fault that was injected, a change that is known, or the evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import numpy as np

from bellwether.arrays import TimeArray
from bellwether.monitor import Episode, EpisodeChange, instant_text, rank_condition
from bellwether.rehearsal._faults import Fault, FaultKind
from bellwether.rehearsal._options import KnownChange
from bellwether.rehearsal._values import AlarmRow

# What follows from a fault shows itself by then: a bar is given up after 5 sessions.
_AFTER_SESSIONS = 12
# What can follow from a fault, as alarms name it. Bars that are mended are revised bars.
_FOLLOWS: Mapping[FaultKind, tuple[str, ...]] = MappingProxyType(
    {
        FaultKind.MISSING_DAY: ("gap_at_the_end", "late bars", "missing bars", "poor_data"),
        FaultKind.FROZEN_FEED: ("frozen_column", "revised bars"),
        FaultKind.SCALE_JUMP: ("scale_jump", "revised bars"),
        FaultKind.LATE_BARS: ("late bars", "expired_data"),
        FaultKind.REVISED_BARS: ("revised bars",),
        FaultKind.CORRUPT_CHAMPION: ("bundle_corrupt",),
        FaultKind.JOURNAL_GONE: ("late bars", "journal", "watching"),
    }
)
_FALSE_ALARMS = "false_alarms_a_year"
_E_VALUE = "e_value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explainer:
    """Explains alarms by what is known of a rehearsal.

    Parameters
    ----------
    sessions : datetime64[us] array of shape (n_sessions,)
        UTC.
    faults : sequence of Fault
        Injected.
    known : sequence of KnownChange
    """

    sessions: TimeArray
    faults: Sequence[Fault]
    known: Sequence[KnownChange]

    def explain(self, episode: Episode, changes: Sequence[EpisodeChange]) -> AlarmRow:
        """Return an episode with why there was one, as it was told at its worst."""
        worst = max(changes, key=lambda one: rank_condition(one.condition))
        episode = replace(episode, words=worst.words, facts=worst.facts)
        cause, words = self._find(episode)
        return AlarmRow(
            opened_at=instant_text(episode.opened_at),
            over_at="" if episode.over_at is None else instant_text(episode.over_at),
            subject=episode.subject,
            channel=episode.channel,
            worst=episode.worst,
            words=episode.words,
            cause=cause,
            explanation=words,
            facts=dict(episode.facts),
        )

    def _find(
        self, episode: Episode
    ) -> tuple[Literal["injected", "known", "data", "evidence"], str]:
        fault = self._find_fault(episode)
        if fault is not None:
            whose = "" if fault.symbol is None else f" of {fault.symbol}"
            day = instant_text(self.sessions[fault.session])[:10]
            return "injected", f"injected on {day}: {fault.kind.words}{whose}"
        change = self._find_change(episode)
        if change is not None:
            day, words = instant_text(change.at)[:10], change.words
            n_sessions = self._count(change.at, episode.opened_at)
            return "known", f"{words} ({day}, {n_sessions} sessions before)"
        if episode.channel in {"data", "monitor"}:
            return "data", f"the bars as they are: {episode.words}"
        return "evidence", _tell_evidence(episode)

    def _find_fault(self, episode: Episode) -> Fault | None:
        if episode.channel not in {"data", "monitor"}:
            return None
        opened = int(np.searchsorted(self.sessions, episode.opened_at))
        near = [
            one
            for one in self.faults
            if one.session <= opened <= one.session + one.kind.n_sessions + _AFTER_SESSIONS
            and any(name in episode.subject for name in _FOLLOWS[one.kind])
        ]
        return near[-1] if near else None

    def _find_change(self, episode: Episode) -> KnownChange | None:
        if episode.channel not in {"performance", "inputs"}:
            return None
        before = [one for one in self.known if one.at <= episode.opened_at]
        return max(before, key=lambda one: one.at) if before else None

    def _count(self, start: np.datetime64, stop: np.datetime64) -> int:
        first, last = np.searchsorted(self.sessions, np.array([start, stop]))
        return int(last - first)


def _tell_evidence(episode: Episode) -> str:
    facts = episode.facts
    told = "nothing is known to have changed; the outcomes speak for themselves"
    if _E_VALUE in facts:
        told += f": evidence {float(facts[_E_VALUE]):,.0f}"
    if _FALSE_ALARMS in facts:
        told += (
            f", which a model that is well reaches {float(facts[_FALSE_ALARMS]):.2g} times a year"
        )
    return told

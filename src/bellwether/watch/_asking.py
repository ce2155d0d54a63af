"""Ask: make the paper forecast of every bar of every watched market."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from bellwether.bars import BarsImport
from bellwether.registry import MarketKey, ModelRecord, Registry, Stage
from bellwether.service import (
    SERVED_BARS,
    BarStoreUnavailable,
    FallbackReason,
    Fault,
    JournalNote,
    Snapshot,
    SnapshotDamaged,
    UnknownSnapshot,
)
from bellwether.watch._book import PaperMarket, keep_book, read_book, take_new
from bellwether.watch._cases import MOST_CAUGHT_UP, Case, Unasked, find_cases
from bellwether.watch._paper import PaperForecast, Voice
from bellwether.watch._ports import WatchPorts
from bellwether.watch._seen import SeenMarkets
from bellwether.watch._voices import hear_voices

BARS = "bars"
_UNAVAILABLE = FallbackReason.BARS_UNAVAILABLE
_SEATED = (Stage.CHAMPION, Stage.PREVIOUS)
_LOADED_BARS = SERVED_BARS + MOST_CAUGHT_UP
# Forecasts that are made together. Each holds on to its market's bars: more of them would not fit
# into the processor's caches, fewer would pay more for each run of a graph.
_AT_ONCE = 250
# Forecasts that are recorded together: fewer would pay more for the journal's commits.
_RECORDED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentVoice:
    """A source that could not be heard about some bars of a market.

    Parameters
    ----------
    who : str
        Id of a model, "rules", or "bars" where the bars themselves could not be had or used.
    symbol, interval : str
    n_bars : int
        Bars without its voice.
    reason : str
        Code of the reason, as the ladder names it.
    words : str
        The same for a person, of the latest bar.
    """

    who: str
    symbol: str
    interval: str
    n_bars: int
    reason: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPaper:
    """What asking came to.

    Parameters
    ----------
    forecasts : tuple of PaperForecast
        Those that were new, in the order of their recording.
    silent : tuple of SilentVoice
        By who, symbol and interval.
    """

    forecasts: tuple[PaperForecast, ...]
    silent: tuple[SilentVoice, ...]


def find_watched(registry: Registry) -> tuple[MarketKey, ...]:
    """Return the markets that have a champion or a previous champion, sorted.

    Raises
    ------
    RegistryUnavailable
        If the registry cannot be read.
    """
    return tuple(sorted({one.market for one in registry.records() if one.stage in _SEATED}))


def ask_paper(
    markets: Sequence[MarketKey],
    ports: WatchPorts,
    *,
    shadows: Sequence[str] = (),
    seen: SeenMarkets | None = None,
) -> AskedPaper:
    """Make and record the paper forecasts that are still to be made.

    Parameters
    ----------
    markets : sequence of MarketKey
        Whose champion and previous champion are asked; see `find_watched`.
    ports : WatchPorts
    shadows : sequence of str, optional
        Ids of further models, which answer nobody; each is asked about its own market.
    seen : SeenMarkets, optional
        Takes the closes that were read, for `settle_paper` in the same tick.

    Returns
    -------
    asked : AskedPaper

    Raises
    ------
    JournalUnavailable, RegistryUnavailable, BarStoreUnavailable
        If journal, registry, checkpoints or the list of stored markets cannot be reached; what
        was recorded until then stays.
    UnknownModel
        If the registry has no such shadow.

    Notes
    -----
    Knows: for each forecast the bars up to its own, as they are stored now. Every bar behind the
    last that was asked about has its turn, up to 260 of them, from the first on that was not
    in some model's training; the note tells when it was made. A model is heard about bars from
    the last of its training on: what it says of those before is no forecast. Bars on which the
    ladder would HOLD are asked about nobody; a source that fails is left out and named, and
    stops no other. Asked again, nothing happens: the first forecast of a bar stands.

    Cost: besides the graphs half a millisecond a market with one new bar, half of it reading its
    bars; a second core runs the graphs while the next markets are read (`make bench-tick`).
    """
    head = ports.journal.head()
    book = read_book(ports.journal, ports.checkpoints)
    now = ports.clock.now()
    seen = seen or SeenMarkets(now=now)
    with ThreadPoolExecutor(1, "hearing") as hearing:
        asking = _Asking(ports=ports, seen=seen, now=now, hearing=hearing)
        stored = seen.list_stored(ports.bars)
        for market, records in _find_choirs(markets, shadows, ports.registry).items():
            snapshot = stored.get((market.symbol, market.interval))
            asking.ask(market, records, snapshot, book.last_asked(market))
        asking.finish()
    before = book.number
    seen.noted += asking.noted
    take_new(book, asking.noted, head, ports.journal)
    if book.number > before:
        keep_book(book, ports.checkpoints)
    return AskedPaper(forecasts=tuple(asking.made), silent=asking.list_silent())


def _find_choirs(
    markets: Sequence[MarketKey], shadows: Sequence[str], registry: Registry
) -> dict[PaperMarket, list[ModelRecord]]:
    """Return whom to ask, market by market: each symbol once, whatever universes hold it."""
    wanted = set(markets)
    records = [one for one in registry.records() if one.stage in _SEATED and one.market in wanted]
    records += [registry.get(model_id) for model_id in shadows]
    choirs: dict[PaperMarket, dict[str, ModelRecord]] = {}
    for record in records:
        for symbol in record.symbols:
            market = PaperMarket(symbol, record.market.interval, record.market.horizon_bars)
            choirs.setdefault(market, {})[record.model_id] = record
    return {market: [*choirs[market].values()] for market in sorted(choirs)}


_Unheard = tuple[str, PaperMarket, Fault]
_Heard = tuple[list[tuple[PaperForecast, JournalNote]], list[_Unheard]]


def _hear_cases(cases: Sequence[Case], ports: WatchPorts, now: np.datetime64) -> _Heard:
    """Return the forecasts about some cases with their notes, and who could not be heard."""
    voices: list[list[Voice]] = [[] for _ in cases]
    unheard = []
    for place, who, said in hear_voices(cases, ports):
        if isinstance(said, Fault):
            unheard.append((who, cases[place].market, said))
        else:
            voices[place].append(said)
    pairs = zip(cases, voices, strict=True)
    forecasts = [case.write(said) for case, said in pairs if said]
    return [(one, one.to_note(now)) for one in forecasts], unheard


@dataclass(slots=True, kw_only=True, eq=False)
class _Asking:
    """The work of one call."""

    ports: WatchPorts
    seen: SeenMarkets
    now: np.datetime64
    hearing: ThreadPoolExecutor
    made: list[PaperForecast] = field(default_factory=list)
    noted: list[JournalNote] = field(default_factory=list)
    _unasked: list[Unasked] = field(default_factory=list)
    _n_bars: int = 0
    _wait: Callable[[], _Heard] | None = None
    _unrecorded: list[tuple[PaperForecast, JournalNote]] = field(default_factory=list)
    _silent: dict[tuple[str, str, str, str], tuple[int, str]] = field(default_factory=dict)

    def ask(
        self,
        market: PaperMarket,
        records: Sequence[ModelRecord],
        snapshot: Snapshot | None,
        asked: np.datetime64 | None,
    ) -> None:
        """Read the bars of a market that are to be asked about, and ask once there are many."""
        imported = self._read(snapshot, asked)
        if isinstance(imported, Fault):
            self._note_silence(BARS, market, imported)
        elif imported is not None and snapshot is not None:
            closes = self.seen.remember(snapshot, imported.bars, imported.calendar)
            unasked = Unasked.of(market, records, imported, closes, asked)
            self._unasked.append(unasked)
            self._n_bars += unasked.n_bars
        if self._n_bars >= _AT_ONCE:
            self._hear(beside=True)

    def finish(self) -> None:
        """Hear every source about the last bars found, and record what was said of them."""
        self._hear(beside=self._wait is not None)
        self._take_heard()
        self._record()

    def _hear(self, *, beside: bool) -> None:
        """Begin to hear every source about the bars found; take what was said of those before.

        Graphs need no lock of the interpreter, so that they run while the next bars are read.
        """
        cases = self._find_cases()
        if beside:
            wait = self.hearing.submit(_hear_cases, cases, self.ports, self.now).result
        else:
            wait = partial(_hear_cases, cases, self.ports, self.now)
        self._take_heard()
        self._wait = wait

    def _take_heard(self) -> None:
        """Take what the sources said, once all of them were heard."""
        if self._wait is None:
            return
        heard, unheard = self._wait()
        self._wait = None
        for who, market, fault in unheard:
            self._note_silence(who, market, fault)
        self._unrecorded += heard
        if len(self._unrecorded) >= _RECORDED_AT_ONCE:
            self._record()

    def _record(self) -> None:
        heard, self._unrecorded = self._unrecorded, []
        new = self.ports.journal.note([note for _, note in heard])
        self.noted += new
        keys = {note.key for note in new}
        self.made += [one for one, note in heard if note.key in keys]

    def _find_cases(self) -> list[Case]:
        unasked, self._unasked, self._n_bars = self._unasked, [], 0
        cases = []
        for market, found in find_cases(unasked):
            if isinstance(found, Fault):
                self._note_silence(BARS, market, found)
            else:
                cases.append(found)
        return cases

    def list_silent(self) -> tuple[SilentVoice, ...]:
        """Return who could not be heard."""
        return tuple(
            SilentVoice(
                who=who,
                symbol=symbol,
                interval=interval,
                n_bars=n_bars,
                reason=reason,
                words=words,
            )
            for (who, symbol, interval, reason), (n_bars, words) in sorted(self._silent.items())
        )

    def _read(
        self, snapshot: Snapshot | None, asked: np.datetime64 | None
    ) -> BarsImport | Fault | None:
        """Return a market's latest bars, why they cannot be had, or None if none is new."""
        if snapshot is None:
            return Fault(reason=_UNAVAILABLE, detail="no bars of it are stored")
        if asked is not None and snapshot.last_closed_at <= asked:
            return None
        if snapshot.broken is not None:
            return Fault(reason=FallbackReason.DATA_CONTRACT_BROKEN, detail=snapshot.broken)
        try:
            return self.ports.bars.load(snapshot.digest, _LOADED_BARS)
        except (SnapshotDamaged, UnknownSnapshot, BarStoreUnavailable) as error:
            return Fault(reason=_UNAVAILABLE, detail=f"{error}"[:300])

    def _note_silence(self, who: str, market: PaperMarket, fault: Fault) -> None:
        key = (who, market.symbol, market.interval, fault.reason.value)
        n_before, _ = self._silent.get(key, (0, ""))
        told = f"{fault.reason.words}: {fault.detail}" if fault.detail else fault.reason.words
        self._silent[key] = (n_before + 1, told)

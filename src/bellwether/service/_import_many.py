"""Import of many markets: while some are stored, the next are read."""

import contextlib
import gc
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from bellwether.bars import BarsImport
from bellwether.clock import Clock
from bellwether.service._bar_store import BarStore
from bellwether.service._import_bars import ImportOutcome, import_bars

SELDOM = 20_000
"""New objects from one look for cycles to the next, while imports are on their way."""

AT_ONCE, BARS_AT_ONCE = 4, 500_000
"""How many imports, and bars of them, are on their way to the disk at a time: it takes several
nearly as fast as one."""


def import_many(
    imports: Iterable[tuple[str, BarsImport]],
    *,
    store: BarStore,
    clock: Clock,
    extend: bool = False,
) -> Iterator[ImportOutcome]:
    """Store the bars of many markets, and say of each what changed.

    Parameters
    ----------
    imports : iterable of (str, BarsImport)
        What was read, and the bars; they are asked for while those before are being stored, a
        few at a time, so that memory is bounded whatever their number.
    store : BarStore
    clock : Clock
    extend : bool, default False
        As in `import_bars`.

    Yields
    ------
    outcome : ImportOutcome
        In the order given. Imports of one market are stored one after the other.

    Raises
    ------
    BarsDoNotJoin, SnapshotOutdated, BarStoreUnavailable
        As `import_bars`; what was given before is stored, what comes behind it may be.
    """
    waiting: deque[_Waiting] = deque()
    with _fewer_collections(), ThreadPoolExecutor(AT_ONCE, "bellwether-import") as pool:
        for source, imported in imports:
            while waiting and _must_wait(imported, waiting):
                yield waiting.popleft().finish()
            stored = pool.submit(
                import_bars, imported, store=store, clock=clock, source=source, extend=extend
            )
            waiting.append(_Waiting(_market(imported), len(imported.bars), stored.result))
        while waiting:
            yield waiting.popleft().finish()


@contextlib.contextmanager
def _fewer_collections() -> Iterator[None]:
    """Let nobody look for cycles again and again among what was there before.

    Libraries of tables and calendars are half a million values: it would take a tenth of the time.
    """
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(max(thresholds[0], SELDOM), *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


class _Waiting(NamedTuple):
    market: tuple[str, str]
    n_bars: int
    finish: Callable[[], ImportOutcome]


def _market(imported: BarsImport) -> tuple[str, str]:
    return imported.bars.symbol, imported.bars.interval


def _must_wait(imported: BarsImport, waiting: Collection[_Waiting]) -> bool:
    n_bars = len(imported.bars) + sum(one.n_bars for one in waiting)
    is_full = len(waiting) >= AT_ONCE or n_bars > BARS_AT_ONCE
    return is_full or any(one.market == _market(imported) for one in waiting)

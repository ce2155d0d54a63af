"""Markets in memory: the last bars of those that are asked about, checked for news in passing."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeAlias

from bellwether.service import (
    BarStore,
    BarStoreUnavailable,
    SnapshotDamaged,
    StoredMarket,
    UnknownSymbol,
    open_market,
    without_bars,
)

MarketName: TypeAlias = tuple[str, str]
"""Symbol and interval."""

_log = logging.getLogger(__name__)
_THREADS = 2


class Markets:
    """The markets asked about last, with their bars.

    Parameters
    ----------
    store : BarStore
    most : int
        How many are held; the least recently asked about goes first.
    patience_seconds : float
        How long the store is waited for.

    Notes
    -----
    To be used on one event loop; the store is asked on threads of its own. What is in memory
    goes on being served, and labelled, where the store fails or hangs.
    """

    __slots__ = ("_held", "_most", "_patience_seconds", "_store", "_threads")

    def __init__(self, store: BarStore, most: int, patience_seconds: float) -> None:
        self._store = store
        self._most = most
        self._patience_seconds = patience_seconds
        self._held: OrderedDict[MarketName, StoredMarket] = OrderedDict()
        self._threads = ThreadPoolExecutor(_THREADS, "bellwether-bars")

    async def find(self, names: Sequence[MarketName]) -> list[StoredMarket | UnknownSymbol]:
        """Return some markets as they are stored now, in the order asked; or that one is unknown.

        Parameters
        ----------
        names : sequence of (symbol, interval)
        """
        held = [self._held.get(name) for name in names]
        try:
            async with asyncio.timeout(self._patience_seconds):
                found = await asyncio.get_running_loop().run_in_executor(
                    self._threads, self._look_at, names, held
                )
        except TimeoutError:
            _log.warning("reason=bars_unavailable: the store of bars does not answer in time")
            late = BarStoreUnavailable("the store", "one that does not answer in time")
            return [_keep(name, market, late) for name, market in zip(names, held, strict=True)]
        for name, market in zip(names, found, strict=True):
            self._hold(name, market)
        return found

    def close(self) -> None:
        """Let the threads go; one that hangs is left behind."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _hold(self, name: MarketName, market: StoredMarket | UnknownSymbol) -> None:
        # One with trouble is looked for again each time, and must not push out a sound one.
        if isinstance(market, UnknownSymbol) or market.trouble is not None:
            return
        self._held[name] = market
        self._held.move_to_end(name)
        while len(self._held) > self._most:
            self._held.popitem(last=False)

    def _look_at(
        self, names: Sequence[MarketName], held: Sequence[StoredMarket | None]
    ) -> list[StoredMarket | UnknownSymbol]:
        return [self._look(name, market) for name, market in zip(names, held, strict=True)]

    def _look(self, name: MarketName, held: StoredMarket | None) -> StoredMarket | UnknownSymbol:
        """Return a market, read again only where its latest snapshot is another one."""
        try:
            if held is not None and held.snapshot is not None:
                latest = self._store.latest(*name)
                if latest == held.snapshot:
                    return held
            return open_market(*name, store=self._store)
        except UnknownSymbol as error:
            gone = BarStoreUnavailable("the store", "one that lists its snapshots no more")
            return error if held is None else _keep(name, held, gone)
        except (SnapshotDamaged, BarStoreUnavailable) as error:
            return _keep(name, held, error)


def _keep(
    name: MarketName, held: StoredMarket | None, error: SnapshotDamaged | BarStoreUnavailable
) -> StoredMarket:
    nothing = without_bars(*name, error)
    return nothing if held is None else replace(held, trouble=nothing.trouble)

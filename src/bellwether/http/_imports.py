"""Imports over HTTP: bars that are sent are read in a process of their own, then stored."""

import asyncio
import logging
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from bellwether.bars import BarsImport
from bellwether.clock import Clock
from bellwether.errors import RegistryError, ServiceError
from bellwether.http import _data_examples as examples
from bellwether.http import _data_parameters as parameters
from bellwether.http._bodies import JSON, media_type, spool_body
from bellwether.http._body_bars import BarsRequest
from bellwether.http._data_errors import IntervalDiffers, SymbolMissing
from bellwether.http._data_parameters import read_flag, read_interval
from bellwether.http._data_types import ImportAnswer
from bellwether.http._errors import MediaTypeUnknown
from bellwether.http._idempotency import OnceOnly
from bellwether.http._operations import IDEMPOTENCY_KEY, Operation
from bellwether.http._options import HttpOptions
from bellwether.http._ports import BarsReader, RestingSearch
from bellwether.http._queries import check_names, read_text
from bellwether.service import BarStore, ImportOutcome, find_other_calendar, import_bars

CSV, PARQUET = "text/csv", "application/vnd.apache.parquet"
UPLOAD = "upload"
"""What the reader finds the body under."""

_KINDS = (CSV, PARQUET, JSON)
_READINGS_AT_ONCE = 1
_log = logging.getLogger(__name__)


class ImportRoutes:
    """Take bars in.

    Parameters
    ----------
    store : BarStore
    reader : BarsReader
    clock : Clock
    options : HttpOptions
    changed : callable
        Told after every import.
    resting : RestingSearch or None
        Asked what rests on bars that an import changed.
    """

    def __init__(
        self,
        *,
        store: BarStore,
        reader: BarsReader,
        clock: Clock,
        options: HttpOptions,
        changed: Callable[[], None],
        resting: RestingSearch | None = None,
    ) -> None:
        self._store = store
        self._reader = reader
        self._clock = clock
        self._options = options
        self._changed = changed
        self._resting = resting
        self._once = OnceOnly()
        self._line = asyncio.Semaphore(_READINGS_AT_ONCE)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The routes."""
        return (
            Operation(
                method="POST",
                path="/v1/data/import",
                name="import_bars",
                summary="Store bars as the latest snapshot of their market, with their quality "
                "report, what changed and what rests on that: CSV, Parquet, or JSON columns as "
                "/v1/predict takes them",
                endpoint=self.import_bars,
                parameters=(
                    parameters.IMPORT_SYMBOL,
                    parameters.IMPORT_INTERVAL,
                    parameters.CALENDAR,
                    parameters.EXTEND,
                    IDEMPOTENCY_KEY,
                ),
                request=BarsRequest,
                request_example=examples.IMPORT_REQUEST,
                uploads=(CSV, PARQUET),
                answer=ImportAnswer,
                answer_example=examples.IMPORT,
                problems=(400, 403, 408, 409, 413, 415, 422),
            ),
        )

    async def import_bars(self, request: Request) -> Response:
        """Read what is sent, and store it.

        Raises
        ------
        BarsError
            If there are no bars in what is sent.
        """
        asked = _read_query(request)
        with tempfile.TemporaryDirectory(prefix="bellwether-") as folder:
            digest = await spool_body(request, Path(folder) / UPLOAD, self._options)
            told = f"{request.url.query}\n{asked.kind}\n{digest}".encode()

            async def change() -> bytes:
                return await self._import(asked, Path(folder))

            return await self._once.run(request, told, change)

    async def _import(self, asked: "_Asked", folder: Path) -> bytes:
        async with self._line:
            content = await asyncio.to_thread(self._read_and_store, asked, folder)
        self._changed()
        return content

    def _read_and_store(self, asked: "_Asked", folder: Path) -> bytes:
        imported = self._read(asked, folder, asked.calendar)
        if asked.extend and asked.calendar is None:
            other = find_other_calendar(imported, self._store)
            imported = imported if other is None else self._read(asked, folder, other)
        outcome = import_bars(
            imported,
            store=self._store,
            clock=self._clock,
            source=f"sent as {asked.kind}",
            extend=asked.extend,
        )
        return msgspec.json.encode({**outcome.to_json(), "resting": self._find_resting(outcome)})

    def _find_resting(self, outcome: ImportOutcome) -> dict[str, object] | None:
        """Return what rests on bars that were changed; None where none was, or nobody knows."""
        if self._resting is None or not outcome.change.alters_the_past:
            return None
        try:
            return self._resting(outcome.snapshot).to_json()
        except (RegistryError, ServiceError) as error:
            # The bars are stored already: that this cannot be told is no fault of the import.
            _log.warning("what rests on the bars that were changed is not known: %s", error)
            return None

    def _read(self, asked: "_Asked", folder: Path, calendar: str | None) -> BarsImport:
        imported = self._reader.read(
            folder, asked.kind, symbol=asked.symbol, calendar=calendar, now=self._clock.now()
        )
        if asked.symbol is None and imported.bars.symbol == UPLOAD:
            raise SymbolMissing  # named after its file, and that name is ours
        if asked.interval not in (None, imported.bars.interval):
            raise IntervalDiffers(asked.interval, imported.bars.interval)
        return imported


@dataclass(frozen=True, kw_only=True)
class _Asked:
    kind: str
    symbol: str | None
    interval: str | None
    calendar: str | None
    extend: bool


def _read_query(request: Request) -> _Asked:
    kind, query = media_type(request), request.query_params
    if kind not in _KINDS:
        raise MediaTypeUnknown(kind, ", ".join(_KINDS))
    check_names(query, ("symbol", "interval", "calendar", "extend"))
    calendar = read_text(query, "calendar")
    return _Asked(
        kind=kind,
        symbol=read_text(query, "symbol"),
        interval=read_interval(query),
        calendar=None if calendar == "auto" else calendar,
        extend=read_flag(query, "extend"),
    )

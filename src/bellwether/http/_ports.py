"""What the door needs from outside, as treaties."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from bellwether.answering import Answerer
from bellwether.bars import BarsImport, SessionCalendar
from bellwether.dashboard import Page
from bellwether.http._logging import ServiceLog
from bellwether.http._presence import Presence
from bellwether.service import (
    AddingPorts,
    BarStore,
    EvidenceDesk,
    Jobs,
    Journal,
    KeyStore,
    PredictPorts,
    Resting,
    Snapshot,
)

if TYPE_CHECKING:
    # Whoever answers reads what watching left, and must not pay for watching.
    from bellwether.watch import AlertPorts, Checkpoints


class Calendars(Protocol):
    """Gives the sessions of markets by name, as plain arrays.

    Treaty. May be used from any thread, and answers from memory.
    """

    def find(self, name: str, interval: str) -> SessionCalendar:
        """Return the sessions that bars of an interval are held against.

        Raises
        ------
        UnknownCalendar
            If there is none of that name.
        """
        ...


class BundleFiles(Protocol):
    """Says where the files of bundles are, for downloads. Treaty: may be used from any thread."""

    def path(self, model_id: str) -> Path:
        """Return where a model's bundle is, or would be."""
        ...


class BarsReader(Protocol):
    """Reads files of bars that strangers send.

    Treaty. May be used from any thread; it blocks, within bounds on time and memory, and nothing
    in a file harms the process that asks.
    """

    def read(
        self,
        folder: Path,
        kind: str,
        *,
        symbol: str | None,
        calendar: str | None,
        now: np.datetime64,
    ) -> BarsImport:
        """Return the bars of the file `upload` in a folder that the caller removes.

        Raises
        ------
        BarsError
            If there are none in it, or it takes too much to find them.
        """
        ...


class RestingSearch(Protocol):
    """Finds what rests on bars that were changed.

    Treaty. May be used from any thread; it blocks while it reads registry, journal and store.
    """

    def __call__(self, latest: Snapshot) -> Resting:
        """Return the models, verdicts and open forecasts that rest on changed bars.

        Raises
        ------
        RegistryError, ServiceError
            If one of them cannot be read.
        """
        ...


class Schedule(Protocol):
    """Does beside the answering what is due now and then.

    Treaty. `start` and `close` return at once and may be called once each, from any thread; of
    several processes with one each, one does what is due.
    """

    def start(self) -> None:
        """Begin."""
        ...

    def close(self) -> None:
        """Begin nothing any more."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpPorts:
    """Everything the door uses.

    Parameters
    ----------
    predict : PredictPorts
        Registry, bundles, rules and the clock.
    files : BundleFiles
    calendars : Calendars
    answerer : Answerer or None
        By default a `ThreadAnswerer` over `predict`.
    journal : Journal or None
        Where every answer is written down before it is sent; nowhere by default.
    bars : BarStore or None
        Stored bars, to be predicted and trained on; without it there are no such routes.
    checkpoints : Checkpoints or None
        What watching has come to; without it nothing is told of it.
    alerts : AlertPorts or None
        Where alerts are noted and whom they are told; without it there are no such routes.
    reader : BarsReader or None
        Reads bars that are sent to be stored; without it there is no such route.
    resting : RestingSearch or None
        Finds what rests on bars that an import changed; without it nothing is told of it.
    jobs : Jobs or None
        Does what takes minutes; without it, or without bars, there are no such routes.
    schedule : Schedule or None
        Watches by itself; without it somebody else does, or nobody.
    keys : KeyStore or None
        API keys; without it no key opens anything.
    adding : AddingPorts or None
        What takes in bundles that are uploaded; without it there is no such route.
    page : Page or None
        What people look at; without it there is nothing at "/".
    evidence : EvidenceDesk or None
        Answers about plans, the gate, the ledger, accounts and retraining; without it there are no
        such routes.
    settings : tuple of mapping or None
        The settings as they may be shown, without any secret; without it they are not.
    presence : Presence or None
        What this process says of itself; by default that it is the whole service.
    log : ServiceLog or None
        Takes a line for each request; nobody does by default.
    """

    predict: PredictPorts
    files: BundleFiles
    calendars: Calendars
    answerer: Answerer | None = None
    journal: Journal | None = None
    bars: BarStore | None = None
    checkpoints: "Checkpoints | None" = None
    alerts: "AlertPorts | None" = None
    reader: BarsReader | None = None
    resting: RestingSearch | None = None
    jobs: Jobs | None = None
    schedule: Schedule | None = None
    keys: KeyStore | None = None
    adding: AddingPorts | None = None
    page: Page | None = None
    evidence: EvidenceDesk | None = None
    settings: tuple[Mapping[str, Any], ...] | None = None
    presence: Presence | None = None
    log: ServiceLog | None = None

"""The check of who could answer: whether there are rules, and each champion can be loaded."""

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass

import numpy as np

from bellwether.answering import Answerer
from bellwether.errors import BellwetherError
from bellwether.registry import ModelRecord, Stage
from bellwether.service import PredictPorts

_log = logging.getLogger(__name__)
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedModel:
    """A champion, and whether it can be loaded.

    Parameters
    ----------
    record : ModelRecord
    age_days : float
        Since the last bar it was trained on.
    fault : str or None
        Why it cannot be loaded.
    """

    record: ModelRecord
    age_days: float
    fault: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """What a check found.

    Parameters
    ----------
    at : numpy.datetime64
        UTC instant.
    models : tuple of CheckedModel
        Every champion.
    rules_fault, registry_fault : str or None
    """

    at: np.datetime64
    models: tuple[CheckedModel, ...] = ()
    rules_fault: str | None = None
    registry_fault: str | None = None

    @property
    def n_champions(self) -> int:
        """How many champions can answer."""
        return sum(model.fault is None for model in self.models)

    @property
    def first_fault(self) -> str | None:
        """What is wrong, the worst first."""
        faults = (self.registry_fault, *(model.fault for model in self.models), self.rules_fault)
        return next((fault for fault in faults if fault is not None), None)


async def check_up(ports: PredictPorts, answerer: Answerer) -> Checkup:
    """Load the rules and every champion, so that the next question finds them in memory.

    Parameters
    ----------
    ports : PredictPorts
    answerer : Answerer
        Loads the champions, wherever it has them.

    Returns
    -------
    checkup : Checkup
        Faults are in it; nothing is raised for them.

    Notes
    -----
    Cost: tens of milliseconds for a bundle that was not in memory, microseconds for others.
    """
    now = ports.clock.now()
    rules_fault = await _find_fault(asyncio.to_thread(ports.rules.load))
    try:
        records = await asyncio.to_thread(ports.registry.records)
    except (BellwetherError, OSError) as error:
        _log.warning("the registry cannot be read: %s", error)
        return Checkup(at=now, rules_fault=rules_fault, registry_fault=str(error))
    models = [
        CheckedModel(
            record=record,
            age_days=max(float((now - record.trained_at) / _DAY), 0.0),
            fault=await _find_fault(answerer.warm(record.model_id)),
        )
        for record in records
        if record.stage is Stage.CHAMPION
    ]
    return Checkup(at=now, models=tuple(models), rules_fault=rules_fault)


async def _find_fault(loading: Awaitable[object]) -> str | None:
    try:
        await loading
    except Exception as error:  # noqa: BLE001 - a check reports whatever a load raises
        _log.warning("a bundle cannot be loaded: %s", error)
        return f"{error}"[:300] or type(error).__name__
    return None

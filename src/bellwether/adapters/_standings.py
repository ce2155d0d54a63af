"""What is thought of models that serve, as watching left it in the registry's database."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bellwether.adapters._serving_memory import ServingMemory
from bellwether.adapters._sql_checkpoints import SqlCheckpoints
from bellwether.errors import BellwetherError

if TYPE_CHECKING:
    from bellwether.monitor import Standing
    from bellwether.watch import Checkpoints

PREFIX = "standing/"
_ALL = ""
_log = logging.getLogger(__name__)


class CheckpointStandings:
    """Reads standings among the checkpoints; treaty as `Standings`.

    Parameters
    ----------
    checkpoints : Checkpoints
        Where watching keeps them, as "standing/" and the id of a model.
    file : pathlib.Path, optional
        The SQLite file they are in: while nobody commits to it they are remembered.

    Notes
    -----
    All are read at once, for they are few. Where they cannot be read, those last read hold, and
    the log says so once; so it does of one that is damaged.

    Cost: about 10 microseconds while nobody writes (see `ServingMemory`), else about 0.3 ms.
    """

    __slots__ = ("_checkpoints", "_known", "_memory", "_trouble")

    def __init__(self, checkpoints: "Checkpoints", file: Path | None = None) -> None:
        self._checkpoints = checkpoints
        self._memory: ServingMemory[str, Mapping[str, Standing]] = ServingMemory(file)
        self._known: Mapping[str, Standing] = {}
        self._trouble = ""

    def find(self, model_id: str) -> "Standing | None":
        """Return what is thought of a model; None where nobody watches it."""
        try:
            self._known = self._memory.find(_ALL, self._read)
        except BellwetherError as error:
            self._complain(f"{error}")
        return self._known.get(model_id)

    def close(self) -> None:
        """Let go of the file; the next question opens it anew."""
        self._memory.close()

    def _read(self) -> "Mapping[str, Standing]":
        stored = self._checkpoints.find(PREFIX)
        if not stored:
            self._complain("")
            return {}
        # What makes standings is imported where there are any.
        from bellwether.monitor import ForeignState, Standing  # noqa: PLC0415

        found: dict[str, Standing] = {}
        damaged: list[str] = []
        for checkpoint in stored:
            model_id = checkpoint.name.removeprefix(PREFIX)
            try:
                found[model_id] = Standing.from_json(checkpoint.content)
            except ForeignState as error:
                damaged.append(f"{checkpoint.name}: {error}")
                if (last := self._known.get(model_id)) is not None:
                    found[model_id] = last
        self._complain("; ".join(damaged))
        return found

    def _complain(self, trouble: str) -> None:
        """Say what is wrong, once as long as it stays the same."""
        if trouble and trouble != self._trouble:
            _log.warning("reason=standings_unreadable: those last known hold: %s", trouble)
        self._trouble = trouble


def open_standings(place: Path | str, *, opens_late: bool = False) -> CheckpointStandings:
    """Open the standings in the registry's database.

    Parameters
    ----------
    place : pathlib.Path or str
        The registry's own: a file for SQLite, or a URL.
    opens_late : bool, default False
        Do not raise where the database cannot be opened now: each use tries again.

    Raises
    ------
    RegistryUnavailable
        If it cannot be opened, unless `opens_late`.
    """
    checkpoints = SqlCheckpoints(place, opens_late=opens_late)
    return CheckpointStandings(checkpoints, checkpoints.file)

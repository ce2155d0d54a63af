"""What is thought of models that serve, and who was chosen, as the registry's database has it."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bellwether.adapters._serving_memory import ServingMemory
from bellwether.adapters._sql_checkpoints import SqlCheckpoints
from bellwether.errors import BellwetherError

if TYPE_CHECKING:
    from bellwether.monitor import RegimeChoice, Standing
    from bellwether.watch import Checkpoints

PREFIX = "standing/"
CHOICES = "regime-choice/"
_ALL = ""
_log = logging.getLogger(__name__)


class CheckpointStandings:
    """Reads standings and choices among the checkpoints; treaties as `Standings` and `Choices`.

    Parameters
    ----------
    checkpoints : Checkpoints
        Where watching keeps them, as "standing/" and the id of a model; choices by regime, as
        retraining keeps them, are "regime-choice/" and the name of a market.
    file : pathlib.Path, optional
        The SQLite file they are in: while nobody commits to it they are remembered.

    Notes
    -----
    All are read at once, for they are few. Where they cannot be read, those last read hold, and
    the log says so once; so it does of one that is damaged.

    Cost: about 10 microseconds while nobody writes (see `ServingMemory`), else about 0.3 ms.
    """

    __slots__ = ("_checkpoints", "_choices", "_chosen", "_known", "_memory", "_trouble")

    def __init__(self, checkpoints: "Checkpoints", file: Path | None = None) -> None:
        self._checkpoints = checkpoints
        self._memory: ServingMemory[str, Mapping[str, Standing]] = ServingMemory(file)
        self._choices: ServingMemory[str, tuple[RegimeChoice, ...]] = ServingMemory(file)
        self._known: Mapping[str, Standing] = {}
        self._chosen: tuple[RegimeChoice, ...] = ()
        self._trouble = ""

    def find(self, model_id: str) -> "Standing | None":
        """Return what is thought of a model; None where nobody watches it."""
        try:
            self._known = self._memory.find(_ALL, self._read)
        except BellwetherError as error:
            self._complain(f"{error}")
        return self._known.get(model_id)

    def find_choice(self, champion: str, previous: str) -> "RegimeChoice | None":
        """Return what was decided of two models in these places; None where nothing was."""
        try:
            self._chosen = self._choices.find(_ALL, self._read_choices)
        except BellwetherError as error:
            self._complain(f"{error}")
        return next((one for one in self._chosen if one.is_about(champion, previous)), None)

    def close(self) -> None:
        """Let go of the file; the next question opens it anew."""
        self._memory.close()
        self._choices.close()

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

    def _read_choices(self) -> "tuple[RegimeChoice, ...]":
        stored = self._checkpoints.find(CHOICES)
        if not stored:
            return ()
        from bellwether.monitor import ForeignState, RegimeChoice  # noqa: PLC0415 - as above

        found = []
        for checkpoint in stored:
            try:
                found.append(RegimeChoice.from_json(checkpoint.content))
            except ForeignState as error:  # nothing is chosen, as for a new pair of models
                _log.warning("reason=choice_unreadable: %s: %s", checkpoint.name, error)
        return tuple(found)

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

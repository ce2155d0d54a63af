"""Calibrations of the gate on disk, one file a snapshot and set of options."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path

from bellwether.adapters._atomic_file import write_atomically
from bellwether.hashing import canonical_json, digest_json
from bellwether.validation import GateCalibration, UnreadableVerdict

SUFFIX = ".json"
_log = logging.getLogger(__name__)


class CalibrationFolder:
    """Keeps the latest calibration of each snapshot; treaty as `CalibrationStore`.

    Parameters
    ----------
    folder : pathlib.Path
        Made with the first calibration.

    Notes
    -----
    A file is whole or not there. One that is damaged is a line in the log and as if it had
    never been.
    """

    __slots__ = ("_folder",)

    def __init__(self, folder: Path) -> None:
        self._folder = Path(folder)

    def put(self, calibration: GateCalibration) -> None:
        """Remember a calibration in place of an earlier one.

        Raises
        ------
        OSError
            If the disk is full or the folder cannot be written.
        """
        path = self._path(calibration.snapshot, calibration.options_digest)
        write_atomically(path, canonical_json(calibration.to_json()).encode("ascii"))

    def find(self, snapshot: str, options_digest: str) -> GateCalibration | None:
        """Return the calibration on a snapshot; an empty snapshot is simulated worlds alone."""
        found = _read(self._path(snapshot, options_digest))
        if found is None or (found.snapshot, found.options_digest) != (snapshot, options_digest):
            return None
        return found

    def known(self) -> Sequence[GateCalibration]:
        """Return every calibration, the latest first."""
        found = [_read(path) for path in sorted(self._folder.glob(f"*{SUFFIX}"))]
        whole = [one for one in found if one is not None]
        return tuple(sorted(whole, key=lambda one: one.measured_at, reverse=True))

    def _path(self, snapshot: str, options_digest: str) -> Path:
        return self._folder / f"{digest_json([snapshot, options_digest])[:32]}{SUFFIX}"


def _read(path: Path) -> GateCalibration | None:
    try:
        return GateCalibration.from_json(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError, UnreadableVerdict) as error:
        _log.warning("the calibration in %s cannot be read: %s", path.name, error)
        return None

"""Loading models before they are asked."""

import logging

from bellwether.registry import Stage
from bellwether.service import PredictPorts

_SERVING = (Stage.CHAMPION, Stage.PREVIOUS)
_log = logging.getLogger(__name__)


def load_registered(ports: PredictPorts, model_id: str) -> None:
    """Load a registered model.

    Parameters
    ----------
    ports : PredictPorts
    model_id : str

    Raises
    ------
    UnknownModel, RegistryUnavailable
    BundleError
        One of its leaves, saying what is wrong with the bundle.
    """
    ports.bundles.load(ports.registry.get(model_id))


def load_serving(ports: PredictPorts) -> None:
    """Load every champion and previous champion, and what is thought of them.

    The log says which cannot be loaded.

    Parameters
    ----------
    ports : PredictPorts
    """
    for record in ports.registry.records():
        if record.stage in _SERVING:
            if ports.standings is not None:
                ports.standings.find(record.model_id)
            try:
                ports.bundles.load(record)
            except Exception as error:  # noqa: BLE001 - the others are loaded all the same
                _log.warning("%s cannot be loaded: %s", record.model_id, error)

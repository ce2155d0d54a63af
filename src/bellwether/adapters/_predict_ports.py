"""The ports of prediction on a home folder, for a process that does nothing else."""

from pathlib import Path

from bellwether.adapters._bundle_folder import BundleFolder
from bellwether.adapters._rules_file import RulesFile
from bellwether.adapters._sql_registry import SqlRegistry
from bellwether.adapters._standings import open_standings
from bellwether.adapters._trust_file import TrustFile
from bellwether.clock import SystemClock
from bellwether.service import PredictPorts


def open_predict_ports(
    *, home: str, database: str | None = None, signatures_required: bool = False
) -> PredictPorts:
    """Open registry, bundles, rules and standings, as the workspace of that home has them.

    Parameters
    ----------
    home : str
        The home folder.
    database : str, optional
        URL of the registry's database; a file in the home folder by default.
    signatures_required : bool, default False
        Whether a model serves only with a trusted signature.

    Returns
    -------
    ports : PredictPorts

    Notes
    -----
    Takes plain values, for they come from another process. A database that cannot be opened is
    the registry's affair at each use.
    """
    folder, clock = Path(home), SystemClock()
    place = folder / "registry.sqlite" if database is None else database
    trusted = TrustFile(folder / "trusted_keys.json", required=signatures_required)
    standings = open_standings(place, opens_late=True)
    return PredictPorts(
        registry=SqlRegistry(place, clock, opens_late=True),
        bundles=BundleFolder(folder / "bundles", trusted),
        rules=RulesFile(folder / "rules.bundle"),
        clock=clock,
        standings=standings,
        choices=standings,
    )
